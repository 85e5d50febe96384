package report_test

import (
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/report"
)

func mustParse(t *testing.T, text string) report.Call {
	t.Helper()
	call, err := report.Parse(text)
	if err != nil {
		t.Fatalf("Parse(%q): %v", text, err)
	}
	return call
}

func TestParse(t *testing.T) {
	const run = report.Date("2026-11-24")
	tests := []struct {
		rule, text, canonical, path string
		asOfNow                     bool
	}{
		{"a period", "getMailboxUsageDetail(period='D7')",
			"getMailboxUsageDetail(period='D7')", "/reports/getMailboxUsageDetail(period='D7')", true},
		{"spaces around anything don't matter", " getMailboxUsageDetail ( period = 'D180' ) ",
			"getMailboxUsageDetail(period='D180')", "/reports/getMailboxUsageDetail(period='D180')", true},
		{"a period that lost its quotes", "getMailboxUsageDetail(period=D30)",
			"getMailboxUsageDetail(period='D30')", "/reports/getMailboxUsageDetail(period='D30')", true},
		{"a day counted from the run's date", "getEmailActivityUserDetail(date={today-3})",
			"getEmailActivityUserDetail(date={today-3})", "/reports/getEmailActivityUserDetail(date=2026-11-21)", false},
		{"twenty-eight days back, across a month's end", "getEmailActivityUserDetail(date={today-28})",
			"getEmailActivityUserDetail(date={today-28})", "/reports/getEmailActivityUserDetail(date=2026-10-27)", false},
		{"the run's own day", "getEmailActivityUserDetail(date={today-0})",
			"getEmailActivityUserDetail(date={today})", "/reports/getEmailActivityUserDetail(date=2026-11-24)", false},
		{"a fixed day", "getEmailActivityUserDetail(date=2026-11-20)",
			"getEmailActivityUserDetail(date=2026-11-20)", "/reports/getEmailActivityUserDetail(date=2026-11-20)", false},
		{"a quoted day", "getM365AppUserDetail(date='2026-11-20')",
			"getM365AppUserDetail(date=2026-11-20)", "/reports/getM365AppUserDetail(date=2026-11-20)", false},
		{"a report of periods or days, by period", "getEmailActivityUserDetail(period='D90')",
			"getEmailActivityUserDetail(period='D90')", "/reports/getEmailActivityUserDetail(period='D90')", true},
		{"no parameters", "getOffice365ActivationsUserDetail",
			"getOffice365ActivationsUserDetail", "/reports/getOffice365ActivationsUserDetail", true},
		{"empty parentheses", "getOffice365ActivationsUserDetail()",
			"getOffice365ActivationsUserDetail", "/reports/getOffice365ActivationsUserDetail", true},
		{"Copilot's reports have their own path, and ALL", "getMicrosoft365CopilotUserCountTrend(period='ALL')",
			"getMicrosoft365CopilotUserCountTrend(period='ALL')", "/copilot/reports/getMicrosoft365CopilotUserCountTrend(period='ALL')", true},
		{"Copilot's version, and its month of 28 days", "getMicrosoft365CopilotUsageUserDetail(version='v2', period='D28')",
			"getMicrosoft365CopilotUsageUserDetail(period='D28',version='v2')", "/copilot/reports/getMicrosoft365CopilotUsageUserDetail(period='D28',version='v2')", true},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			call := mustParse(t, test.text)
			if got := call.String(); got != test.canonical {
				t.Errorf("String() = %s, want %s", got, test.canonical)
			}
			if got := call.Path(run, run); got != test.path {
				t.Errorf("Path() = %s, want %s", got, test.path)
			}
			if call.AsOfNow() != test.asOfNow || call.OneDay() == test.asOfNow {
				t.Errorf("AsOfNow() = %t, OneDay() = %t", call.AsOfNow(), call.OneDay())
			}
			if call.Kind() != report.Graph || call.Notes() != nil && !strings.Contains(test.text, "v2") {
				t.Errorf("Kind() = %d, Notes() = %q", call.Kind(), call.Notes())
			}
			if got := call.Function(); !strings.HasPrefix(test.canonical, got) || got == "" {
				t.Errorf("Function() = %s", got)
			}
			if again := mustParse(t, call.String()); again != call {
				t.Errorf("parsed again: %#v, want %#v", again, call)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ rule, text, want string }{
		{"nothing", " ",
			`call "": empty: want a usage report of Graph v1.0, such as getMailboxUsageDetail(period='D7'), a collection, such as /users?$select=id,displayName&$top=500, or a cmdlet, such as ` +
				`Get-MailTrafficSummaryReport -Category TopMailSender -StartDate {today-2} -EndDate {today-1}`},
		{"a misspelt function", "getMailboxUsgeDetail(period='D7')",
			`call "getMailboxUsgeDetail(period='D7')": no usage report or short name "getMailboxUsgeDetail": did you mean getMailboxUsageDetail?`},
		{"a function cut short", "getMailboxUsage(period='D7')",
			`call "getMailboxUsage(period='D7')": no usage report or short name "getMailboxUsage": did you mean getMailboxUsageDetail?`},
		{"a function unlike any other", "getPrinters",
			`call "getPrinters": no usage report or short name "getPrinters": want one, such as getMailboxUsageDetail(period='D7') or licenses, or a path that begins with "/"`},
		{"Skype for Business", "getSkypeForBusinessActivityCounts(period='D7')",
			`call "getSkypeForBusinessActivityCounts(period='D7')": getSkypeForBusinessActivityCounts was retired by Microsoft, with Skype for Business: want Teams' own getTeamsUserActivityCounts(period='D7')`},
		{"access with a parameter", "access(period='D7')",
			`call "access(period='D7')": access takes no "period": want no parameters`},
		{"a period that Graph doesn't know", "getMailboxUsageDetail(period='D8')",
			`call "getMailboxUsageDetail(period='D8')": period "D8": want D7, D30, D90 or D180`},
		{"ALL for a report that isn't Copilot's", "getMailboxUsageDetail(period='ALL')",
			`call "getMailboxUsageDetail(period='ALL')": period "ALL": want D7, D30, D90 or D180`},
		{"28 days with Copilot's first version", "getMicrosoft365CopilotUserCountTrend(period='D28')",
			`call "getMicrosoft365CopilotUserCountTrend(period='D28')": period "D28": want D7, D30, D90, D180 or ALL`},
		{"a version that Copilot doesn't have", "getMicrosoft365CopilotUserCountTrend(period='D7',version='v3')",
			`call "getMicrosoft365CopilotUserCountTrend(period='D7',version='v3')": version "v3": want v1 or v2`},
		{"only a version", "getMicrosoft365CopilotUserCountTrend(version='v2')",
			`call "getMicrosoft365CopilotUserCountTrend(version='v2')": getMicrosoft365CopilotUserCountTrend needs a parameter: want period='D7' (D7, D30, D90, D180 or ALL), and, where wanted, version='v2' (v1 or v2)`},
		{"a date where none is allowed", "getMailboxUsageDetail(date={today-3})",
			`call "getMailboxUsageDetail(date={today-3})": getMailboxUsageDetail takes no "date": want period='D7' (D7, D30, D90 or D180)`},
		{"a parameter where none is allowed", "getOffice365ActivationCounts(period='D7')",
			`call "getOffice365ActivationCounts(period='D7')": getOffice365ActivationCounts takes no "period": want no parameters`},
		{"an unknown parameter", "getEmailActivityUserDetail(days=7)",
			`call "getEmailActivityUserDetail(days=7)": getEmailActivityUserDetail takes no "days": want period='D7' (D7, D30, D90 or D180), or a day, such as date={today-3} or date=2026-11-20`},
		{"a missing parameter", "getMailboxUsageDetail",
			`call "getMailboxUsageDetail": getMailboxUsageDetail needs a parameter: want period='D7' (D7, D30, D90 or D180)`},
		{"an empty value", "getMailboxUsageDetail(period='')",
			`call "getMailboxUsageDetail(period='')": period: its value is empty`},
		{"period and date at once", "getEmailActivityUserDetail(period='D7',date={today})",
			`call "getEmailActivityUserDetail(period='D7',date={today})": getEmailActivityUserDetail takes a period or a date, not both`},
		{"a parameter twice", "getMailboxUsageDetail(period='D7',period='D30')",
			`call "getMailboxUsageDetail(period='D7',period='D30')": period is given twice`},
		{"more than thirty days back", "getEmailActivityUserDetail(date={today-29})",
			`call "getEmailActivityUserDetail(date={today-29})": date "{today-29}": Graph keeps single days for 28 days: want N at most 28`},
		{"a future day", "getEmailActivityUserDetail(date={today+1})",
			`call "getEmailActivityUserDetail(date={today+1})": date "{today+1}": want {today} or {today-N}, N at most 28`},
		{"two signs", "getEmailActivityUserDetail(date={today--1})",
			`call "getEmailActivityUserDetail(date={today--1})": date "{today--1}": want {today} or {today-N}, N at most 28`},
		{"a day that does not exist", "getEmailActivityUserDetail(date=2026-02-30)",
			`call "getEmailActivityUserDetail(date=2026-02-30)": date "2026-02-30": want a day such as 2026-11-24, or {today-N}, counted from the run's date`},
		{"an open parenthesis", "getMailboxUsageDetail(period='D7'",
			`call "getMailboxUsageDetail(period='D7'": its parenthesis is not closed`},
		{"an open quote", "getMailboxUsageDetail(period='D7)",
			`call "getMailboxUsageDetail(period='D7)": period: the quote in 'D7 is not closed`},
		{"something after the call", "getMailboxUsageDetail(period='D7')?$format=json",
			`call "getMailboxUsageDetail(period='D7')?$format=json": "?$format=json": rows come as CSV, and all of them: want nothing after the call`},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			call, err := report.Parse(test.text)
			if err == nil {
				t.Fatalf("Parse(%q) = %s, want an error", test.text, call)
			}
			if err.Error() != test.want {
				t.Errorf("error\n  %v\nwant\n  %s", err, test.want)
			}
			if call != (report.Call{}) {
				t.Errorf("a call came back with the error: %s", call)
			}
		})
	}
}

