package report

import "strings"

// The columns are those that the page of each function documents, in its order;
// some functions share theirs.

// header splits a line of documentation into its columns.
func header(line string) []string { return strings.Split(line, ",") }

var access = header("Class,What To Do,Consent Address,Sign-in,Graph Reports,Exchange,Names Concealed,Relationship Ends")

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

// Microsoft 365 users, licences and apps
var (
	activeUserDetail = header("Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date," +
		"Has Exchange License,Has OneDrive License,Has SharePoint License,Has Skype For Business License," +
		"Has Yammer License,Has Teams License,Exchange Last Activity Date,OneDrive Last Activity Date," +
		"SharePoint Last Activity Date,Skype For Business Last Activity Date,Yammer Last Activity Date," +
		"Teams Last Activity Date,Exchange License Assign Date,OneDrive License Assign Date," +
		"SharePoint License Assign Date,Skype For Business License Assign Date,Yammer License Assign Date," +
		"Teams License Assign Date,Assigned Products")
	activeUserCounts = header("Report Refresh Date,Office 365,Exchange,OneDrive,SharePoint,Skype For Business,Yammer," +
		"Teams,Report Date,Report Period")
	servicesUserCounts = header("Report Refresh Date,Exchange Active,Exchange Inactive,OneDrive Active," +
		"OneDrive Inactive,SharePoint Active,SharePoint Inactive,Skype For Business Active," +
		"Skype For Business Inactive,Yammer Active,Yammer Inactive,Teams Active,Teams Inactive,Office 365 Active," +
		"Office 365 Inactive,Report Period")
	activationsUserDetail = header("Report Refresh Date,User Principal Name,Display Name,Product Type," +
		"Last Activated Date,Windows,Mac,Windows 10 Mobile,iOS,Android,Activated On Shared Computer")
	activationCounts      = header("Report Refresh Date,Product Type,Windows,Mac,Android,iOS,Windows 10 Mobile")
	activationsUserCounts = header("Report Refresh Date,Product Type,Assigned,Activated,Shared Computer Activation")
	appUserDetail         = header("Report Refresh Date,User Principal Name,Last Activation Date,Last Activity Date," +
		"Report Period,Windows,Mac,Mobile,Web,Outlook,Word,Excel,PowerPoint,OneNote,Teams,Outlook (Windows)," +
		"Word (Windows),Excel (Windows),PowerPoint (Windows),OneNote (Windows),Teams (Windows),Outlook (Mac)," +
		"Word (Mac),Excel (Mac),PowerPoint (Mac),OneNote (Mac),Teams (Mac),Outlook (Mobile),Word (Mobile)," +
		"Excel (Mobile),PowerPoint (Mobile),OneNote (Mobile),Teams (Mobile),Outlook (Web),Word (Web),Excel (Web)," +
		"PowerPoint (Web),OneNote (Web),Teams (Web)")
	appUserCounts         = header("Report Refresh Date,Report Period,Report Date,Outlook,Word,Excel,PowerPoint,OneNote,Teams")
	appPlatformUserCounts = header("Report Refresh Date,Report Period,Report Date,Windows,Mac,Mobile,Web")
)

// Groups
var (
	totals               = header("Report Refresh Date,Total,Active,Report Date,Report Period")
	groupsActivityDetail = header("Report Refresh Date,Group Display Name,Is Deleted,Owner Principal Name," +
		"Last Activity Date,Group Type,Member Count,Guest Count,Exchange Received Email Count," +
		"SharePoint Active File Count,Yammer Posted Message Count,Yammer Read Message Count," +
		"Yammer Liked Message Count,Exchange Mailbox Total Item Count,Exchange Mailbox Storage Used (Byte)," +
		"SharePoint Total File Count,SharePoint Site Storage Used (Byte),Report Period")
	groupsActivityCounts = header("Report Refresh Date,Exchange Emails Received,Yammer Messages Posted," +
		"Yammer Messages Read,Yammer Messages Liked,Report Date,Report Period")
	groupsActivityStorage = header("Report Refresh Date,Mailbox Storage Used (Byte),Site Storage Used (Byte)," +
		"Report Date,Report Period")
)
