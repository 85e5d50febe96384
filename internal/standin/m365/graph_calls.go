package m365

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unique"
)

// arguments says what a report function takes.
type arguments int

const (
	takesNothing arguments = iota
	takesPeriod
	takesPeriodOrDate
	takesCopilotPeriod // under /copilot/reports; ALL and a version too
)

// functions are the usage reports of Graph v1.0, by its metadata, without the prefix
// get of their names.
var functions = functionTable(map[arguments]string{
	takesNothing: "Office365ActivationsUserDetail Office365ActivationCounts Office365ActivationsUserCounts",
	takesPeriodOrDate: `EmailActivityUserDetail EmailAppUsageUserDetail Office365ActiveUserDetail M365AppUserDetail
		Office365GroupsActivityDetail OneDriveActivityUserDetail OneDriveUsageAccountDetail SharePointActivityUserDetail
		SharePointSiteUsageDetail TeamsUserActivityUserDetail TeamsDeviceUsageUserDetail TeamsTeamActivityDetail
		YammerActivityUserDetail YammerDeviceUsageUserDetail YammerGroupsActivityDetail
		SkypeForBusinessActivityUserDetail SkypeForBusinessDeviceUsageUserDetail`,
	takesPeriod: `EmailActivityCounts EmailActivityUserCounts EmailAppUsageAppsUserCounts EmailAppUsageUserCounts
		EmailAppUsageVersionsUserCounts MailboxUsageDetail MailboxUsageMailboxCounts MailboxUsageQuotaStatusMailboxCounts
		MailboxUsageStorage Office365ActiveUserCounts Office365ServicesUserCounts M365AppUserCounts M365AppPlatformUserCounts
		Office365GroupsActivityCounts Office365GroupsActivityFileCounts Office365GroupsActivityGroupCounts
		Office365GroupsActivityStorage OneDriveActivityFileCounts OneDriveActivityUserCounts OneDriveUsageAccountCounts
		OneDriveUsageFileCounts OneDriveUsageStorage SharePointActivityFileCounts SharePointActivityUserCounts
		SharePointActivityPages SharePointSiteUsageFileCounts SharePointSiteUsageSiteCounts SharePointSiteUsageStorage
		SharePointSiteUsagePages TeamsUserActivityCounts TeamsUserActivityUserCounts TeamsDeviceUsageUserCounts
		TeamsDeviceUsageDistributionUserCounts TeamsTeamActivityCounts TeamsTeamActivityDistributionCounts TeamsTeamCounts
		YammerActivityCounts YammerActivityUserCounts YammerDeviceUsageUserCounts YammerDeviceUsageDistributionUserCounts
		YammerGroupsActivityCounts YammerGroupsActivityGroupCounts SkypeForBusinessActivityCounts
		SkypeForBusinessActivityUserCounts SkypeForBusinessDeviceUsageDistributionUserCounts
		SkypeForBusinessDeviceUsageUserCounts SkypeForBusinessOrganizerActivityCounts
		SkypeForBusinessOrganizerActivityMinuteCounts SkypeForBusinessOrganizerActivityUserCounts
		SkypeForBusinessParticipantActivityCounts SkypeForBusinessParticipantActivityMinuteCounts
		SkypeForBusinessParticipantActivityUserCounts SkypeForBusinessPeerToPeerActivityCounts
		SkypeForBusinessPeerToPeerActivityMinuteCounts SkypeForBusinessPeerToPeerActivityUserCounts`,
	takesCopilotPeriod: `Microsoft365CopilotUsageUserDetail Microsoft365CopilotUserCountSummary
		Microsoft365CopilotUserCountTrend`,
})

func functionTable(names map[arguments]string) map[string]arguments {
	table := map[string]arguments{}
	for takes, list := range names {
		for name := range strings.FieldsSeq(list) {
			table["get"+name] = takes
		}
	}
	return table
}

