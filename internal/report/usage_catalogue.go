package report

import (
	"fmt"
	"slices"
	"strings"
)

// parameters says which parameters a report function takes.
type parameters int

const (
	nothing parameters = iota
	period
	periodOrDate     // a date as far back as singleDays says
	periodAndVersion // the version may be left out
	copilotDetail    // the same, or a date
)

const (
	reports = "/reports/"
	copilot = "/copilot/reports/"
)

var (
	periods         = []string{"D7", "D30", "D90", "D180"}
	copilotPeriods  = []string{"D7", "D30", "D90", "D180", "ALL"}
	version2Periods = []string{"D7", "D28", "D90", "D180", "ALL"} // its month has 28 days
	copilotVersions = []string{"v1", "v2"}
)

// function is a report that is asked for by a function's name.
type function struct {
	takes parameters
	under string // path below https://graph…/v1.0
	// columns are those on the function's page, in its order; some functions have
	// the same ones.
	columns []string
}

const orDay = ", or a day, such as date={today-3} or date=2026-11-20"

var copilotParameters = "period='D7' (" + oneOf(copilotPeriods) + "), and, where wanted, version='v2' (" + oneOf(copilotVersions) + ")"

// header splits a line of documentation into its columns.
func header(line string) []string { return strings.Split(line, ",") }

func (f function) parameters() []string {
	switch f.takes {
	case period:
		return []string{"period"}
	case periodOrDate:
		return []string{"period", "date"}
	case periodAndVersion:
		return []string{"period", "version"}
	case copilotDetail:
		return []string{"period", "version", "date"}
	}
	return nil
}

// accepted says in words which parameters the function takes.
func (f function) accepted() string {
	switch f.takes {
	case period:
		return "period='D7' (" + oneOf(periods) + ")"
	case periodOrDate:
		return "period='D7' (" + oneOf(periods) + ")" + orDay
	case periodAndVersion:
		return copilotParameters
	case copilotDetail:
		return copilotParameters + orDay
	}
	return "no parameters"
}

func (f function) checkPeriod(asked, version string) error {
	known := periods
	if f.under == copilot {
		known = copilotPeriods
	}
	if version == "v2" {
		known = version2Periods
	}
	if asked != "" && !slices.Contains(known, asked) {
		return fmt.Errorf("period %q: want %s", asked, oneOf(known))
	}
	return nil
}

