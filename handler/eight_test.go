package main_test

import (
	"strings"
	"testing"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

// eight are the reports of one night, and the calls that they make.
var eight = []struct{ name, call string }{
	{"mailboxes", "getMailboxUsageMailboxCounts(period='D7')"},
	{"mail", "getEmailActivityCounts(period='D7')"},
	{"clients", "getEmailAppUsageAppsUserCounts(period='D7')"},
	{"teams", "getTeamsUserActivityCounts(period='D7')"},
	{"sites", "getSharePointActivityFileCounts(period='D7')"},
	{"drives", "getOneDriveUsageStorage(period='D7')"},
	{"groups", "getOffice365GroupsActivityCounts(period='D7')"},
	{"active", "getOffice365ActiveUserCounts(period='D7')"},
}

// TestEightReportsShareTheirTokens goes through a night report by report: what
// happens between two of them, or in the middle of one, is in the table.
func TestEightReportsShareTheirTokens(t *testing.T) {
	t.Parallel()
	const customers = 300
	var reports []string
	for _, r := range eight {
		reports = append(reports, r.name+"="+r.call)
	}
	p := open(t, m365.Options{Customers: customers, Seed: 8, Auth: m365.SecretOnly},
		map[string]string{"REPORTS": strings.Join(reports, ";")})
	asked := map[string][]int{} // for a token by each report, by tenant id
	lost := map[int]m365.Fault{}
	for i, step := range []struct {
		kill   bool
		rotate bool
		lose   map[int]m365.Fault
	}{
		{}, {kill: true}, {},
		{rotate: true, lose: map[int]m365.Fault{100: m365.NoRole}},
		{}, {kill: true},
		{lose: map[int]m365.Fault{200: m365.NoRole, 201: m365.IdentityNotFound}},
		{},
	} {
		if step.rotate {
			p.Cloud.RotateSecret()
		}
		for index, fault := range step.lose {
			p.Cloud.SetFault(index, fault)
			lost[index] = fault
		}
		p.Cloud.ResetCounts()
		p.Host.Enqueue("rollup-runs", messageOf(eight[i].name, eight[i].call, p.today))
		if step.kill {
			p.await(customers / 2)
			if err := p.Host.KillHandler(); err != nil {
				t.Fatal(err)
			}
		}
		p.idle()
		for _, c := range p.Cloud.Customers() {
			asked[c.TenantID] = append(asked[c.TenantID], p.Cloud.Counts().Tenants[c.TenantID][m365.KindToken])
		}
		t.Run(eight[i].name+" has every customer's rows or class", func(t *testing.T) { p.holdsAllBut(t, eight[i].name, lost) })
	}
	for _, c := range p.Cloud.Customers() {
		n := asked[c.TenantID]
		if _, refused := lost[c.Index]; !refused && (n[0] != 1 || n[1]+n[2] > 1 || n[3] != 1 || n[4] != 0 || n[5]+n[6]+n[7] > 1) {
			t.Errorf("customer %d was asked for %v tokens, want one for the night, one for the new secret and one for each kill", c.Index, n)
		}
	}
	for i, most := range map[int]int{
		100: 1, // the new secret's token is refused
		200: 2, // the kept token is refused, and then a new one
		201: 2,
	} {
		if n := asked[p.Cloud.Customers()[i].TenantID]; n[6] > most || n[7] > most {
			t.Errorf("customer %d, who withdrew the consent, was asked for %v tokens", i, n)
		}
	}
}

// holdsAllBut wants the rows of all customers except those that lost their consent.
func (p *place) holdsAllBut(t *testing.T, name string, lost map[int]m365.Fault) {
	published, failures, record := p.published(name), p.failures(name), p.record(name, p.today)
	if record.State != run.StatePublished || len(published.rows) != record.Customers-len(lost) || len(failures) != len(lost) {
		t.Errorf("%d customers with rows, %d in the error log, record %+v", len(published.rows), len(failures), record)
	}
	for i, fault := range lost {
		if line := failures[p.Cloud.Customers()[i].TenantID]; line.Failure.Class != run.ConsentMissing {
			t.Errorf("customer %d, fault %q: %+v", i, fault, line)
		}
	}
}

func TestAccessUsesNoTokenOfAnEarlierReport(t *testing.T) {
	t.Parallel()
	p := open(t, m365.Options{Customers: few, Seed: 18, Faults: map[int]m365.Fault{3: m365.HeaderOnly}},
		map[string]string{"REPORTS": "counts=" + countsCall + ";access"})
	p.Host.Enqueue("rollup-runs", p.message("counts"))
	p.idle()
	for _, step := range []struct{ rule, name, call string }{
		{"access", "access", "access"},
		{"a rerun of those that failed", "counts", ""},
	} {
		p.Cloud.ResetCounts()
		if step.call != "" {
			p.Host.Enqueue("rollup-runs", messageOf(step.name, step.call, p.today))
		} else if status, answer := p.call("POST", "/api/runs", "rerun", `{"reports":["counts"],"scope":"failed"}`); status != 202 {
			t.Fatalf("answered %d %s", status, answer)
		}
		p.idle()
		for _, c := range p.Cloud.Customers() {
			got := p.Cloud.Counts().Tenants[c.TenantID][m365.KindToken]
			want := 1
			if step.call == "" && c.Index != 3 {
				want = 0 // it isn't asked at all
			}
			if got != want {
				t.Errorf("%s: customer %d was asked for %d tokens, want %d", step.rule, c.Index, got, want)
			}
		}
	}
}