func TestAccess(t *testing.T) {
	for _, text := range []string{"access", "access()", " Access "} {
		call := mustParse(t, text)
		if call.Kind() != report.Own || call.Function() != report.Access || call.String() != "access" || !call.AsOfNow() {
			t.Errorf("Parse(%q) = %s of %s, kind %d, as of now: %t", text, call, call.Function(), call.Kind(), call.AsOfNow())
		}
		want := []string{"Class", "What To Do", "Consent Address", "Sign-in", "Graph Reports", "Exchange", "Missing Permissions", "Names Concealed", "Relationship Ends"}
		if got := call.Columns(); !slices.Equal(got, want) {
			t.Errorf("Columns() = %q, want %q", got, want)
		}
	}
}

func TestColumns(t *testing.T) {
	t.Run("a report has its own columns", func(t *testing.T) {
		got := mustParse(t, "getMailboxUsageMailboxCounts(period='D7')").Columns()
		want := []string{"Report Refresh Date", "Total", "Active", "Report Date", "Report Period"}
		if !slices.Equal(got, want) {
			t.Errorf("Columns() = %q, want %q", got, want)
		}
	})
	t.Run("a retired cmdlet has its successor's columns", func(t *testing.T) {
		got := mustParse(t, "Get-SPOTeamSiteStorageReport -StartDate {today-8} -EndDate {today-2}").Columns()
		want := []string{"Report Refresh Date", "Site Type", "Storage Used (Byte)", "Report Date", "Report Period"}
		if !slices.Equal(got, want) {
			t.Errorf("Columns() = %q, want %q", got, want)
		}
	})
	t.Run("a cmdlet of Exchange has no documented columns", func(t *testing.T) {
		if got := mustParse(t, "Get-MailFlowStatusReport").Columns(); got != nil {
			t.Errorf("Columns() = %q", got)
		}
	})
	t.Run("a caller may change its copy", func(t *testing.T) {
		call := mustParse(t, "getTeamsTeamCounts(period='D7')")
		call.Columns()[0] = "changed"
		if got := call.Columns()[0]; got != "Report Refresh Date" {
			t.Errorf("the catalogue now says %q", got)
		}
	})
}
