package report_test

import (
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/report"
)

func TestParseAddress(t *testing.T) {
	const want = "getMailboxUsageDetail(period='D7')"
	for _, text := range []string{
		"GETMAILBOXUSAGEDETAIL(Period='D7')",
		"GET https://graph.microsoft.com/v1.0/reports/getMailboxUsageDetail(period='D7')",
		"get /reports/getMailboxUsageDetail(period='D7')",
		"/v1.0/reports/getMailboxUsageDetail(period='D7')?$format=text/csv",
		"reports/getMailboxUsageDetail(period=%27D7%27)",
		"https://dod-graph.microsoft.us/V1.0/Reports/getMailboxUsageDetail(period='D7')",
		"getMailboxUsageDetail(period='D7')?$format=text/csv",
		"/reports/getMailboxUsageDetail(period='D7')/",
		"https://graph.microsoft.com/v1.0/reports/microsoft.graph.getMailboxUsageDetail(period='D7')", // as Microsoft's Java SDK writes it
	} {
		if call := mustParse(t, text); call.String() != want {
			t.Errorf("Parse(%q) = %s, want %s", text, call, want)
		}
		list, err := report.ParseList(text + ";week=" + text)
		if err != nil || list[0].Name != "getMailboxUsageDetail" || list[1].Name != "week" || list[1].Call.String() != want {
			t.Errorf("ParseList: %v, %v", list, err)
		}
	}
	const copilot = "getMicrosoft365CopilotUsageUserDetail(date=2026-11-20)"
	if call := mustParse(t, "GET https://graph.microsoft.com/v1.0/copilot/reports/"+copilot); call.String() != copilot || !call.OneDay() {
		t.Errorf("Copilot's detail of one day is %s", call)
	}
}

