package report_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"tenantrollup/internal/report"
)

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"getMailboxUsageDetail(period='D7')",
		"getEmailActivityUserDetail(date={today-3})",
		"getEmailActivityUserDetail(date='2026-11-20')",
		"getOffice365ActivationsUserDetail()",
		"access",
		"getMicrosoft365CopilotUsageUserDetail(period='D28',version='v2')",
		"getMailboxUsageDetail(period='D7',)",
		"Get-MailTrafficSummaryReport -Category 'a;b=c' -Page 2 -On -Off:$false",
		`get-mailtrafficsummaryreport -A "it's" -B 'it''s' -C a,2,$true -D @('x', {today-1}) -E '' -F @()`,
		"Get-X -StartDate {today-007}T00:00 -EndDate 11/20/2026 -N -5 -M: '10'",
		"Get-X -A (Get-Date).AddDays(-7)", "Get-X -A @(", "Get-X -A \"", "Get-X -A {today-}", "Get-X \u2013A b",
		"Get-MailboxActivityReport -ReportType Daily -StartDate {today-8} -EndDate 2026-11-20",
		"Get-MailboxUsageDetailReport -StartDate 11/1/2026 -EndDate 11/20/2026", "Get-MessageTrace", "Set-X -A b",
		"GET https://graph.microsoft.com/v1.0/reports/getTeamsTeamCounts(period=%27D7%27)?$format=text/csv", "/users", "Get-MgUser",
		"get\u2013mailbox \u2018Megan\u2019 -Archive | Select Name, 'Größe' | ft @{n=1} | Export-Csv x.csv", "Get-X -A \"`u{fc}  b\" -B ('a',-1) -C a`;b'c'",
		"/users?$select=id, displayName&$top=0500&$filter=userType  eq 'Guest'", "licenses", "Sign-In-Activity", "GET https://graph.microsoft.com/v1.0/groups?%24filter=a%20eq%20'AT%26T'",
		"/x(a='b/c',d={today-7}T00:00:00Z)/y.z?$expand=m($select=a;$top=1)&$count=TRUE&$orderby=a desc,b", `/users?$search="displayName:a\"b" OR "m:c"`,
		"/users?$filter=a ne 'b''c  d' and x/$count ne 0", "/users/{id}", "/a?$filter=b eq '\u2019\u00fc'", "deviceManagement/managedDevices/?search=`;'", "/a?$filter=b eq %27%3B%60%25%2B%23%27",
		"/reports/microsoft.graph.getTeamsTeamCounts(period='D7')", "/reports/getTeamsTeamCounts(period='D7')// ?$top=5", "reports/%67etTeamsTeamCounts(period='D7')", "/copilot/reports/getX/",
		"(", ")", "=", "{today-", "getTeamsTeamCounts(='')",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		call, err := report.Parse(text)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("the error has a line break: %q", err)
			}
			return
		}
		again, err := report.Parse(call.String())
		if err != nil || again != call {
			t.Errorf("Parse(%q) = %s, which parses to %s, %v", text, call, again, err)
		}
		if text := call.String(); !fitsMetadata(text) {
			t.Errorf("String() = %q: not fit for a blob's metadata", text)
		}
		if err := report.ValidName(call.Function()); err != nil {
			t.Errorf("no default name of blobs: %v", err)
		}
		if path := call.Path("2026-11-24", "2026-11-24"); call.Kind() == report.Graph && strings.ContainsAny(path, "{} ") {
			t.Errorf("Path() of %s = %s", call, path)
		}
		if call.Kind() == report.Collection {
			path := call.Path("2026-11-24", "2026-11-24")
			address, err := url.Parse("https://graph.microsoft.com/v1.0" + path)
			if err != nil || address.Fragment != "" || strings.ContainsAny(path, "{} ") || !fitsMetadata(path) || !strings.HasPrefix(path, "/") {
				t.Errorf("Path() of %s = %s, %v", call, path, err)
			}
			if again, err := report.Parse(path); err != nil || !strings.Contains(call.String(), "{today") && again != call {
				t.Errorf("Path() of %s = %s, which parses to %s, %v", call, path, again, err)
			}
		}
		if _, parameters := call.Cmdlet("2026-11-24"); call.Kind() == report.Exchange {
			if text, err := json.Marshal(parameters); err != nil || strings.Contains(string(text), "{today") {
				t.Errorf("the parameters of %s are %s, %v", call, text, err)
			}
		}
	})
}

func fitsMetadata(text string) bool {
	return !strings.Contains(text, "  ") && strings.TrimSpace(text) == text &&
		!strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
}

func FuzzParseList(f *testing.F) {
	f.Add("a=getTeamsTeamCounts(period='D7');getEmailActivityUserDetail(date={today-3})")
	f.Add("a=b=c;;(')=';)")
	f.Add(`flow=Get-MailFlowStatusReport -Domain 'a;b',"c=d";Get-X -Filter a=b;Get-MailboxActivityReport -StartDate {today-8} -EndDate {today}`)
	f.Add("licenses;x=mfa;/users?$filter=a eq 'b;c=d'&$expand=e($select=f;$top=1); n = GET /groups?$filter=g eq '`\"'")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := report.ParseList(text)
		if err != nil {
			return
		}
		var parts []string
		for _, named := range list {
			if err := report.ValidName(named.Name); err != nil {
				t.Error(err)
			}
			parts = append(parts, named.Name+"="+named.Call.String())
		}
		again, err := report.ParseList(strings.Join(parts, ";"))
		if err != nil || len(again) != len(list) {
			t.Fatalf("%q parses to %v, which parses to %v, %v", text, list, again, err)
		}
		for i := range list {
			if list[i] != again[i] {
				t.Errorf("entry %d of %q: %v, again %v", i, text, list[i], again[i])
			}
		}
	})
}
