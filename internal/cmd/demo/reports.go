package main

import (
	"slices"
	"strings"
)

// tonights are the reports of the demo's night: the default of REPORTS, and two of
// the questions that partners ask most. The tests of the page run the first alone.
func (o options) tonights() []string {
	all := []string{
		reportName + "=" + reportCall,
		"licenses=/subscribedSkus",
		"mfa=/reports/authenticationMethods/userRegistrationDetails?$top=999",
	}
	if o.quick {
		return all[:1]
	}
	return all
}

// others are more reports that partners run every night.
var others = []string{
	"mail-activity=getEmailActivityUserDetail(period='D7')",
	"mail-counts=getEmailActivityCounts(period='D7')",
	"mail-users=getEmailActivityUserCounts(period='D7')",
	"mail-apps=getEmailAppUsageUserDetail(period='D7')",
	"mail-app-counts=getEmailAppUsageAppsUserCounts(period='D7')",
	"mail-app-versions=getEmailAppUsageVersionsUserCounts(period='D7')",
	"mailbox-usage=getMailboxUsageDetail(period='D7')",
	"mailbox-storage=getMailboxUsageStorage(period='D7')",
	"mailbox-quota=getMailboxUsageQuotaStatusMailboxCounts(period='D7')",
	"active-users=getOffice365ActiveUserDetail(period='D7')",
	"active-counts=getOffice365ActiveUserCounts(period='D7')",
	"services=getOffice365ServicesUserCounts(period='D7')",
	"activations=getOffice365ActivationsUserDetail",
	"groups=getOffice365GroupsActivityDetail(period='D7')",
	"group-counts=getOffice365GroupsActivityCounts(period='D7')",
	"onedrive-activity=getOneDriveActivityUserDetail(period='D7')",
	"onedrive-usage=getOneDriveUsageAccountDetail(period='D7')",
	"onedrive-storage=getOneDriveUsageStorage(period='D7')",
	"sharepoint-activity=getSharePointActivityUserDetail(period='D7')",
	"sharepoint-pages=getSharePointActivityPages(period='D7')",
	"sharepoint-sites=getSharePointSiteUsageDetail(period='D7')",
	"sharepoint-storage=getSharePointSiteUsageStorage(period='D7')",
	"teams-activity=getTeamsUserActivityUserDetail(period='D7')",
	"teams-counts=getTeamsUserActivityCounts(period='D7')",
	"teams-devices=getTeamsDeviceUsageUserDetail(period='D7')",
	"apps=getM365AppUserDetail(period='D7')",
	"app-counts=getM365AppUserCounts(period='D7')",
	"yammer=getYammerActivityUserDetail(period='D7')",
	"yammer-groups=getYammerGroupsActivityDetail(period='D7')",
}

// setting is REPORTS: those that are run, and those that are invented.
func (o options) setting() string { return strings.Join(append(o.tonights(), o.madeUp()...), ";") }

// madeUp are the reports whose nights are written without being run.
func (o options) madeUp() []string {
	return slices.Clone(others[:min(max(o.reports-len(o.tonights()), 0), len(others))])
}
