package web

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// titles are the classes of the error log, for people.
var titles = map[run.Class]string{
	run.NoData:            "No data",
	run.NotLicensed:       "Not licensed",
	run.ConsentMissing:    "Consent missing",
	run.RoleMissing:       "Role missing",
	run.RelationshipEnded: "Relationship ended",
	run.BlockedByPolicy:   "Blocked by a policy",
	run.TenantGone:        "Tenant gone",
	run.WrongCloud:        "In another cloud",
	run.Throttled:         "Throttled",
	run.ServiceFault:      "Service fault",
	run.MalformedReport:   "Malformed report",
	run.Excluded:          "Excluded",
}

func title(class run.Class) string {
	if words, known := titles[class]; known {
		return words
	}
	return string(class) // of another version
}

// warning says what a class of warnings means. Whom it concerns stands in the
// handler's log.
func warning(class run.Class, n int) string {
	switch class {
	case run.WarnNamesConcealed:
		return "Microsoft conceals the names of users of " + customers(n) + ". An administrator of the customer can show them: Microsoft 365 admin center, Settings, Org settings, Reports."
	case run.WarnStaleData:
		return "Microsoft has not refreshed the data of " + customers(n) + " for more than five days."
	case run.WarnRelationshipEnding:
		return "The delegated relationship with " + customers(n) + " ends within 14 days. Renew it in Partner Center."
	case run.WarnCredentialExpiring:
		return "The partner's credential ends within 14 days. Renew it: without it no customer can be asked. handler check says which and when."
	case run.WarnCustomersDropped:
		return "There are more than a fifth fewer customers than in the publication before."
	case run.WarnSourceEmpty:
		return "A source of customers is empty that was not. See that the app may still read it; the function's log names it."
	case run.WarnMixedDates:
		return "The file mixes data of different dates: customers were asked again on a later day."
	}
	return string(class) + ": " + count(n) // of another version
}

// customers is so many of them.
func customers(n int) string {
	if n == 1 {
		return "1 customer"
	}
	return count(n) + " customers"
}

// count is a number with a comma between thousands.
func count(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// short is a number in at most four characters, for where there is no room.
func short(n int) string {
	switch {
	case n < 1000:
		return strconv.Itoa(n)
	case n < 1_000_000:
		return strconv.Itoa(n/1000) + "k"
	}
	return strconv.Itoa(n/1_000_000) + "M"
}

func day(date report.Date) string      { return date.Time().Format("2 January 2006") }
func shortDay(date report.Date) string { return date.Time().Format("2 Jan") }
func moment(at time.Time) string       { return at.UTC().Format("2 Jan, 15:04 UTC") }

// lasting is a duration as people say it.
func lasting(d time.Duration) string {
	seconds := int(math.Round(d.Seconds()))
	switch {
	case seconds < 60:
		return fmt.Sprintf("%d s", max(seconds, 0))
	case seconds < 3600:
		return fmt.Sprintf("%d min %d s", seconds/60, seconds%60)
	}
	return fmt.Sprintf("%d h %d min", seconds/3600, seconds%3600/60)
}

// days is how long ago, or before, a date was.
func days(from, to report.Date) int {
	return int(to.Time().Sub(from.Time()).Hours() / 24)
}
