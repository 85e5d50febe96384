package report

// retirement is what happened to a cmdlet that Microsoft retired. Either runs or
// instead is set.
type retirement struct {
	runs    string // the Graph report that answers in its place
	lost    string // what that report does not carry, as the end of a sentence
	instead string // what to write if no single report answers
}

// retirements are the cmdlets of the reporting web service of 2013, and later
// reporting cmdlets of Exchange that are gone.
//
// Sources: https://learn.microsoft.com/previous-versions/office/developer/o365-enterprise-developers/jj984323(v=office.15)
// and its siblings, which name Graph as the successor;
// https://learn.microsoft.com/powershell/module/exchangepowershell/
var retirements = map[string]retirement{
	// Mailboxes
	"Get-MailboxActivityReport":              {runs: "getMailboxUsageMailboxCounts", lost: "the counts of mailboxes created and deleted (AccountCreated, AccountDeleted)"},
	"Get-MailboxUsageReport":                 {instead: "getMailboxUsageStorage(period='D7') for sizes, getMailboxUsageQuotaStatusMailboxCounts(period='D7') for quotas"},
	"Get-MailboxUsageDetailReport":           {runs: "getMailboxUsageDetail"},
	"Get-StaleMailboxReport":                 {instead: "getMailboxUsageDetail(period='D180'), whose Last Activity Date shows stale mailboxes"},
	"Get-StaleMailboxDetailReport":           {instead: "getMailboxUsageDetail(period='D180'), whose Last Activity Date shows stale mailboxes"},
	"Get-ConnectionByClientTypeReport":       {runs: "getEmailAppUsageUserCounts", lost: "the counts of connections by protocol: it counts users, a column for each app"},
	"Get-ConnectionByClientTypeDetailReport": {runs: "getEmailAppUsageUserDetail", lost: "the counts of connections by protocol: it has a column for each app"},
	"Get-GroupActivityReport":                {instead: "getOffice365GroupsActivityGroupCounts(period='D7'), which counts groups but not those created and deleted"},

	// Licences and clients
	"Get-LicenseVsUsageSummaryReport":   {instead: "getOffice365ServicesUserCounts(period='D30'), which counts active and inactive users of each service, or licenses, which counts seats bought and used"},
	"Get-O365ClientBrowserReport":       {instead: clients},
	"Get-O365ClientBrowserDetailReport": {instead: clients},
	"Get-O365ClientOSReport":            {instead: clients},
	"Get-O365ClientOSDetailReport":      {instead: clients},

	// Lync and Skype for Business
	"Get-CsActiveUserReport":         {instead: teamsUserCounts},
	"Get-CsAVConferenceTimeReport":   {instead: teamsCounts},
	"Get-CsClientDeviceDetailReport": {instead: "getTeamsDeviceUsageUserDetail(period='D7')"},
	"Get-CsClientDeviceReport":       {instead: "getTeamsDeviceUsageUserCounts(period='D7')"},
	"Get-CsConferenceReport":         {instead: teamsCounts},
	"Get-CsP2PAVTimeReport":          {instead: teamsCounts},
	"Get-CsP2PSessionReport":         {instead: teamsCounts},
	"Get-CsPSTNConferenceTimeReport": {instead: pstnCalls},
	"Get-CsPSTNUsageDetailReport":    {instead: pstnCalls},
	"Get-CsUserActivitiesReport":     {instead: teamsUsers},
	"Get-CsUsersBlockedReport":       {instead: teamsUsers + ", the nearest that Graph has"},

	// SharePoint and OneDrive
	"Get-SPOActiveUserReport":                        {runs: "getSharePointActivityUserCounts", lost: "the count of unique users: it counts those of each kind of activity"},
	"Get-SPOOneDriveForBusinessFileActivityReport":   {instead: "getOneDriveActivityUserDetail(period='D7')"},
	"Get-SPOOneDriveForBusinessUserStatisticsReport": {instead: "getOneDriveActivityUserCounts(period='D7')"},
	"Get-SPOSkyDriveProDeployedReport":               {runs: "getOneDriveUsageAccountCounts"},
	"Get-SPOSkyDriveProStorageReport":                {runs: "getOneDriveUsageStorage"},
	"Get-SPOTeamSiteDeployedReport":                  {runs: "getSharePointSiteUsageSiteCounts"},
	"Get-SPOTeamSiteStorageReport":                   {runs: "getSharePointSiteUsageStorage"},
	"Get-SPOTenantStorageMetricReport":               {instead: "getSharePointSiteUsageStorage(period='D7') and getOneDriveUsageStorage(period='D7')"},

	// Mail
	"Get-MailTrafficReport":                      {instead: "Get-MailFlowStatusReport -StartDate {today-2} -EndDate {today-1}"},
	"Get-MailTrafficTopReport":                   {instead: cmdletExample},
	"Get-MailDetailMalwareReport":                {instead: "Get-MailDetailATPReport -StartDate {today-2} -EndDate {today-1}"},
	"Get-MailDetailSpamReport":                   {instead: "Get-MailDetailATPReport -StartDate {today-2} -EndDate {today-1}"},
	"Get-MessageTrace":                           {instead: "Get-MessageTraceV2 -StartDate {today-2} -EndDate {today-1}"},
	"Get-MessageTraceDetail":                     {instead: "Get-MessageTraceDetailV2, with the same parameters but -Page and -ProbeTag"},
	"Get-AdvancedThreatProtectionTrafficReport":  {instead: "Get-MailDetailATPReport -StartDate {today-2} -EndDate {today-1}, or Get-MailTrafficATPReport for the counts"},
	"Get-AdvancedThreatProtectionDocumentDetail": {instead: "Get-ContentMalwareMdoDetailReport"},
	"Get-AdvancedThreatProtectionDocumentReport": {instead: "Get-ContentMalwareMdoAggregateReport"},
	"Get-UrlTrace":                               {instead: "Get-SafeLinksAggregateReport -StartDate {today-2} -EndDate {today-1}, or Get-SafeLinksDetailReport for each click"},

	// Data loss prevention
	"Get-DlpDetailReport": {instead: activityExplorer},
}

// leaving are the cmdlets that Microsoft says it will retire, with what it says to
// use then. Until that day they answer.
//
// Source: https://learn.microsoft.com/powershell/module/exchangepowershell/
var leaving = map[string]string{
	"Get-DlpDetectionsReport":     activityExplorer,
	"Get-DlpIncidentDetailReport": activityExplorer,
	"Get-DlpSiDetectionsReport":   activityExplorer,
}

const (
	pstnCalls        = "/communications/callRecords/getPstnCalls(fromDateTime={today-8},toDateTime={today-1}), which has a row for each call, or " + teamsCounts + ", which counts calls and meetings"
	clients          = "getM365AppPlatformUserCounts(period='D7'), the nearest that Graph has"
	activityExplorer = "Export-ActivityExplorerData of Microsoft Purview, outside this program: no report of Graph or Exchange took its place"
)
