package report

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
