package main_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// goldenReports are asked for in one night; their files are in testdata/golden.
var goldenReports = []struct{ name, call string }{
	{"period", "getMailboxUsageMailboxCounts(period='D7')"},
	{"date", "getEmailActivityUserDetail(date={today-3})"},
	{"activations", "getOffice365ActivationsUserDetail"},
	{"copilot", "getMicrosoft365CopilotUsageUserDetail(period='D7')"},
	{"traffic", "Get-MailTrafficSummaryReport -Category TopMailSender -StartDate {today-2} -EndDate {today-1}"},
	{"retired", "Get-MailboxActivityReport -ReportType Daily -StartDate {today-5} -EndDate {today-3}"},
}

func TestGoldenNight(t *testing.T) {
	t.Parallel()
	var calls []string
	for _, r := range goldenReports {
		calls = append(calls, r.name+"="+r.call)
	}
	p := open(t, m365.Options{
		Customers: 8, Seed: 42, Rows: 2,
		Faults: map[int]m365.Fault{
			1: m365.HeaderOnly, 2: m365.FormulaNames, 3: m365.NotConsented, 4: m365.ExtraColumn, 5: m365.HostileNames, 6: m365.MixedEnds,
		},
	}, map[string]string{"REPORTS": strings.Join(calls, "; ")})
	p.night()
	for _, r := range goldenReports {
		t.Run(r.name, func(t *testing.T) {
			folder := fmt.Sprintf("%s/%s/", r.name, p.today)
			p.golden(t, r.name+".csv", p.blob(folder+r.name+"_"+p.today+".csv"))
			p.golden(t, r.name+".errors.log", withoutTimes(p.blob(folder+r.name+"_"+p.today+".errors.log")))
			p.golden(t, r.name+".run.json", lasting(t, p.blob(folder+"run.json")))
		})
	}
}

// lasting returns run.json without what no two runs have in common.
func lasting(t *testing.T, text []byte) []byte {
	t.Helper()
	var record run.Record
	if err := json.Unmarshal(text, &record); err != nil {
		t.Fatal(err)
	}
	record.Run, record.Started, record.Finished = "", time.Time{}, time.Time{}
	out, err := json.MarshalIndent(record, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(out, '\n')
}

var dateForm = regexp.MustCompile(`\b20\d\d-\d\d-\d\d\b`)

// golden compares text with a file in which dates are relative to today.
func (p *place) golden(t *testing.T, name string, text []byte) {
	t.Helper()
	text = dateForm.ReplaceAllFunc(text, func(date []byte) []byte {
		day, err := report.ParseDate(string(date))
		if err != nil {
			return date
		}
		return fmt.Appendf(nil, "<day%+d>", int(day.Time().Sub(report.Date(p.today).Time()).Hours()/24))
	})
	file := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, want) {
		t.Errorf("%s has changed (-update rewrites it):\n%s", file, firstDifference(text, want))
	}
}

func firstDifference(got, want []byte) string {
	gotLines, wantLines := strings.SplitAfter(string(got), "\n"), strings.SplitAfter(string(want), "\n")
	for i := range max(len(gotLines), len(wantLines)) {
		var a, b string
		if i < len(gotLines) {
			a = gotLines[i]
		}
		if i < len(wantLines) {
			b = wantLines[i]
		}
		if a != b {
			return fmt.Sprintf("line %d\n got %q\nwant %q", i+1, a, b)
		}
	}
	return "no difference"
}
