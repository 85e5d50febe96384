package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tenantrollup/internal/standin/m365"
)

// What is shown instead of a figure or a target.
const (
	notAvailable = "not available"
	reported     = "reported"
)

// row is one line of the table.
type row struct {
	what, target string
	measure      func(ctx context.Context) (result, error)
}

// rows are those of the full table, or the few that show that the harness still works.
// Some use the nights of previous rows.
func (h *harness) rows() []row {
	if h.quick {
		return []row{h.start(3), h.speed(8, 5, 1.05), h.processor(6), h.rival("pool10"), h.rival("sharedcredential"), h.floor(8, 2), h.checkpoints(), h.merge("100x")}
	}
	rows := []row{
		h.start(20),
		h.speed(16, 80, 1.05), h.speed(64, 80, 1.05), h.speed(256, 80, 1.10),
		h.slowOnes(), h.throttledOne(),
		h.processor(120), h.certificate(), h.rival("pool10"), h.rival("sharedcredential"),
		h.floor(64, 20), h.floor(256, 20),
		h.memory(1_000), h.memory(10_000), h.large(),
		h.eight("certificate", m365.CertificatePFX, 2000, 0.42), h.eight("secret", m365.SecretOnly, 2000, 0.75),
		h.kill(), h.largeKilled(),
		h.checkpoints(), h.merge("2s"), h.records(), h.collection(),
	}
	return append(rows, h.pages()...)
}

// speed compares a night with one in which nobody ever waits.
func (h *harness) speed(inFlight, each int, most float64) row {
	return row{
		what:   fmt.Sprintf("wall ÷ (N × 0.48 s ÷ in flight), %d in flight", inFlight),
		target: fmt.Sprintf("≤ %.2f", most),
		measure: func(ctx context.Context) (result, error) {
			n, err := h.night(ctx, plan{
				name: fmt.Sprintf("%d in flight", inFlight), customers: each * inFlight, inFlight: inFlight,
				rows: 200, auth: m365.SecretOnly, watch: inFlight == referenceInFlight,
			})
			if err != nil {
				return result{}, err
			}
			return n.againstShortest(most), nil
		},
	}
}

func (n *night) againstShortest(most float64) result {
	ratio := n.wall.Seconds() / n.shortest().Seconds()
	return result{measured: fmt.Sprintf("%.3f", ratio), met: ratio <= most, misfits: n.misfits()}
}

// slowOnes has twice the customers of the rows above, because the last slow customer
// is asked near the end, and its 9.6 s must not dominate the result.
func (h *harness) slowOnes() row {
	const inFlight, most, customers = 64, 1.15, 160 * 64
	p := plan{
		name: "1 in 100 slow", customers: customers, inFlight: inFlight, rows: 200, auth: m365.SecretOnly,
		tuning: m365.Tuning{Slow: 19 * perCustomer}, faults: map[int]m365.Fault{},
	}
	for i := 50; i < customers; i += 100 {
		p.faults[i] = m365.Slow
	}
	return row{
		what:   "the same with 1 customer in 100 twenty times slower ÷ (Σ latency ÷ in flight), 64 in flight",
		target: fmt.Sprintf("≤ %.2f", most),
		measure: func(ctx context.Context) (result, error) {
			n, err := h.night(ctx, p)
			if err != nil {
				return result{}, err
			}
			return n.againstShortest(most), nil
		},
	}
}

// throttledOne compares the moment of the last download with that of the night
// without the throttled customer.
func (h *harness) throttledOne() row {
	const least = 0.98
	return row{
		what:   "one customer with 429, Retry-After 600: throughput of the others, 64 in flight",
		target: fmt.Sprintf("≥ %.2f", least),
		measure: func(ctx context.Context) (result, error) {
			plain := h.reference()
			if plain == nil {
				return result{}, errNoReference
			}
			p := plain.plan
			p.name, p.watch, p.unfinished = "one throttled", true, true
			p.tuning = m365.Tuning{Times: 1000, RetryAfter: 10 * time.Minute}
			p.faults = map[int]m365.Fault{p.customers / 3: m365.Throttled}
			n, err := h.night(ctx, p)
			if err != nil {
				return result{}, err
			}
			ratio := plain.lastDownload.Seconds() / n.lastDownload.Seconds() * float64(n.customers-1) / float64(n.customers)
			return result{measured: fmt.Sprintf("%.3f", ratio), met: ratio >= least, misfits: n.misfits()}, nil
		},
	}
}

// kill ends the handler nine seconds after a checkpoint.
func (h *harness) kill() row {
	const inFlight, every = 64, 10 * time.Second
	most := inFlight + int(every.Seconds()*inFlight/perCustomer.Seconds())
	return row{
		what:   "customers asked again after a kill: at most those in flight and those since the last checkpoint, 64 in flight",
		target: fmt.Sprintf("≤ %d", most),
		measure: func(ctx context.Context) (result, error) {
			n, err := h.night(ctx, plan{
				name: "one kill", customers: 60 * inFlight, inFlight: inFlight, rows: 200, auth: m365.SecretOnly,
				kills: []time.Duration{19 * time.Second},
			})
			if err != nil {
				return result{}, err
			}
			found := n.misfits()
			if n.askedAtKill == 0 || n.askedAtKill >= n.customers {
				found = append(found, fmt.Sprintf("at the kill %d of %d customers had been asked", n.askedAtKill, n.customers))
			}
			return result{
				measured: fmt.Sprintf("%d of the %d asked until then", n.counts.Again, n.askedAtKill),
				met:      n.counts.Again <= most, misfits: found,
			}, nil
		},
	}
}

// largeKilled counts the rows of every customer in the published file.
func (h *harness) largeKilled() row {
	const customers, rows = 30_000, 9
	return row{
		what:   "30,000 customers at 2 KB, 256 in flight, the handler killed three times: rows lost, rows doubled",
		target: "0, 0",
		measure: func(ctx context.Context) (result, error) {
			n, err := h.night(ctx, plan{
				name: "30,000 customers, three kills", customers: customers, inFlight: 256, rows: rows, auth: m365.SecretOnly,
				kills: []time.Duration{14 * time.Second, 28 * time.Second, 46 * time.Second},
			})
			if err != nil {
				return result{}, err
			}
			lost, doubled := n.lostAndDoubled()
			return result{
				measured: fmt.Sprintf("%d, %d; %.1f min, slices: %d", lost, doubled, n.wall.Minutes(), n.record.Slices),
				met:      lost == 0 && doubled == 0, misfits: n.misfits(),
			}, nil
		},
	}
}

// lostAndDoubled compares each customer's rows in the file with those that it has.
func (n *night) lostAndDoubled() (lost, doubled int) {
	lost = (n.customers - len(n.published)) * n.rows
	for _, rows := range n.published {
		lost += max(0, n.rows-rows)
		doubled += max(0, rows-n.rows)
	}
	return lost, doubled
}

// referenceInFlight is the default of CONCURRENCY.
const referenceInFlight = 64

// reference is the night that others are compared with. With -quick it is the only one.
func (h *harness) reference() *night {
	for _, n := range h.nights {
		if n.watch || h.quick {
			return n
		}
	}
	return nil
}

var errNoReference = errors.New("what it is to be compared with could not be measured")
