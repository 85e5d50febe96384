package main_test

import (
	"net/http"
	"slices"
	"testing"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

func TestRerunOfTheFailedAsksOnlyThem(t *testing.T) {
	t.Parallel()
	for where, open := range everywhere {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			faults := map[int]m365.Fault{2: m365.HeaderOnly, 5: m365.NotConsented, 9: m365.Truncated, 11: m365.TenantGone}
			rerunOfTheFailed(t, faults, open(t, m365.Options{Customers: few, Seed: 21, Faults: faults}, always(nil)))
		})
	}
}

func rerunOfTheFailed(t *testing.T, faults map[int]m365.Fault, p *place) {
	p.night()
	before := p.published("mailbox-activity")

	for _, mended := range []int{2, 5, 9} {
		p.Cloud.SetFault(mended, m365.None)
	}
	p.Cloud.ResetCounts()
	p.asks(`{"scope":"failed"}`, http.StatusAccepted, "")

	record, after := p.record("mailbox-activity", p.today), p.published("mailbox-activity")
	if record.Scope != run.ScopeFailed || record.Customers != few || record.WithData != few-1 || record.Failed != 1 {
		t.Errorf("record: %+v", record)
	}
	for _, c := range p.Cloud.Customers() {
		_, failed := faults[c.Index]
		asked := p.Cloud.Counts().Tenants[c.TenantID]
		if (len(asked) > 0) != failed {
			t.Errorf("customer %d, which had failed: %v, was asked: %v", c.Index, failed, asked)
		}
		if c.Index != 11 {
			sameCells(t, after, c, p.Cloud.Served(c.TenantID, countsCall))
		}
	}
	if !slices.Equal(after.order[:len(before.order)], before.order) {
		t.Error("the existing rows have moved")
	}
	if lines := p.failures("mailbox-activity"); len(lines) != 1 || lines[p.Cloud.Customers()[11].TenantID].Failure.Class != run.TenantGone {
		t.Errorf("error log: %+v", lines)
	}
}

func TestRerunOfSomeOfTheFailedAsksOnlyThose(t *testing.T) {
	t.Parallel()
	faults := map[int]m365.Fault{2: m365.HeaderOnly, 5: m365.NotConsented, 9: m365.NotConsented, 11: m365.TenantGone}
	p := open(t, m365.Options{Customers: few, Seed: 22, Faults: faults}, nil)
	p.night()
	for mended := range faults {
		p.Cloud.SetFault(mended, m365.None)
	}
	asked := func(body string) (indexes []int) {
		t.Helper()
		p.Cloud.ResetCounts()
		if status, answer := p.call(http.MethodPost, "/api/runs", "rerun", body); status != http.StatusAccepted {
			t.Fatalf("%s was answered %d %s", body, status, answer)
		}
		p.idle()
		for _, c := range p.Cloud.Customers() {
			if len(p.Cloud.Counts().Tenants[c.TenantID]) > 0 {
				indexes = append(indexes, c.Index)
			}
		}
		return indexes
	}
	if got := asked(`{"scope":"failed","class":"consent-missing"}`); !slices.Equal(got, []int{5, 9}) {
		t.Errorf("by class: asked %v", got)
	}
	if got := asked(`{"scope":"failed","customers":["` + p.Cloud.Customers()[2].TenantID + `"]}`); !slices.Equal(got, []int{2}) {
		t.Errorf("by tenant id: asked %v", got)
	}
	record := p.record("mailbox-activity", p.today)
	if lines := p.failures("mailbox-activity"); record.WithData != few-1 || len(lines) != 1 || lines[p.Cloud.Customers()[11].TenantID].Failure.Class != run.TenantGone {
		t.Errorf("record %+v, error log %+v", record, lines)
	}
	status, answer := p.call(http.MethodPost, "/api/runs", "rerun", `{"scope":"failed","class":"consent-missing"}`)
	if status != http.StatusNotFound {
		t.Errorf("nobody is left: answered %d %s", status, answer)
	}
}
