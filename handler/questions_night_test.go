package main_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

// TestNightOfEveryQuestion makes each report that has a short name of two hundred
// customers, through kills, slices and a rerun: whatever is asked, the engine is the
// same.
func TestNightOfEveryQuestion(t *testing.T) {
	t.Parallel()
	const consentLater, gone = 10, 20
	names := questions(t)
	p := open(t, m365.Options{
		Customers: 200, Seed: 29, Rows: 8,
		Latency: m365.Latency{Token: 20 * time.Millisecond, Report: 40 * time.Millisecond},
		Faults: map[int]m365.Fault{
			consentLater: m365.NotConsented, gone: m365.TenantGone,
			150: m365.ExtraColumn, 199: m365.FormulaNames,
		},
	}, map[string]string{"REPORTS": strings.Join(names, "; "), "CONCURRENCY": "32", "EXECUTION_BUDGET": "3s"})
	if err := p.Host.FireTimer(t.Context(), "nightly", p.due, false); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if err := p.Cloud.Await(t.Context(), m365.KindCollection, p.Cloud.Counts().Kinds[m365.KindCollection].Requests+300); err != nil {
			t.Fatal(err)
		}
		if err := p.Host.KillHandler(); err != nil {
			t.Fatal(err)
		}
	}
	p.idle()
	p.sameAnswers(names, map[int]run.Class{consentLater: run.ConsentMissing, gone: run.TenantGone})

	p.Cloud.SetFault(consentLater, m365.None)
	if status, answer := p.call(http.MethodPost, "/api/runs", "rerun", `{"scope":"failed","class":"consent-missing"}`); status != http.StatusAccepted {
		t.Fatalf("rerun answered %d %s", status, answer)
	}
	p.idle()
	p.sameAnswers(names, map[int]run.Class{gone: run.TenantGone})
}

// questions are the short names of collections.
func questions(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, short := range report.ShortNames() {
		call, err := report.Parse(short.Name)
		if err != nil {
			t.Fatal(err)
		}
		if call.Kind() == report.Collection {
			names = append(names, short.Name)
		}
	}
	if len(names) < 10 {
		t.Fatalf("short names: %q", names)
	}
	return names
}

// sameAnswers compares each report with the objects of every customer. Those refused
// have a line, and so have those without objects.
func (p *place) sameAnswers(names []string, refused map[int]run.Class) {
	p.t.Helper()
	for _, name := range names {
		published, failures, record := p.published(name), p.failures(name), p.record(name, p.today)
		if record.State != run.StatePublished || record.Customers != 200 || record.WithData != len(published.rows) || len(published.rows)+len(failures) != 200 {
			p.t.Errorf("%s: %d tenants in the csv, %d in the error log, record: %+v", name, len(published.rows), len(failures), record)
		}
		for _, c := range p.Cloud.Customers() {
			objects, line := p.Cloud.Objects(c.TenantID, p.pathOf(name)), failures[c.TenantID]
			if name == "secure-score" {
				objects = objects[:min(1, len(objects))] // of many days the call asks for one
			}
			want := refused[c.Index]
			if want == "" && len(objects) == 0 {
				want = run.NoData
			}
			if line.Failure.Class != want {
				p.t.Errorf("%s: customer %d, fault %q: %+v, want %q", name, c.Index, c.Fault, line.Failure, want)
			} else if want == "" {
				sameObjects(p.t, published, c, objects)
			}
		}
	}
}
