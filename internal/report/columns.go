package report

// Columns as the pages of the functions list them, in their order. Reports of
// users and mailboxes begin alike.
var (
	shared = []string{"Report Refresh Date", "Report Period"}

	emailActivityUserDetail = []string{
		"Report Refresh Date", "User Principal Name", "Display Name", "Is Deleted", "Deleted Date",
		"Last Activity Date", "Send Count", "Receive Count", "Read Count", "Meeting Created Count",
		"Meeting Interacted Count", "Assigned Products", "Report Period",
	}
	emailActivityCounts = []string{
		"Report Refresh Date", "Send", "Receive", "Read", "Report Date", "Report Period",
	}
	emailAppUsageUserDetail = []string{
		"Report Refresh Date", "User Principal Name", "Display Name", "Is Deleted", "Deleted Date",
		"Last Activity Date", "Mail For Mac", "Outlook For Mac", "Outlook For Windows",
		"Outlook For Mobile", "Other For Mobile", "Outlook For Web", "POP3 App", "IMAP4 App",
		"SMTP App", "Report Period",
	}
	mailboxUsageDetail = []string{
		"Report Refresh Date", "User Principal Name", "Display Name", "Is Deleted", "Deleted Date",
		"Created Date", "Last Activity Date", "Item Count", "Storage Used (Byte)",
		"Issue Warning Quota (Byte)", "Prohibit Send Quota (Byte)",
		"Prohibit Send/Receive Quota (Byte)", "Deleted Item Count", "Deleted Item Size (Byte)",
		"Deleted Item Quota (Byte)", "Has Archive", "Recipient Type", "Report Period",
	}
	mailboxUsageMailboxCounts = []string{
		"Report Refresh Date", "Total", "Active", "Report Date", "Report Period",
	}

	access = []string{
		"Class", "What To Do", "Consent Address", "Sign-in", "Graph Reports", "Exchange",
		"Names Concealed", "Relationship Ends",
	}
)
