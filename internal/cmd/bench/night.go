package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

// nominal is how long each service takes before it answers.
var nominal = m365.Latency{Token: 80 * time.Millisecond, Report: 250 * time.Millisecond, Download: 150 * time.Millisecond}

// perCustomer is the least time that one customer takes.
var perCustomer = nominal.Token + nominal.Report + nominal.Download

// plan is a nightly run to measure.
type plan struct {
	name      string
	customers int
	inFlight  int
	rows      int // of each customer's report
	auth      m365.Auth
	tuning    m365.Tuning
	faults    map[int]m365.Fault

	watch      bool            // for the moment of the last download
	unfinished bool            // it is ended once all customers without a fault are merged
	kills      []time.Duration // when the handler is killed, counted from the trigger
}

// shortest is the wall time of a night in which nobody ever waits: the sum of
// all customers' latencies over those in flight.
func (p plan) shortest() time.Duration {
	sum := time.Duration(p.customers)*perCustomer + time.Duration(p.slow())*p.tuning.Slow
	return sum / time.Duration(p.inFlight)
}

func (p plan) slow() (n int) {
	for _, fault := range p.faults {
		if fault == m365.Slow {
			n++
		}
	}
	return n
}

// night is a run that was measured.
type night struct {
	plan
	spent
	lastDownload time.Duration // from the trigger, where watched
	record       run.Status
	published    map[string]int // rows in the file by tenant id, of a night with kills
	askedAtKill  int            // at the last one
}

// slack is the most that surrounds a night's work. A night that takes longer than that
// plus ten times its shortest time has failed.
const slack = time.Minute

func (h *harness) night(ctx context.Context, p plan) (*night, error) {
	ctx, cancel := context.WithTimeout(ctx, slack+10*p.shortest())
	defer cancel()
	h.say("%s: %d customers, %d in flight, at least %.0f s", p.name, p.customers, p.inFlight, p.shortest().Seconds())
	place, err := h.openPlace(ctx, h.current, m365.Options{
		Customers: p.customers, Seed: 2015, Rows: p.rows, Faults: p.faults, Tuning: p.tuning, Latency: nominal, Auth: p.auth,
	}, map[string]string{"CONCURRENCY": strconv.Itoa(p.inFlight)})
	if err != nil {
		return nil, err
	}
	n := &night{plan: p}
	err = n.measure(ctx, place)
	if err := place.close(); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", p.name, err, lastWords(place.Console()))
	}
	h.nights = append(h.nights, n)
	return n, nil
}

// lastWords are the handler's last lines, for an error that they explain.
func lastWords(console string) string { return console[max(0, len(console)-4<<10):] }

func (n *night) measure(ctx context.Context, p *place) (err error) {
	begin := time.Now().UTC()
	n.spent, err = p.measure(ctx, begin, func() error {
		if err := n.during(ctx, p, begin); err != nil || n.unfinished {
			return err
		}
		return p.Host.Idle(ctx)
	})
	if err != nil {
		return err
	}
	if n.unfinished { // it would have gone on
		n.wall = 0
	}
	if n.record, err = p.record(ctx, begin.Format(time.DateOnly)); err != nil || len(n.kills) == 0 {
		return err
	}
	n.published, err = p.rowsByTenant(ctx, begin.Format(time.DateOnly))
	return err
}

// during does what the plan requires while the night runs.
func (n *night) during(ctx context.Context, p *place, begin time.Time) error {
	for _, after := range n.kills {
		if err := n.kill(ctx, p, begin.Add(after)); err != nil {
			return err
		}
	}
	if n.watch {
		if err := n.awaitLastDownload(ctx, p, begin); err != nil {
			return err
		}
	}
	if n.unfinished {
		return n.awaitMerged(ctx, p, begin)
	}
	return nil
}

func (n *night) kill(ctx context.Context, p *place, at time.Time) error {
	if err := sleep(ctx, time.Until(at)); err != nil {
		return err
	}
	if err := p.Host.KillHandler(); err != nil {
		return err
	}
	counts, err := p.counts(ctx)
	n.askedAtKill = counts.Asked
	return err
}

// awaitLastDownload notes when the last body was requested. It begins late, because the
// simulator stands still while its counters are read.
func (n *night) awaitLastDownload(ctx context.Context, p *place, begin time.Time) error {
	wait := time.Until(begin.Add(n.shortest() * 98 / 100))
	for {
		if err := sleep(ctx, wait); err != nil {
			return err
		}
		counts, err := p.counts(ctx)
		if err != nil {
			return err
		}
		if counts.Customers[m365.KindDownload] >= n.customers-len(n.faults) {
			n.lastDownload = time.Since(begin)
			return nil
		}
		wait = 50 * time.Millisecond
	}
}

// awaitMerged waits for the checkpoint that says that all customers without a
// fault are merged.
func (n *night) awaitMerged(ctx context.Context, p *place, begin time.Time) error {
	for {
		record, err := p.record(ctx, begin.Format(time.DateOnly))
		if err != nil {
			return err
		}
		if record.Progress != nil && record.Progress.Done == n.customers-len(n.faults) {
			return nil
		}
		if err := sleep(ctx, time.Second); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
