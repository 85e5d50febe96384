package report

// OneDrive and SharePoint
var (
	fileActions                = header("Report Refresh Date,Viewed Or Edited,Synced,Shared Internally,Shared Externally,Report Date,Report Period")
	siteTotals                 = header("Report Refresh Date,Site Type,Total,Active,Report Date,Report Period")
	siteStorage                = header("Report Refresh Date,Site Type,Storage Used (Byte),Report Date,Report Period")
	oneDriveActivityUserDetail = header("Report Refresh Date,User Principal Name,Is Deleted,Deleted Date," +
		"Last Activity Date,Viewed Or Edited File Count,Synced File Count,Shared Internally File Count," +
		"Shared Externally File Count,Assigned Products,Report Period")
	oneDriveUsageAccountDetail = header("Report Refresh Date,Site URL,Owner Display Name,Is Deleted," +
		"Last Activity Date,File Count,Active File Count,Storage Used (Byte),Storage Allocated (Byte)," +
		"Owner Principal Name,Report Period")
	sharePointActivityUserDetail = header("Report Refresh Date,User Principal Name,Is Deleted,Deleted Date," +
		"Last Activity Date,Viewed Or Edited File Count,Synced File Count,Shared Internally File Count," +
		"Shared Externally File Count,Visited Page Count,Assigned Products,Report Period")
	sharePointActivityUserCounts = header("Report Refresh Date,Visited Page,Viewed Or Edited,Synced," +
		"Shared Internally,Shared Externally,Report Date,Report Period")
	sharePointActivityPages   = header("Report Refresh Date,Visited Page Count,Report Date,Report Period")
	sharePointSiteUsageDetail = header("Report Refresh Date,Site Id,Site URL,Owner Display Name,Is Deleted," +
		"Last Activity Date,File Count,Active File Count,Page View Count,Visited Page Count,Storage Used (Byte)," +
		"Storage Allocated (Byte),Root Web Template,Owner Principal Name,Report Period")
	sharePointSiteUsagePages = header("Report Refresh Date,Site Type,Page View Count,Report Date,Report Period")
)

// Teams
var (
	teamsUserActivityUserDetail = header("Report Refresh Date,Tenant Display Name," +
		"Shared Channel Tenant Display Names,User Id,User Principal Name,Last Activity Date,Is Deleted,Deleted Date," +
		"Assigned Products,Team Chat Message Count,Private Chat Message Count,Call Count,Meeting Count,Post Messages," +
		"Reply Messages,Urgent Messages,Meetings Organized Count,Meetings Attended Count," +
		"Ad Hoc Meetings Organized Count,Ad Hoc Meetings Attended Count,Scheduled One-time Meetings Organized Count," +
		"Scheduled One-time Meetings Attended Count,Scheduled Recurring Meetings Organized Count," +
		"Scheduled Recurring Meetings Attended Count,Audio Duration,Video Duration,Screen Share Duration," +
		"Audio Duration In Seconds,Video Duration In Seconds,Screen Share Duration In Seconds,Has Other Action," +
		"Is Licensed,Report Period")
	teamsUserActivityCounts = header("Report Refresh Date,Report Date,Team Chat Messages,Post Messages," +
		"Reply Messages,Private Chat Messages,Calls,Meetings,Audio Duration,Video Duration,Screen Share Duration," +
		"Meetings Organized,Meetings Attended,Report Period")
	teamsUserActivityUserCounts = header("Report Refresh Date,Report Date,Team Chat Messages,Private Chat Messages," +
		"Calls,Meetings,Other Actions,Report Period")
	teamsDeviceUsageUserDetail = header("Report Refresh Date,User Principal Name,Last Activity Date,Is Deleted," +
		"Deleted Date,Used Web,Used Windows Phone,Used iOS,Used Mac,Used Android Phone,Used Windows,Report Period")
	teamsDeviceUsageUserCounts = header("Report Refresh Date,Web,Windows Phone,Android Phone,iOS,Mac,Windows," +
		"Chrome OS,Linux,Report Date,Report Period")
	teamsDeviceUsageDistribution = header("Report Refresh Date,Web,Windows Phone,Android Phone,iOS,Mac,Windows,Report Period")
	teamsTeamActivityDetail      = header("Report Refresh Date,Team Name,Team Id,Team Type,Last Activity Date," +
		"Report Period,Active Users,Active Channels,Guests,Reactions,Meetings Organized,Post Messages,Reply Messages," +
		"Channel Messages,Urgent Messages,Mentions,Active Shared Channels,Active External Users")
	teamsTeamActivityCounts = header("Report Refresh Date,Report Period,Report Date,Active Users,Active Channels," +
		"Guests,Reactions,Meetings Organized,Post Messages,Channel Messages,Active Shared Channels," +
		"Active External Users,Reply Messages,Urgent Messages,Mentions")
	teamsTeamActivityDistribution = header("Report Refresh Date,Report Period,Active Users,Active Channels,Guests," +
		"Reactions,Meetings Organized,Post Messages,Channel Messages,Active Shared Channels,Active External Users," +
		"Reply Messages,Urgent Messages,Mentions")
	teamsTeamCounts = header("Report Refresh Date,Report Date,Public Teams,Active Public Teams,Private Teams,Active Private Teams")
)