func TestParseRefusesWhatEveryCustomerWouldRefuse(t *testing.T) {
	tests := []struct{ text, want string }{
		{"subscribedSkus", `"subscribedSkus" is a collection of Graph: want licenses`},
		{"Groups", `"Groups" is a collection of Graph: want /groups`},
		{"users?$select=id", `"users?$select=id" begins with no slash: want a collection's whole path, as in /users?$select=id,displayName&$top=500`},
		{"licences", `no usage report or short name "licences": did you mean licenses?`},
		{"secure-scores", `no usage report or short name "secure-scores": did you mean secure-score?`},
		{"licenses mfa", `no usage report or short name "licenses mfa": want one, such as getMailboxUsageDetail(period='D7') or licenses, or a path that begins with "/", and ";" between two reports`},
		{"licenses,mfa", `"licenses,mfa": want ";" between two reports, not a comma, and quotes around a value`},
		{"https://graph.microsoft.com/beta/reports/getMailboxUsageDetail(period='D7')", "beta changes without notice: want what Graph v1.0 has, such as /users?$select=id,displayName&$top=500 or getMailboxUsageDetail(period='D7')"},
		{"https://example.com/v1.0/reports/getMailboxUsageDetail(period='D7')", "example.com is not a host of Graph: want a collection, such as /users?$select=id,displayName&$top=500, or a usage report, such as getMailboxUsageDetail(period='D7')"},
		{"/reports/getMailboxUsgeDetail(period='D7')", `no usage report or short name "getMailboxUsgeDetail": did you mean getMailboxUsageDetail?`},
		{"getMailboxUsageDetail(period=%zz)?$format=text/csv", `period "%zz": want D7, D30, D90 or D180`},
		{"/reports/getMailboxUsageDetail(period=%zz)", "its address is malformed: want only the report's function, such as getMailboxUsageDetail(period='D7')"},
		{"getTeamsTeamCounts(period='D7'),getEmailActivityCounts(period='D7')", `",getEmailActivityCounts(period='D7')": want ";" between two reports, not a comma, and quotes around a value`},
		{"getOffice365ActivationCounts,access", `"getOffice365ActivationCounts,access": want ";" between two reports, not a comma, and quotes around a value`},
		{"Get-MxRecordReport,Get-X", `"Get-MxRecordReport,Get-X": want ";" between two reports, not a comma, and quotes around a value`},
		{"getMicrosoft365CopilotUsageUserDetail(date={today},version='v1')", "getMicrosoft365CopilotUsageUserDetail takes no version with a date: want it left out"},
		{"Get-MgUser -All", "Get-MgUser is a command of the module Microsoft.Graph, not of Exchange: want users, or mfa or sign-in-activity for those questions"},
		{"Get-MgRoleManagementDirectoryRoleAssignment -All", "Get-MgRoleManagementDirectoryRoleAssignment is a command of the module Microsoft.Graph, not of Exchange: want admins"},
		{"Get-MgUserMessage", "Get-MgUserMessage is a command of the module Microsoft.Graph, not of Exchange: want a short name, such as licenses, or a path of Graph v1.0, such as /users?$select=id,displayName&$top=500"},
		{"Get-EntraSubscribedSku", "Get-EntraSubscribedSku is a command of the module Microsoft.Entra, not of Exchange: want licenses"},
		{"Get-MgReportEmailActivityUserDetail -Period D7", "Get-MgReportEmailActivityUserDetail is a command of the module Microsoft.Graph, not of Exchange: want getEmailActivityUserDetail, with its parameters as in getMailboxUsageDetail(period='D7')"},
		{"get-msolaccountsku", "get-msolaccountsku is a command of the retired module MSOnline, not of Exchange: want licenses"},
		{"Get-AzureADUser", "Get-AzureADUser is a command of the retired module AzureAD, not of Exchange: want users, or mfa or sign-in-activity for those questions"},
		{"Get-CsOnlineUser", "Get-CsOnlineUser is a command of the module MicrosoftTeams, not of Exchange: want getTeamsUserActivityUserDetail(period='D7') or /teams"},
		{"Get-SPOSite", "Get-SPOSite is a command of the module Microsoft.Online.SharePoint.PowerShell, not of Exchange: want storage, or /sites/getAllSites"},
		{"Get-ComplianceSearch", "Get-ComplianceSearch is a command of Security & Compliance PowerShell, which is not supported: want one of Exchange Online, such as Get-MailTrafficSummaryReport -Category TopMailSender -StartDate {today-2} -EndDate {today-1}"},
		{"Get-MailboxDatabase", "Get-MailboxDatabase is a command of Exchange Server only: want one of Exchange Online, such as Get-MailTrafficSummaryReport -Category TopMailSender -StartDate {today-2} -EndDate {today-1}"},
		{"& Get-X", "want it to begin with the name of a cmdlet or a report, and nothing around it"},
		{"Get-X \xff", "it is not UTF-8: want it in UTF-8"},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			call, err := report.Parse(test.text)
			if err == nil || !strings.HasSuffix(err.Error(), ": "+test.want) {
				t.Errorf("Parse = %s, %v\nwant an error that ends with\n%s", call, err, test.want)
			}
		})
	}
	for _, text := range []string{"Get-MailDetailDlpPolicyReport", "Get-DlpSiDetectionsReport", "Get-SpoofIntelligenceInsight", "Get-TeamsProtectionPolicy", "Get-ExoPhishSimOverrideRule"} {
		mustParse(t, text) // Exchange has them, whatever their names begin with
	}
}

// A message of the queue has 64 KiB at most, and ten deliveries.
func TestParseTakesNoLongerForAWrongCall(t *testing.T) {
	const (
		size    = 60_000
		huge    = 50 * size        // on which a parser that compares everything with everything takes an hour
		bounded = 10 * time.Second // on a busy machine
	)
	for _, text := range []string{
		strings.Repeat("g", huge), "Get-X " + strings.Repeat("-A{", huge/3), "Get-" + strings.Repeat("x", huge),
		"Get-X -A " + strings.Repeat("'a',", huge/4), "Get-X" + strings.Repeat(" | ft", huge/5), "getTeamsTeamCounts(" + strings.Repeat("period=,", huge/8),
		"Get-X -A " + strings.Repeat("`u{20}", huge/6), strings.Repeat("Get-X\n", huge/6),
	} {
		start := time.Now()
		_, err := report.Parse(text)
		if err == nil || len(err.Error()) > 2000 || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.40s…: %d bytes of error", text, len(err.Error()))
		}
		if took := time.Since(start); took > bounded {
			t.Errorf("%.40s… took %v", text, took)
		}
	}
	start := time.Now()
	list := strings.Repeat(strings.Repeat("g", 90)+";", size/91) + strings.Repeat(";", 2000)
	if _, err := report.ParseList(list); err == nil || strings.Count(err.Error(), "\n") != size/91+2000 {
		t.Errorf("ParseList does not say what is wrong with each entry in a line")
	}
	if took := time.Since(start); took > bounded {
		t.Errorf("ParseList took %v", took)
	}
}
