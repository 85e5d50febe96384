package main

import (
	"fmt"
	"time"

	"tenantrollup/internal/standin/m365"
)

// How far the simulator's counters may be from what a row is about. A request that
// takes over a tenth longer than its nominal latency was delayed by something else:
// the row would measure the machine.
const (
	latencyTolerance = 0.10
	peakTolerance    = 0.05
)

// load is what a night, or a rival, must have demanded of the simulator.
type load struct {
	tokens, reports, downloads int // requests in customers' tenants
	inFlight                   int // never exceeded
	reached                    int // the least that must have been in flight at once
	cut                        int // requests of each kind that a kill may have ended early
	report                     time.Duration
}

// misfits names the counters that do not confirm the load.
func (l load) misfits(t tally) (found []string) {
	add := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	for _, want := range []struct {
		kind     m365.Kind
		requests int
		latency  time.Duration
	}{
		{m365.KindToken, l.tokens, nominal.Token},
		{m365.KindReport, l.reports, l.report},
		{m365.KindDownload, l.downloads, nominal.Download},
	} {
		got := t.Customers[want.kind]
		if got < want.requests || got > want.requests+l.cut {
			add("%d %s requests, want %d", got, want.kind, want.requests)
		}
		mean, high := t.mean(want.kind), want.latency.Seconds()*(1+latencyTolerance)
		low := want.latency.Seconds() * (1 - float64(l.cut)/float64(want.requests))
		if mean < low || mean > high {
			add("a %s request took %.0f ms, want %.0f to %.0f", want.kind, mean*1000, low*1000, high*1000)
		}
		if got := t.Kinds[want.kind].Peak; got > l.inFlight+l.cut {
			add("%d %s requests at once, want at most %d", got, want.kind, l.inFlight+l.cut)
		}
	}
	if least := int(float64(l.reached) * (1 - peakTolerance)); t.peak() < least {
		add("%d requests of one kind at once at the peak, want at least %d", t.peak(), least)
	}
	return found
}

// load is what it takes to ask every customer once, and some again after a kill.
func (n *night) load() load {
	all, faults := n.customers+n.counts.Again, len(n.faults)-n.slow()
	l := load{
		tokens: all, reports: all, downloads: all - faults, inFlight: n.inFlight, reached: n.inFlight,
		report: nominal.Report + time.Duration(n.slow())*n.tuning.Slow/time.Duration(n.customers),
	}
	l.cut = len(n.kills) * n.inFlight
	l.downloads -= l.cut
	return l
}

// misfits names what does not confirm a night.
func (n *night) misfits() []string {
	found := n.load().misfits(n.counts)
	if len(n.kills) == 0 && n.counts.Again > 0 {
		found = append(found, fmt.Sprintf("%d customers were asked again", n.counts.Again))
	}
	return append(found, n.accounts()...)
}

// accounts names what is wrong with the sums. Without this check, a night could be
// fast because it left customers out.
func (n *night) accounts() (found []string) {
	with := n.customers - len(n.faults) + n.slow()
	for _, want := range []struct {
		what        string
		got, wanted int
	}{
		{"customers that were asked", n.counts.Asked, n.customers},
		{"customers in the record", n.record.Customers, n.customers},
		{"customers with data in the record", n.record.WithData, with},
		{"rows in the record", n.record.Rows, with * n.rows},
		{"restarts of the run", n.record.Restarts, 0},
	} {
		if want.got != want.wanted {
			found = append(found, fmt.Sprintf("%d %s, want %d", want.got, want.what, want.wanted))
		}
	}
	return found
}
