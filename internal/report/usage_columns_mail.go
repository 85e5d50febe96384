package report

// Email
var (
	emailActivityUserDetail = header("Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date," +
		"Last Activity Date,Send Count,Receive Count,Read Count,Meeting Created Count,Meeting Interacted Count," +
		"Assigned Products,Report Period")
	emailActivityCounts     = header("Report Refresh Date,Send,Receive,Read,Report Date,Report Period")
	emailActivityUserCounts = header("Report Refresh Date,Send,Receive,Read,Meeting Created,Meeting Interacted,Report Date,Report Period")
	emailAppUsageUserDetail = header("Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date," +
		"Last Activity Date,Mail For Mac,Outlook For Mac,Outlook For Windows,Outlook For Mobile,Other For Mobile," +
		"Outlook For Web,POP3 App,IMAP4 App,SMTP App,Report Period")
	emailAppUsageAppsUserCounts = header("Report Refresh Date,Mail For Mac,Outlook For Mac,Outlook For Windows," +
		"Outlook For Mobile,Other For Mobile,Outlook For Web,POP3 App,IMAP4 App,SMTP App,Report Period")
	emailAppUsageUserCounts = header("Report Refresh Date,Mail For Mac,Outlook For Mac,Outlook For Windows," +
		"Outlook For Mobile,Other For Mobile,Outlook For Web,POP3 App,IMAP4 App,SMTP App,Report Date,Report Period")
	emailAppUsageVersionsUserCounts = header("Report Refresh Date,Outlook 2016,Outlook 2013,Outlook 2010,Outlook 2007," +
		"Undetermined,Report Period,Outlook M365,Outlook 2019")
)

// Mailboxes
var (
	mailboxUsageDetail = header("Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date," +
		"Created Date,Last Activity Date,Item Count,Storage Used (Byte),Issue Warning Quota (Byte)," +
		"Prohibit Send Quota (Byte),Prohibit Send/Receive Quota (Byte),Deleted Item Count,Deleted Item Size (Byte)," +
		"Deleted Item Quota (Byte),Has Archive,Recipient Type,Report Period")
	mailboxUsageQuotaStatus = header("Report Refresh Date,Under Limit,Warning Issued,Send Prohibited," +
		"Send/Receive Prohibited,Indeterminate,Report Date,Report Period")
	mailboxUsageStorage = header("Report Refresh Date,Storage Used (Byte),Report Date,Report Period")
)
