package web

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// titles are the classes of the error log as people read them.
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
	withData:              "Has data",
	unknown:               "Not looked at: there was no time, or the error log cannot be read",
}

// sources are those of customers as people read them.
var sources = map[string]string{
	"gdap": "GDAP relationship", "contracts": "contract", "tenant ids": "tenant id in CUSTOMERS_FROM",
}

func title(class run.Class) string {
	if words, known := titles[class]; known {
		return words
	}
	return string(class) // a class of another version
}

// families are what family returns.
var families = []string{"data", "grant", "policy", "gone", "licence", "none", "out", "fault"}

// family returns which classes look the same: those that need the same kind of
// action.
func family(class run.Class) string {
	switch class {
	case withData:
		return "data"
	case run.ConsentMissing, run.RoleMissing:
		return "grant"
	case run.BlockedByPolicy:
		return "policy"
	case run.RelationshipEnded, run.TenantGone, run.WrongCloud:
		return "gone"
	case run.NotLicensed:
		return "licence"
	case run.NoData:
		return "none"
	case run.Excluded:
		return "out"
	}
	return "fault"
}

// count writes a count of things: 1 report, 2 reports.
func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return run.Number(n) + " " + one + "s"
}

// short writes a number in at most four characters.
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
func instant(at time.Time) string      { return at.UTC().Format(time.RFC3339) }
func moment(at time.Time) string       { return at.UTC().Format("2 Jan, 15:04 UTC") }

// lasting writes a duration as people say it.
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

// daysBefore says how long before the run's own date a date is.
func daysBefore(date, ofRun report.Date) string {
	switch days := int(ofRun.Time().Sub(date.Time()).Hours() / 24); days {
	case 0:
		return "the day of the run"
	case 1:
		return "1 day before the run"
	default:
		return fmt.Sprintf("%d days before the run", days)
	}
}

// sinceWords says since when a customer has been without data; new if that is tonight.
func sinceWords(since, tonight report.Date, earlier bool) string {
	switch {
	case earlier:
		return "since " + shortDay(since) + " or earlier"
	case since == tonight:
		return "new"
	}
	return "since " + shortDay(since)
}
