package main_test

import (
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

// end is how a customer under a hostile fault must end: with a class and a word of its
// line's message, or with its data if the class is empty.
type end struct {
	class   run.Class
	message string
}

// hostileNight has a customer with each fault, and unharmed ones between them.
func hostileNight(t *testing.T, reports string, ends map[m365.Fault]end, settings map[string]string) *place {
	t.Helper()
	faults := map[int]m365.Fault{}
	kinds := make([]m365.Fault, 0, len(ends))
	for kind := range ends {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for i, kind := range kinds {
		faults[2*i+1] = kind
	}
	all := map[string]string{"REPORTS": reports}
	maps.Copy(all, settings)
	p := open(t, m365.Options{Customers: 2*len(kinds) + 8, Seed: 71, Faults: faults}, all)
	began := time.Now()
	p.night()
	t.Logf("the night took %s", time.Since(began).Round(time.Second))
	return p
}

// survived checks that a night keeps its promises, whatever Microsoft does.
func (p *place) survived(name string, ends map[m365.Fault]end) {
	p.t.Helper()
	published, failures, record := p.published(name), p.failures(name), p.record(name, p.today)
	p.t.Run("every customer is accounted for, the others unharmed", func(t *testing.T) {
		if record.State != run.StatePublished || record.Customers != len(p.Cloud.Customers()) || record.WithData != len(published.rows) ||
			record.Customers != len(published.rows)+len(failures) {
			t.Errorf("%d tenants in the csv, %d in the error log, record: %+v", len(published.rows), len(failures), record)
		}
		for _, c := range p.Cloud.Customers() {
			if ends[c.Fault].class == "" && len(published.rows[c.TenantID]) == 0 {
				t.Errorf("customer %d, fault %q, has no rows, but %+v", c.Index, c.Fault, failures[c.TenantID].Failure)
			}
		}
	})
	p.t.Run("each has its class and its line", func(t *testing.T) {
		for _, c := range p.Cloud.Customers() {
			want, got := ends[c.Fault], failures[c.TenantID].Failure
			if got.Class != want.class || !strings.Contains(got.Message, want.message) || (want.class != "") != (got.Remedy != "") {
				t.Errorf("fault %q: %+v, want %+v", c.Fault, got, want)
			}
		}
	})
	p.t.Run("nothing is called but Microsoft", func(t *testing.T) {
		if refused := p.Cloud.Counts().Refused; len(refused) > 0 {
			t.Errorf("refused: %q", refused)
		}
	})
}

// inMemory limits the handler's peak to that many bytes.
func (p *place) inMemory(most int64) {
	p.t.Helper()
	if runtime.GOOS != "linux" {
		return // the peak of another process's memory is read from /proc
	}
	peak := peakMemory(p.t, p.Host.PID())
	p.t.Logf("peak of the handler: %d MB", peak>>20)
	if peak > most {
		p.t.Errorf("the handler took %d MB at its peak, want at most %d", peak>>20, most>>20)
	}
}

func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	ends := map[m365.Fault]end{
		m365.HostileHeader:        {run.ServiceFault, "its header has more than 64 KiB"},
		m365.HostilePlainAddress:  {run.ServiceFault, "over https; it was not called"},
		m365.HostileCircle:        {run.ServiceFault, "answered 302"},
		m365.HostileBomb:          {run.MalformedReport, "longer than 512 MiB"},
		m365.HostileLength:        {run.MalformedReport, "line 14: fields in the record: 1, in the header: 17"},
		m365.HostileTenant:        {run.ServiceFault, "a token for tenant"},
		m365.HostileTypes:         {},
		m365.HostileDepth:         {},
		m365.HostileCrowd:         {},
		m365.HostileTokenTypes:    {run.ServiceFault, "without a token"},
		m365.HostileTokenSize:     {run.ServiceFault, "the answer is too long"},
		m365.HostileTokenDepth:    {run.ServiceFault, "refused the sign-in (400)"},
		m365.HostileTokenRedirect: {run.ServiceFault, "refused the sign-in (302)"},
		m365.HostileTokenPast:     {run.ServiceFault, "token is expired"},
		m365.HostileTokenFuture:   {run.ServiceFault, "token is expired"},
		m365.HostileCloud:         {run.WrongCloud, "AADSTS900382"},
		m365.HostileClock:         {},
	}
	p := hostileNight(t, "details="+detailCall, ends, nil)
	p.survived("details", ends)
	p.inMemory(64 << 20)
	t.Run("what comes after a report's end is in no log", func(t *testing.T) {
		if strings.Contains(p.Console(), "Unsolicited") || strings.Contains(p.Console(), "mailbox12@") {
			t.Error("the console has a piece of a report")
		}
	})
}

func TestHostileExchange(t *testing.T) {
	t.Parallel()
	ends := map[m365.Fault]end{
		m365.HostilePage:       {run.ServiceFault, "more than 32 MiB"},
		m365.HostileRecords:    {run.MalformedReport, "not a list of records"},
		m365.HostileNesting:    {run.ServiceFault, "not the JSON"},
		m365.HostileEndless:    {run.ServiceFault, "more than 10000 pages"},
		m365.HostileTenant:     {run.ServiceFault, "a token for tenant"},
		m365.HostileTokenPast:  {run.ServiceFault, "token is expired"},
		m365.ExchangeTransient: {},
	}
	p := hostileNight(t, "traffic="+trafficCall, ends, nil)
	p.survived("traffic", ends)
	p.inMemory(256 << 20) // a page is read whole, together with half of it while the buffer grows
}

// None of these customers finishes within a slice. Each is tried three times, and then
// its class is that of the first attempt.
func TestHostileSlowness(t *testing.T) {
	t.Parallel()
	ends := map[m365.Fault]end{
		m365.HostileSlowHeader: {run.ServiceFault, "did not arrive"},
		m365.HostileChunks:     {run.ServiceFault, "did not arrive"},
		m365.NeverAnswers:      {run.ServiceFault, "did not arrive"},
	}
	p := hostileNight(t, "details="+detailCall, ends, map[string]string{"EXECUTION_BUDGET": "2s"})
	p.survived("details", ends)
	p.inMemory(64 << 20)
}

func TestHostileWaits(t *testing.T) {
	t.Parallel()
	ends := map[m365.Fault]end{
		m365.HostileWaitForYears:  {run.Throttled, "429"},
		m365.HostileWaitForAWord:  {run.Throttled, "429"},
		m365.HostileWaitBackwards: {run.Throttled, "429"},
		m365.HostileClock:         {},
		m365.ThrottledDate:        {},
	}
	p := hostileNight(t, "details="+detailCall, ends, map[string]string{"EXECUTION_BUDGET": "12s"})
	p.survived("details", ends)
	for _, c := range p.Cloud.Customers() {
		// Microsoft counts fourteen in ten minutes: a person's next call counts, too. A
		// slice counts its own, and one that takes over a customer asks once more.
		most := 14 + p.record("details", p.today).Slices - 1
		if n := p.Cloud.Counts().Tenants[c.TenantID][m365.KindReport]; n > most {
			t.Errorf("customer %d, fault %q, was asked %d times", c.Index, c.Fault, n)
		}
	}
}

// A storm of a minute is in msapi's own test, where a minute costs nothing.
func TestAStormOfRefusalsCostsNoCustomer(t *testing.T) {
	t.Parallel()
	cloud := slowly(73)
	cloud.Faults = map[int]m365.Fault{5: m365.HeaderOnly}
	p := open(t, cloud, map[string]string{"CONCURRENCY": "16"})
	release := p.Cloud.Hold(m365.KindReport, many/4)
	p.Host.Enqueue("rollup-runs", p.message("night"))
	p.await(many/4 + 1)
	for _, storm := range []m365.Outage{m365.ThrottledAllByDate, m365.ThrottledAllAbsurd, m365.ThrottledAll} {
		p.Cloud.SetOutage(storm, true)
		release()
		time.Sleep(3 * time.Second)
		p.Cloud.SetOutage(storm, false)
	}
	p.idle()
	if record := p.record("night", p.today); record.WithData != many-1 || record.NoData != 1 {
		t.Errorf("record: %+v", record)
	}
}
