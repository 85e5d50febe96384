package report_test

import (
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/report"
)

func TestRetiredCmdlet(t *testing.T) {
	const run = report.Date("2026-11-24")
	tests := []struct {
		rule, text, canonical, path string
		from, to                    report.Date
	}{
		{"the sample's own: a row for each requested day", "Get-MailboxActivityReport -ReportType Daily -StartDate {today-6} -EndDate {today-2}",
			"Get-MailboxActivityReport -ReportType Daily -StartDate {today-6} -EndDate {today-2}",
			"/reports/getMailboxUsageMailboxCounts(period='D7')", "2026-11-18", "2026-11-22"},
		{"without a type it means daily, in any case and order", "get-mailboxactivityreport -enddate {today} -startdate {today-7}",
			"Get-MailboxActivityReport -ReportType Daily -StartDate {today-7} -EndDate {today}",
			"/reports/getMailboxUsageMailboxCounts(period='D30')", "2026-11-17", "2026-11-24"},
		{"days as PowerShell's invariant culture writes them", "Get-SPOTeamSiteStorageReport -StartDate 9/1/2026 -EndDate '09/03/2026'",
			"Get-SPOTeamSiteStorageReport -ReportType Daily -StartDate 2026-09-01 -EndDate 2026-09-03",
			"/reports/getSharePointSiteUsageStorage(period='D90')", "2026-09-01", "2026-09-03"},
		{"a report without a row for each day has every row", "Get-MailboxUsageDetailReport -StartDate {today-179} -EndDate {today-2}",
			"Get-MailboxUsageDetailReport -StartDate {today-179} -EndDate {today-2}",
			"/reports/getMailboxUsageDetail(period='D180')", "", ""},
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
			from, to, ok := call.Days(run)
			if from != test.from || to != test.to || ok != (test.from != "") {
				t.Errorf("Days() = %s, %s, %t", from, to, ok)
			}
			if call.AsOfNow() == ok || call.OneDay() || call.Kind() != report.Graph {
				t.Errorf("AsOfNow() = %t, OneDay() = %t, Kind() = %d", call.AsOfNow(), call.OneDay(), call.Kind())
			}
			if name, _, _ := strings.Cut(test.canonical, " "); call.Function() != name {
				t.Errorf("Function() = %s, want %s", call.Function(), name)
			}
			if err := call.AnswerableOn(run, run); err != nil {
				t.Error(err)
			}
			if again := mustParse(t, call.String()); again != call {
				t.Errorf("parsed again: %#v, want %#v", again, call)
			}
		})
	}
	t.Run("the period counts from today, and days count from the run's date", func(t *testing.T) {
		call := mustParse(t, "Get-MailboxActivityReport -StartDate {today-6} -EndDate {today-2}")
		if got, want := call.Path("2026-11-20", run), "/reports/getMailboxUsageMailboxCounts(period='D30')"; got != want {
			t.Errorf("Path() = %s, want %s", got, want)
		}
		if from, to, _ := call.Days("2026-11-20"); from != "2026-11-14" || to != "2026-11-18" {
			t.Errorf("Days() = %s, %s", from, to)
		}
	})
}

func TestNotes(t *testing.T) {
	tests := []struct {
		rule, text string
		want       []string
	}{
		{"say what the successor does not count", "Get-MailboxActivityReport -StartDate {today-8} -EndDate {today-2}", []string{
			"Microsoft retired Get-MailboxActivityReport: getMailboxUsageMailboxCounts answers instead.",
			"Not carried over: the counts of mailboxes created and deleted (AccountCreated, AccountDeleted)."}},
		{"say that dates choose no rows", "Get-MailboxUsageDetailReport -StartDate {today-8} -EndDate {today-2}", []string{
			"Microsoft retired Get-MailboxUsageDetailReport: getMailboxUsageDetail answers instead.",
			"getMailboxUsageDetail has one row for each mailbox or user, as of now: the dates only choose its period."}},
		{"say which commands only show rows", "Get-X | Format-Table a,@{n='b';e={$_.c}} | sort Date | FT", []string{
			"Not carried over: Format-Table, Sort-Object. The file has the rows in the order of Microsoft's answer."}},
		{"but say nothing about chosen columns", "Get-X | Select-Object a", nil},
		{"say that Microsoft will retire a cmdlet", "Get-DlpDetectionsReport", []string{
			"Microsoft says that it will retire Get-DlpDetectionsReport. Afterwards there is Export-ActivityExplorerData of Microsoft Purview, outside this program: no report of Graph or Exchange took its place."}},
		{"say that some tenants refuse Copilot's second version", "getMicrosoft365CopilotUsageUserDetail(period='D28',version='v2')", []string{
			"Some tenants refuse version='v2': for those, ask with version='v1' and, instead of D28, period='D30'."}},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			if got := mustParse(t, test.text).Notes(); !slices.Equal(got, test.want) {
				t.Errorf("Notes() = %q, want %q", got, test.want)
			}
		})
	}
}

