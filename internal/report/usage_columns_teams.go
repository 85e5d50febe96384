package report

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
