package report

import (
	"fmt"
	"slices"
)

// parameters is which parameters a report function takes.
type parameters int

const (
	nothing parameters = iota
	period
	periodOrDate
	periodAndVersion // the version may be left out
)

const (
	reports = "/reports/"
	copilot = "/copilot/reports/"
)

var (
	periods         = []string{"D7", "D30", "D90", "D180"}
	copilotPeriods  = []string{"D7", "D30", "D90", "D180", "ALL"}
	version2Periods = []string{"D7", "D28", "D30", "D90", "D180", "ALL"} // its month has 28 days
	copilotVersions = []string{"v1", "v2"}
)

type function struct {
	takes   parameters
	under   string // path below https://graph…/v1.0
	columns []string
}

func (f function) parameters() []string {
	switch f.takes {
	case period:
		return []string{"period"}
	case periodOrDate:
		return []string{"period", "date"}
	case periodAndVersion:
		return []string{"period", "version"}
	}
	return nil
}

// accepted says in words which parameters the function takes.
func (f function) accepted() string {
	switch f.takes {
	case period:
		return "period='D7' (" + oneOf(periods) + ")"
	case periodOrDate:
		return "period='D7' (" + oneOf(periods) + "), or a day, such as date={today-3} or date=2026-11-20"
	case periodAndVersion:
		return "period='D7' (" + oneOf(copilotPeriods) + "), and, where wanted, version='v2' (" + oneOf(copilotVersions) + ")"
	}
	return "no parameters"
}

func (f function) checkPeriod(asked, version string) error {
	known := periods
	if f.takes == periodAndVersion {
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

// catalogue is our own report, and every usage report of Graph v1.0 that still
// has a service behind it. Other functions of Graph's report root (print jobs,
// Intune) are no usage reports.
//
// Sources: the v1.0 schema in github.com/microsoftgraph/msgraph-metadata, and the
// page of each function under https://learn.microsoft.com/graph/api/
var catalogue = map[string]function{
	Access: {nothing, "", access},

	// Email
	"getEmailActivityUserDetail":         {periodOrDate, reports, emailActivityUserDetail},
	"getEmailActivityCounts":             {period, reports, emailActivityCounts},
	"getEmailActivityUserCounts":         {period, reports, shared},
	"getEmailAppUsageUserDetail":         {periodOrDate, reports, emailAppUsageUserDetail},
	"getEmailAppUsageAppsUserCounts":     {period, reports, shared},
	"getEmailAppUsageUserCounts":         {period, reports, shared},
	"getEmailAppUsageVersionsUserCounts": {period, reports, shared},

	// Mailboxes
	"getMailboxUsageDetail":                   {period, reports, mailboxUsageDetail},
	"getMailboxUsageMailboxCounts":            {period, reports, mailboxUsageMailboxCounts},
	"getMailboxUsageQuotaStatusMailboxCounts": {period, reports, shared},
	"getMailboxUsageStorage":                  {period, reports, shared},

	// Microsoft 365 users, licences and apps
	"getOffice365ActiveUserDetail":      {periodOrDate, reports, shared},
	"getOffice365ActiveUserCounts":      {period, reports, shared},
	"getOffice365ServicesUserCounts":    {period, reports, shared},
	"getOffice365ActivationsUserDetail": {nothing, reports, shared},
	"getOffice365ActivationCounts":      {nothing, reports, shared},
	"getOffice365ActivationsUserCounts": {nothing, reports, shared},
	"getM365AppUserDetail":              {periodOrDate, reports, shared},
	"getM365AppUserCounts":              {period, reports, shared},
	"getM365AppPlatformUserCounts":      {period, reports, shared},

	// Groups
	"getOffice365GroupsActivityDetail":      {periodOrDate, reports, shared},
	"getOffice365GroupsActivityCounts":      {period, reports, shared},
	"getOffice365GroupsActivityFileCounts":  {period, reports, shared},
	"getOffice365GroupsActivityGroupCounts": {period, reports, shared},
	"getOffice365GroupsActivityStorage":     {period, reports, shared},

	// OneDrive
	"getOneDriveActivityUserDetail": {periodOrDate, reports, shared},
	"getOneDriveActivityFileCounts": {period, reports, shared},
	"getOneDriveActivityUserCounts": {period, reports, shared},
	"getOneDriveUsageAccountDetail": {periodOrDate, reports, shared},
	"getOneDriveUsageAccountCounts": {period, reports, shared},
	"getOneDriveUsageFileCounts":    {period, reports, shared},
	"getOneDriveUsageStorage":       {period, reports, shared},

	// SharePoint
	"getSharePointActivityUserDetail":  {periodOrDate, reports, shared},
	"getSharePointActivityFileCounts":  {period, reports, shared},
	"getSharePointActivityUserCounts":  {period, reports, shared},
	"getSharePointActivityPages":       {period, reports, shared},
	"getSharePointSiteUsageDetail":     {periodOrDate, reports, shared},
	"getSharePointSiteUsageFileCounts": {period, reports, shared},
	"getSharePointSiteUsageSiteCounts": {period, reports, shared},
	"getSharePointSiteUsageStorage":    {period, reports, shared},
	"getSharePointSiteUsagePages":      {period, reports, shared},

	// Teams
	"getTeamsUserActivityUserDetail":            {periodOrDate, reports, shared},
	"getTeamsUserActivityCounts":                {period, reports, shared},
	"getTeamsUserActivityUserCounts":            {period, reports, shared},
	"getTeamsDeviceUsageUserDetail":             {periodOrDate, reports, shared},
	"getTeamsDeviceUsageUserCounts":             {period, reports, shared},
	"getTeamsDeviceUsageDistributionUserCounts": {period, reports, shared},
	"getTeamsTeamActivityDetail":                {periodOrDate, reports, shared},
	"getTeamsTeamActivityCounts":                {period, reports, shared},
	"getTeamsTeamActivityDistributionCounts":    {period, reports, shared},
	"getTeamsTeamCounts":                        {period, reports, shared},

	// Yammer (Viva Engage)
	"getYammerActivityUserDetail":                {periodOrDate, reports, shared},
	"getYammerActivityCounts":                    {period, reports, shared},
	"getYammerActivityUserCounts":                {period, reports, shared},
	"getYammerDeviceUsageUserDetail":             {periodOrDate, reports, shared},
	"getYammerDeviceUsageUserCounts":             {period, reports, shared},
	"getYammerDeviceUsageDistributionUserCounts": {period, reports, shared},
	"getYammerGroupsActivityDetail":              {periodOrDate, reports, shared},
	"getYammerGroupsActivityCounts":              {period, reports, shared},
	"getYammerGroupsActivityGroupCounts":         {period, reports, shared},

	// Microsoft 365 Copilot
	"getMicrosoft365CopilotUsageUserDetail":  {periodAndVersion, copilot, shared},
	"getMicrosoft365CopilotUserCountSummary": {periodAndVersion, copilot, shared},
	"getMicrosoft365CopilotUserCountTrend":   {periodAndVersion, copilot, shared},
}
