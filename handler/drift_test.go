package main_test

import (
	"slices"
	"testing"
	"time"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

func TestColumnThatOnlyTheTwoHundredthCustomerHas(t *testing.T) {
	t.Parallel()
	const customers, call = 250, "getEmailAppUsageUserDetail(period='D7')"
	p := open(t, m365.Options{
		Customers: customers, Seed: 3, Faults: map[int]m365.Fault{199: m365.ExtraColumn},
		Latency: m365.Latency{Token: 20 * time.Millisecond, Report: 50 * time.Millisecond, Download: 30 * time.Millisecond},
	}, map[string]string{"CONCURRENCY": "8", "EXECUTION_BUDGET": "2s", "REPORTS": "apps=" + call}) // several slices: rows are staged before the column comes
	p.night()
	record, published := p.record("apps", p.today), p.published("apps")
	if record.Restarts != 1 || record.WithData != customers || record.Slices < 3 {
		t.Errorf("record: %+v", record)
	}
	if len(published.header) != 20 {
		t.Errorf("header: %q", published.header)
	}
	for _, c := range p.Cloud.Customers() {
		sameCells(t, published, c, p.Cloud.Served(c.TenantID, call))
	}
}

func TestHeadersThatChangedOvernight(t *testing.T) {
	t.Parallel()
	faults := map[int]m365.Fault{}
	for i, fault := range append(m365.DriftFaults(), m365.ExtraColumn, m365.RenamedColumn) {
		faults[2*i] = fault
	}
	p := open(t, m365.Options{Customers: 16, Seed: 9, Faults: faults}, map[string]string{"REPORTS": "details=" + detailCall})
	p.night()
	published, failures := p.published("details"), p.failures("details")
	for _, c := range p.Cloud.Customers() {
		line, failed := failures[c.TenantID]
		switch c.Fault {
		case m365.TranslatedHeader, m365.NoHeader:
			if line.Failure.Class != run.MalformedReport || published.rows[c.TenantID] != nil {
				t.Errorf("fault %q: %+v, %d rows", c.Fault, line, len(published.rows[c.TenantID]))
			}
		case m365.DoubledColumn:
			if failed || !slices.Contains(published.header, "User Principal Name (2)") {
				t.Errorf("fault %q: %+v, header %q", c.Fault, line, published.header)
			}
		default: // a column that is gone, renamed, new or in another place
			if failed {
				t.Errorf("fault %q: %+v", c.Fault, line)
			}
			sameCells(t, published, c, p.Cloud.Served(c.TenantID, detailCall))
		}
	}
}
