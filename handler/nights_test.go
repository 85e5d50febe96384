package main_test

import (
	"testing"
	"time"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

// lastNight fires the nightly trigger late, as it was due in the last second of
// yesterday.
func (p *place) lastNight() (date string) {
	p.t.Helper()
	then := p.due.Truncate(24 * time.Hour).Add(-time.Second)
	if err := p.Host.FireTimer(p.t.Context(), "nightly", then, true); err != nil {
		p.t.Fatal(err)
	}
	p.idle()
	return then.Format(time.DateOnly)
}

// nightOf makes a report's run as it was requested days ago.
func (p *place) nightOf(daysAgo int, name, call string) (date string) {
	p.t.Helper()
	date = p.daysAgo(daysAgo)
	p.Host.Enqueue("rollup-runs", messageOf(name, call, date))
	p.idle()
	return date
}

func TestDayThatMicrosoftWasLateWith(t *testing.T) {
	t.Parallel()
	p := open(t, m365.Options{Customers: 10, Seed: 4, Faults: map[int]m365.Fault{
		3: m365.HeaderOnly, 5: m365.HeaderOnly, 7: m365.NotConsented,
	}}, map[string]string{"REPORTS": "day=getEmailActivityUserDetail(date={today-3}); week=" + countsCall})
	yesterday := p.lastNight()
	if record := p.record("day", yesterday); record.NoData != 2 || record.Failed != 1 || record.WithData != 7 {
		t.Fatalf("the night before: %+v", record)
	}

	p.Cloud.SetFault(3, m365.None)
	p.Cloud.ResetCounts()
	p.night()
	before, week := p.record("day", yesterday), p.record("week", yesterday)
	if before.State != run.StatePublished || before.Scope != run.ScopeFailed || before.WithData != 8 || before.NoData != 1 || before.Failed != 1 {
		t.Errorf("the night before, once Microsoft has the day: %+v", before)
	}
	if week.Scope != run.ScopeMissing || week.NoData != 2 {
		t.Errorf("a report of the present was asked again: %+v", week)
	}
	if tonight := p.record("day", p.today); tonight.Customers != 10 || tonight.WithData != 8 {
		t.Errorf("tonight: %+v", tonight)
	}
	for _, c := range p.Cloud.Customers() {
		want := 2 // tonight's day and week
		switch c.Index {
		case 3, 5:
			want = 3
		case 7:
			want = 0
		}
		if asked := p.Cloud.Counts().Tenants[c.TenantID][m365.KindReport]; asked != want {
			t.Errorf("customer %d was asked %d times, want %d", c.Index, asked, want)
		}
	}
}

func TestNightTakesUpTheOnesBefore(t *testing.T) {
	t.Parallel()
	p := open(t, m365.Options{Customers: 10, Seed: 4}, nil)
	p.Cloud.SetOutage(m365.VaultForbidden, true)
	threeDaysAgo, fourDaysAgo := p.nightOf(3, "mailbox-activity", countsCall), p.nightOf(4, "mailbox-activity", countsCall)
	p.Cloud.SetOutage(m365.VaultForbidden, false)
	p.night()
	for date, want := range map[string]run.State{p.today: run.StatePublished, threeDaysAgo: run.StatePublished, fourDaysAgo: run.StateStopped} {
		if record := p.record("mailbox-activity", date); record.State != want {
			t.Errorf("%s: %+v, want %s", date, record, want)
		}
	}
}
