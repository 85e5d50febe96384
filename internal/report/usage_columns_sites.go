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
