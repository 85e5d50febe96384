package main_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

// configure changes a setting as an administrator does, and forgets which customers the
// cloud has been asked about.
func (p *place) configure(name, value string) {
	p.t.Helper()
	if err := p.Host.Configure(p.t.Context(), name, value); err != nil {
		p.t.Fatal(err)
	}
	p.Cloud.ResetCounts()
}

func (p *place) askFailed() {
	p.t.Helper()
	if status, answer := p.call(http.MethodPost, "/api/runs", "rerun", `{"scope":"failed"}`); status != http.StatusAccepted {
		p.t.Fatalf("rerun answered %d %s", status, answer)
	}
}

// untouched: not one request went to the customer's tenant.
func (p *place) untouched(index int) {
	p.t.Helper()
	if asked := p.Cloud.Counts().Tenants[p.Cloud.Customers()[index].TenantID]; len(asked) > 0 {
		p.t.Errorf("customer %d was asked: %v", index, asked)
	}
}

// excluded: only this customer is, in counts that add up.
func (p *place) excluded(record run.Status, index int) {
	p.t.Helper()
	line := p.failures(record.Report)[p.Cloud.Customers()[index].TenantID]
	if record.State != run.StatePublished || record.Excluded != 1 || line.Failure.Class != run.Excluded ||
		record.Customers != record.WithData+record.NoData+record.Failed+record.Excluded {
		p.t.Errorf("line of customer %d: %+v, record: %+v", index, line, record)
	}
}

func TestFiltersHoldForCustomersThatFailedBefore(t *testing.T) {
	t.Parallel()
	const excluded, mended = 3, 5
	cloud := m365.Options{Customers: 10, Seed: 4, Faults: map[int]m365.Fault{excluded: m365.HeaderOnly, mended: m365.HeaderOnly}}
	for _, c := range []struct {
		rule, setting string
		value         func(all []m365.Customer) string
	}{
		{"excluded by tenant id", "CUSTOMERS_EXCLUDE", func(all []m365.Customer) string { return strings.ToUpper(all[excluded].TenantID) }},
		{"excluded by a domain that is not the initial one", "CUSTOMERS_EXCLUDE", func(all []m365.Customer) string { return all[excluded].DefaultDomain }},
		{"included more narrowly", "CUSTOMERS_INCLUDE", func(all []m365.Customer) string {
			var others []string
			for _, one := range slices.Delete(slices.Clone(all), excluded, excluded+1) {
				others = append(others, one.TenantID)
			}
			return strings.Join(others, ",")
		}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			one := cloud
			one.Faults = maps.Clone(cloud.Faults)
			p := open(t, one, nil)
			p.night()
			p.Cloud.SetFault(excluded, m365.None)
			p.Cloud.SetFault(mended, m365.None)
			p.configure(c.setting, c.value(p.Cloud.Customers())+",nobody.example")
			p.askFailed()
			p.idle()

			record := p.record("mailbox-activity", p.today)
			p.untouched(excluded)
			p.excluded(record, excluded)
			if record.Customers != 10 || record.WithData != 9 {
				t.Errorf("record: %+v", record)
			}
			if note := c.setting + " has entries that match no customer: nobody.example"; !slices.Contains(record.Notes, note) {
				t.Errorf("notes: %q", record.Notes)
			}

			if c.setting == "CUSTOMERS_EXCLUDE" {
				p.configure(c.setting, "")
				p.askFailed()
				p.idle()
				if record := p.record("mailbox-activity", p.today); record.WithData != 10 || record.Excluded != 0 {
					t.Errorf("once the customer is no longer excluded: %+v", record)
				}
			}
		})
	}
}

func TestFiltersHoldForTheNightsBefore(t *testing.T) {
	t.Parallel()
	const excluded = 3
	p := open(t, m365.Options{Customers: 10, Seed: 4, Faults: map[int]m365.Fault{excluded: m365.HeaderOnly}},
		map[string]string{"REPORTS": "day=getEmailActivityUserDetail(date={today-3})"})
	yesterday := p.lastNight()
	p.configure("CUSTOMERS_EXCLUDE", p.Cloud.Customers()[excluded].TenantID)
	p.night()

	p.untouched(excluded)
	p.excluded(p.record("day", p.today), excluded)
	if before := p.record("day", yesterday); before.Scope != run.ScopeFailed || before.Excluded != 1 || before.NoData != 0 || before.WithData != 9 {
		t.Errorf("the night before: %+v", before)
	}
}

func TestFiltersHoldBetweenTwoSlices(t *testing.T) {
	t.Parallel()
	const excluded = many - 1
	t.Run("of a night", func(t *testing.T) {
		t.Parallel()
		p := open(t, slowly(91), twoSlices)
		release := p.Cloud.Hold(m365.KindReport, many/4)
		p.Host.Enqueue("rollup-runs", p.message("mailbox-activity"))
		p.await(many/4 + 1)
		p.untouched(excluded)
		p.configure("CUSTOMERS_EXCLUDE", p.Cloud.Customers()[excluded].TenantID)
		release()
		p.idle()
		p.untouched(excluded)
		p.excluded(p.record("mailbox-activity", p.today), excluded)
	})
	t.Run("of a rerun", func(t *testing.T) {
		t.Parallel()
		cloud := slowly(92)
		cloud.Faults = map[int]m365.Fault{}
		for i := 1; i < many; i++ {
			cloud.Faults[i] = m365.HeaderOnly
		}
		p := open(t, cloud, map[string]string{"CONCURRENCY": "4"})
		p.night()
		for i := 1; i < many; i++ {
			p.Cloud.SetFault(i, m365.None)
		}
		p.Cloud.ResetCounts()
		release := p.Cloud.Hold(m365.KindReport, many/4)
		p.askFailed()
		p.await(many/4 + 1)
		p.untouched(excluded)
		p.configure("CUSTOMERS_EXCLUDE", p.Cloud.Customers()[excluded].TenantID)
		release()
		p.idle()
		p.untouched(excluded)
		record := p.record("mailbox-activity", p.today)
		p.excluded(record, excluded)
		if record.Customers != many || record.WithData != many-1 || record.Slices < 2 {
			t.Errorf("record: %+v", record)
		}
	})
}