// call is one parsed report call.
type call struct {
	function string
	period   string    // D7 …; empty with a date or with neither
	date     time.Time // zero without one
	second   bool      // version 2 of a Copilot report
}

func (c call) copilot() bool { return functions[c.function] == takesCopilotPeriod }

// detail reports whether the report has a row for each user or site, and not for each
// day.
func (c call) detail() bool { return strings.HasSuffix(c.function, "Detail") }

var (
	callForm      = regexp.MustCompile(`^([A-Za-z0-9]+)(?:\(([^()]*)\))?$`)
	periodForm    = regexp.MustCompile(`^period='(D7|D30|D90|D180)'$`)
	dateForm      = regexp.MustCompile(`^date='?(\d{4}-\d\d-\d\d)'?$`)
	copilotPeriod = regexp.MustCompile(`^period='(D7|D30|D90|D180|ALL)'(?:,version='v1')?$`)
	secondPeriod  = regexp.MustCompile(`^period='(D7|D28|D90|D180|ALL)',version='v2'$`) // its month has 28 days
)

// parseCall reads the last part of a report's path. The problem, if there is one, is
// Graph's message.
func parseCall(text string, today time.Time) (call, string) {
	parts := callForm.FindStringSubmatch(text)
	if parts == nil {
		return call{}, "Resource not found for the segment '" + text + "'."
	}
	takes, known := functions[parts[1]]
	if takes == takesNothing {
		text = strings.TrimSuffix(text, "()") // as the SDKs write it
	}
	if !known || (takes == takesNothing) == strings.Contains(text, "(") {
		return call{}, "Resource not found for the segment '" + parts[1] + "'."
	}
	got := call{function: parts[1]}
	if takes == takesNothing {
		return got, ""
	}
	form := periodForm
	if takes == takesCopilotPeriod {
		form, got.second = copilotPeriod, strings.HasSuffix(parts[2], "version='v2'")
	}
	if got.second {
		form = secondPeriod
	}
	if period := form.FindStringSubmatch(parts[2]); period != nil {
		got.period = period[1]
		return got, ""
	}
	date := dateForm.FindStringSubmatch(parts[2])
	if takes != takesPeriodOrDate || date == nil {
		return got, "Invalid value specified for the parameters of '" + parts[1] + "': " + parts[2] + "."
	}
	var err error
	got.date, err = time.Parse(time.DateOnly, date[1])
	if err != nil || got.date.After(today) || got.date.Before(today.AddDate(0, 0, -28)) {
		return got, "Invalid date value: " + date[1] + ". Data is there for the past 28 days only."
	}
	return got, ""
}

// Graph counts CSV calls by app, tenant and function (its page on throttling
// limits of the Microsoft 365 reports).
const (
	callsInWindow = 14
	windowLength  = 10 * time.Minute
	usageReports  = "usage reports" // the service that counts them
)

// callWindow remembers when each function was last called in each tenant.
type callWindow struct {
	limit int
	mu    sync.Mutex
	calls map[reportKey][]time.Time
}

func newCallWindow(limit int) *callWindow {
	return &callWindow{limit: limit, calls: map[reportKey][]time.Time{}}
}

// admit counts a call, or returns how long the next one must wait. If the service is
// spent, the first call finds those of a window used up.
func (cw *callWindow) admit(customer int, function string, spent bool) (retryAfter time.Duration, ok bool) {
	cw.mu.Lock()
	defer cw.mu.Unlock()
	key, now := reportKey{customer, unique.Make(function)}, time.Now()
	calls, asked := cw.calls[key]
	if spent && !asked {
		calls = slices.Repeat([]time.Time{now}, cw.limit)
		cw.calls[key] = calls
	}
	for len(calls) > 0 && now.Sub(calls[0]) >= windowLength {
		calls = calls[1:]
	}
	if len(calls) >= cw.limit {
		return calls[0].Add(windowLength).Sub(now), false
	}
	cw.calls[key] = append(calls, now)
	return 0, true
}