func TestRetiredCmdletRefuses(t *testing.T) {
	const answers = "getMailboxUsageMailboxCounts answers instead of Get-MailboxActivityReport"
	tests := []struct{ rule, text, want string }{
		{"no dates", "Get-MailboxActivityReport", "Get-MailboxActivityReport needs both dates: want them as in Get-MailboxActivityReport -StartDate {today-8} -EndDate {today-2}"},
		{"one date", "Get-MailboxActivityReport -StartDate {today-8}", "Get-MailboxActivityReport needs both dates: want them as in Get-MailboxActivityReport -StartDate {today-8} -EndDate {today-2}"},
		{"weeks, months and years", "Get-MailboxActivityReport -ReportType Weekly -StartDate {today-8} -EndDate {today-2}",
			"-ReportType: " + answers + ", with a row for each day: want Daily"},
		{"a limit on rows", "Get-MailboxActivityReport -ResultSize 10 -StartDate {today-8} -EndDate {today-2}",
			"-ResultSize: " + answers + ", with every row it has: want only -StartDate and -EndDate"},
		{"dates in the wrong order", "Get-MailboxActivityReport -StartDate {today-2} -EndDate {today-10}",
			"-StartDate {today-2} is later than -EndDate {today-10}: want it the same or earlier"},
		{"literal dates in the wrong order", "Get-MailboxActivityReport -StartDate 2026-11-20 -EndDate 11/19/2026",
			"-StartDate 2026-11-20 is later than -EndDate 2026-11-19: want it the same or earlier"},
		{"days that no report reaches back to", "Get-MailboxActivityReport -StartDate {today-180} -EndDate {today-2}",
			`-StartDate: date "{today-180}": Graph's longest report is of 180 days, today's included: want N at most 179`},
		{"not a day", "Get-MailboxActivityReport -StartDate yesterday -EndDate {today-2}",
			`-StartDate: date "yesterday": want a day such as 2026-11-24, or {today-N}, counted from the run's date`},
		{"a cmdlet that two reports share", "Get-MailboxUsageReport -StartDate {today-8} -EndDate {today-2}",
			"Get-MailboxUsageReport was retired by Microsoft: want getMailboxUsageStorage(period='D7') for sizes, getMailboxUsageQuotaStatusMailboxCounts(period='D7') for quotas"},
		{"a cmdlet whose page points to another", "Get-AdvancedThreatProtectionDocumentReport", "Get-AdvancedThreatProtectionDocumentReport was retired by Microsoft: want Get-ContentMalwareMdoAggregateReport"},
		{"a cmdlet that went with Skype's calls", "Get-CsPSTNUsageDetailReport", "Get-CsPSTNUsageDetailReport was retired by Microsoft: want /communications/callRecords/getPstnCalls(fromDateTime={today-8},toDateTime={today-1}), which has a row for each call, or getTeamsUserActivityCounts(period='D7'), which counts calls and meetings"},
		{"a cmdlet with a successor in Exchange", "get-messagetrace -PageSize 10", "Get-MessageTrace was retired by Microsoft: want Get-MessageTraceV2 -StartDate {today-2} -EndDate {today-1}"},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			call, err := report.Parse(test.text)
			if err == nil || call != (report.Call{}) {
				t.Fatalf("Parse(%q) = %s, %v; want an error alone", test.text, call, err)
			}
			if !strings.HasSuffix(err.Error(), `": `+test.want) {
				t.Errorf("error\n  %v\nwant it to end with\n  %s", err, test.want)
			}
		})
	}
}

func TestAnswerableOn(t *testing.T) {
	const today = report.Date("2026-11-24")
	tests := []struct {
		rule, text string
		run        report.Date
		want       string
	}{
		{"a period is always answerable", "getMailboxUsageDetail(period='D7')", "2020-01-01", ""},
		{"access is always answerable", "access", "2020-01-01", ""},
		{"the oldest day that Graph keeps", "getEmailActivityUserDetail(date=2026-10-27)", today, ""},
		{"a day older than that", "getEmailActivityUserDetail(date=2026-10-26)", today,
			`call "getEmailActivityUserDetail(date=2026-10-26)": day 2026-10-26: Graph keeps single days for 28 days: want 2026-10-27 or later`},
		{"days count from the run's date", "getEmailActivityUserDetail(date={today-3})", "2026-10-27",
			`call "getEmailActivityUserDetail(date={today-3})": day 2026-10-24: Graph keeps single days for 28 days: want 2026-10-27 or later`},
		{"today", "getEmailActivityUserDetail(date={today})", today, ""},
		{"a future day", "getEmailActivityUserDetail(date=2026-11-25)", today,
			`call "getEmailActivityUserDetail(date=2026-11-25)": day 2026-11-25 is in the future: want 2026-11-24 or earlier`},
		{"the oldest day of the longest period", "Get-MailboxActivityReport -StartDate 2026-05-29 -EndDate 2026-11-20", today, ""},
		{"a retired cmdlet's day older than that", "Get-MailboxActivityReport -StartDate 2026-05-28 -EndDate 2026-11-20", today,
			`call "Get-MailboxActivityReport -ReportType Daily -StartDate 2026-05-28 -EndDate 2026-11-20": day 2026-05-28: ` +
				`Graph's longest report is of 180 days, today's included: want 2026-05-29 or later`},
		{"a future end is answerable if the start is not in the future", "Get-MailboxActivityReport -StartDate 2026-11-20 -EndDate 2026-12-01", today, ""},
		{"a future start", "Get-MailboxActivityReport -StartDate 2026-12-01 -EndDate 2026-12-02", today,
			`call "Get-MailboxActivityReport -ReportType Daily -StartDate 2026-12-01 -EndDate 2026-12-02": day 2026-12-01 is in the future: want 2026-11-24 or earlier`},
		{"a literal start that is later than the counted end", "Get-MailboxActivityReport -StartDate 2026-11-20 -EndDate {today-8}", today,
			`call "Get-MailboxActivityReport -ReportType Daily -StartDate 2026-11-20 -EndDate {today-8}": -StartDate 2026-11-20 is later than -EndDate 2026-11-16: want it the same or earlier`},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			got := ""
			if err := mustParse(t, test.text).AnswerableOn(test.run, today); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("error\n  %s\nwant\n  %s", got, test.want)
			}
		})
	}
}
