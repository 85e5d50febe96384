package report_test

import (
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
		"Get-MailTrafficSummaryReport -Category 'a;b=c'",
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
		if path := call.Path("2026-11-24"); strings.ContainsAny(path, "{} ") {
			t.Errorf("Path() of %s = %s", call, path)
		}
	})
}

func FuzzParseList(f *testing.F) {
	f.Add("a=getTeamsTeamCounts(period='D7');getEmailActivityUserDetail(date={today-3})")
	f.Add("a=b=c;;(')=';)")
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