// Yammer (Viva Engage)
var (
	yammerActions            = header("Report Refresh Date,Liked,Posted,Read,Report Date,Report Period")
	yammerActivityUserDetail = header("Report Refresh Date,User Principal Name,Display Name,User State," +
		"State Change Date,Last Activity Date,Posted Count,Read Count,Liked Count,Assigned Products,Report Period")
	yammerDeviceUsageUserDetail = header("Report Refresh Date,User Principal Name,Display Name,User State," +
		"State Change Date,Last Activity Date,Used Web,Used Windows Phone,Used Android Phone,Used iPhone,Used iPad," +
		"Used Others,Report Period")
	yammerDeviceUsageUserCounts   = header("Report Refresh Date,Web,Windows Phone,Android Phone,iPhone,iPad,Other,Report Date,Report Period")
	yammerDeviceUsageDistribution = header("Report Refresh Date,Web,Windows Phone,Android Phone,iPhone,iPad,Other,Report Period")
	yammerGroupsActivityDetail    = header("Report Refresh Date,Group Display Name,Is Deleted,Owner Principal Name," +
		"Last Activity Date,Group Type,Office 365 Connected,Member Count,Posted Count,Read Count,Liked Count," +
		"Report Period")
)

// Microsoft 365 Copilot, both versions. Version 2 counts more apps than are
// listed here.
var (
	copilotUserDetail = header("Report Refresh Date,User Principal Name,Display Name,Last Activity Date," +
		"Copilot Chat Last Activity Date,Microsoft Teams Copilot Last Activity Date,Word Copilot Last Activity Date," +
		"Excel Copilot Last Activity Date,PowerPoint Copilot Last Activity Date,Outlook Copilot Last Activity Date," +
		"OneNote Copilot Last Activity Date,Loop Copilot Last Activity Date,Report Period," +
		"Prompts submitted for all apps,Prompts submitted for Copilot Chat (work)," +
		"Prompts submitted for Copilot Chat (web),Active Usage Days for all apps," +
		"Copilot Chat (work) Last Activity Date,Copilot Chat (web) Last Activity Date," +
		"Microsoft 365 Copilot Last Activity Date,Edge Last Activity Date,Copilot Agent Last Activity Date")
	copilotUserCountSummary = header("Report Refresh Date,Report Period,Any App Enabled Users,Any App Active Users," +
		"Microsoft Teams Enabled Users,Microsoft Teams Active Users,Word Enabled Users,Word Active Users," +
		"PowerPoint Enabled Users,PowerPoint Active Users,Outlook Enabled Users,Outlook Active Users," +
		"Excel Enabled Users,Excel Active Users,OneNote Enabled Users,OneNote Active Users,Loop Enabled Users," +
		"Loop Active Users,Copilot Chat Enabled Users,Copilot Chat Active Users")
	copilotUserCountTrend = header("Report Refresh Date,Report Date,Microsoft Teams Enabled Users," +
		"Microsoft Teams Active Users,Word Enabled Users,Word Active Users,PowerPoint Enabled Users," +
		"PowerPoint Active Users,Outlook Enabled Users,Outlook Active Users,Excel Enabled Users,Excel Active Users," +
		"OneNote Enabled Users,OneNote Active Users,Loop Enabled Users,Loop Active Users,Any App Enabled Users," +
		"Any App Active Users,Copilot Chat Enabled Users,Copilot Chat Active Users,Report Period")
)