// catalogue is every usage report of Graph v1.0 that still has a service behind it,
// and our own report, which is written like one. Other functions of Graph's report
// root (print jobs, Intune) are not usage reports.
//
// Sources: the v1.0 schema in github.com/microsoftgraph/msgraph-metadata, and the
// page of each function under https://learn.microsoft.com/graph/api/
var catalogue = map[string]function{
	Access: {nothing, "", accessColumns},

	// Email
	"getEmailActivityUserDetail":         {periodOrDate, reports, emailActivityUserDetail},
	"getEmailActivityCounts":             {period, reports, emailActivityCounts},
	"getEmailActivityUserCounts":         {period, reports, emailActivityUserCounts},
	"getEmailAppUsageUserDetail":         {periodOrDate, reports, emailAppUsageUserDetail},
	"getEmailAppUsageAppsUserCounts":     {period, reports, emailAppUsageAppsUserCounts},
	"getEmailAppUsageUserCounts":         {period, reports, emailAppUsageUserCounts},
	"getEmailAppUsageVersionsUserCounts": {period, reports, emailAppUsageVersionsUserCounts},

	// Mailboxes
	"getMailboxUsageDetail":                   {period, reports, mailboxUsageDetail},
	"getMailboxUsageMailboxCounts":            {period, reports, totals},
	"getMailboxUsageQuotaStatusMailboxCounts": {period, reports, mailboxUsageQuotaStatus},
	"getMailboxUsageStorage":                  {period, reports, mailboxUsageStorage},

	// Microsoft 365 users, licences and apps
	"getOffice365ActiveUserDetail":      {periodOrDate, reports, activeUserDetail},
	"getOffice365ActiveUserCounts":      {period, reports, activeUserCounts},
	"getOffice365ServicesUserCounts":    {period, reports, servicesUserCounts},
	"getOffice365ActivationsUserDetail": {nothing, reports, activationsUserDetail},
	"getOffice365ActivationCounts":      {nothing, reports, activationCounts},
	"getOffice365ActivationsUserCounts": {nothing, reports, activationsUserCounts},
	"getM365AppUserDetail":              {periodOrDate, reports, appUserDetail},
	"getM365AppUserCounts":              {period, reports, appUserCounts},
	"getM365AppPlatformUserCounts":      {period, reports, appPlatformUserCounts},

	// Groups
	"getOffice365GroupsActivityDetail":      {periodOrDate, reports, groupsActivityDetail},
	"getOffice365GroupsActivityCounts":      {period, reports, groupsActivityCounts},
	"getOffice365GroupsActivityFileCounts":  {period, reports, totals},
	"getOffice365GroupsActivityGroupCounts": {period, reports, totals},
	"getOffice365GroupsActivityStorage":     {period, reports, groupsActivityStorage},

	// OneDrive
	"getOneDriveActivityUserDetail": {periodOrDate, reports, oneDriveActivityUserDetail},
	"getOneDriveActivityFileCounts": {period, reports, fileActions},
	"getOneDriveActivityUserCounts": {period, reports, fileActions},
	"getOneDriveUsageAccountDetail": {periodOrDate, reports, oneDriveUsageAccountDetail},
	"getOneDriveUsageAccountCounts": {period, reports, siteTotals},
	"getOneDriveUsageFileCounts":    {period, reports, siteTotals},
	"getOneDriveUsageStorage":       {period, reports, siteStorage},

	// SharePoint
	"getSharePointActivityUserDetail":  {periodOrDate, reports, sharePointActivityUserDetail},
	"getSharePointActivityFileCounts":  {period, reports, fileActions},
	"getSharePointActivityUserCounts":  {period, reports, sharePointActivityUserCounts},
	"getSharePointActivityPages":       {period, reports, sharePointActivityPages},
	"getSharePointSiteUsageDetail":     {periodOrDate, reports, sharePointSiteUsageDetail},
	"getSharePointSiteUsageFileCounts": {period, reports, siteTotals},
	"getSharePointSiteUsageSiteCounts": {period, reports, siteTotals},
	"getSharePointSiteUsageStorage":    {period, reports, siteStorage},
	"getSharePointSiteUsagePages":      {period, reports, sharePointSiteUsagePages},

	// Teams
	"getTeamsUserActivityUserDetail":            {periodOrDate, reports, teamsUserActivityUserDetail},
	"getTeamsUserActivityCounts":                {period, reports, teamsUserActivityCounts},
	"getTeamsUserActivityUserCounts":            {period, reports, teamsUserActivityUserCounts},
	"getTeamsDeviceUsageUserDetail":             {periodOrDate, reports, teamsDeviceUsageUserDetail},
	"getTeamsDeviceUsageUserCounts":             {period, reports, teamsDeviceUsageUserCounts},
	"getTeamsDeviceUsageDistributionUserCounts": {period, reports, teamsDeviceUsageDistribution},
	"getTeamsTeamActivityDetail":                {periodOrDate, reports, teamsTeamActivityDetail},
	"getTeamsTeamActivityCounts":                {period, reports, teamsTeamActivityCounts},
	"getTeamsTeamActivityDistributionCounts":    {period, reports, teamsTeamActivityDistribution},
	"getTeamsTeamCounts":                        {period, reports, teamsTeamCounts},

	// Yammer (Viva Engage)
	"getYammerActivityUserDetail":                {periodOrDate, reports, yammerActivityUserDetail},
	"getYammerActivityCounts":                    {period, reports, yammerActions},
	"getYammerActivityUserCounts":                {period, reports, yammerActions},
	"getYammerDeviceUsageUserDetail":             {periodOrDate, reports, yammerDeviceUsageUserDetail},
	"getYammerDeviceUsageUserCounts":             {period, reports, yammerDeviceUsageUserCounts},
	"getYammerDeviceUsageDistributionUserCounts": {period, reports, yammerDeviceUsageDistribution},
	"getYammerGroupsActivityDetail":              {periodOrDate, reports, yammerGroupsActivityDetail},
	"getYammerGroupsActivityCounts":              {period, reports, yammerActions},
	"getYammerGroupsActivityGroupCounts":         {period, reports, totals},

	// Microsoft 365 Copilot
	"getMicrosoft365CopilotUsageUserDetail":  {copilotDetail, copilot, copilotUserDetail},
	"getMicrosoft365CopilotUserCountSummary": {periodAndVersion, copilot, copilotUserCountSummary},
	"getMicrosoft365CopilotUserCountTrend":   {periodAndVersion, copilot, copilotUserCountTrend},
}

// retiredReports are functions that Graph's schema still has, with what to ask
// for instead: the service behind them is gone.
var retiredReports = map[string]string{
	"getSkypeForBusinessActivityUserDetail":                teamsUsers,
	"getSkypeForBusinessActivityCounts":                    teamsCounts,
	"getSkypeForBusinessActivityUserCounts":                teamsUserCounts,
	"getSkypeForBusinessDeviceUsageUserDetail":             "getTeamsDeviceUsageUserDetail(period='D7')",
	"getSkypeForBusinessDeviceUsageUserCounts":             "getTeamsDeviceUsageUserCounts(period='D7')",
	"getSkypeForBusinessDeviceUsageDistributionUserCounts": "getTeamsDeviceUsageDistributionUserCounts(period='D7')",
	"getSkypeForBusinessOrganizerActivityCounts":           teamsCounts,
	"getSkypeForBusinessOrganizerActivityUserCounts":       teamsUserCounts,
	"getSkypeForBusinessOrganizerActivityMinuteCounts":     teamsCounts,
	"getSkypeForBusinessParticipantActivityCounts":         teamsCounts,
	"getSkypeForBusinessParticipantActivityUserCounts":     teamsUserCounts,
	"getSkypeForBusinessParticipantActivityMinuteCounts":   teamsCounts,
	"getSkypeForBusinessPeerToPeerActivityCounts":          teamsCounts,
	"getSkypeForBusinessPeerToPeerActivityUserCounts":      teamsUserCounts,
	"getSkypeForBusinessPeerToPeerActivityMinuteCounts":    teamsCounts,
}

const (
	teamsUsers      = "getTeamsUserActivityUserDetail(period='D7')"
	teamsCounts     = "getTeamsUserActivityCounts(period='D7')"
	teamsUserCounts = "getTeamsUserActivityUserCounts(period='D7')"
)
