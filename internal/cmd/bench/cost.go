package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"time"

	"tenantrollup/internal/standin/m365"
)

// processor compares the processor time of a customer with that of the 2015 loop. It
// also runs the rivals, on as many customers as the loop can do in a minute.
func (h *harness) processor(customers int) row {
	const most = 0.6
	return row{
		what:   "processor time of a customer ÷ that of the 2015 loop, with a secret",
		target: fmt.Sprintf("≤ %.1f", most),
		measure: func(ctx context.Context) (result, error) {
			if err := h.runRivals(ctx, h.contenders, customers, 200, false); err != nil {
				return result{}, err
			}
			night := h.reference()
			if night == nil {
				return result{}, errNoReference
			}
			loop := h.rivals[0]
			return night.processorAgainst(loop, most), nil
		},
	}
}

func (n *night) processorAgainst(loop *rival, most float64) result {
	found := append(n.misfits(), loop.misfits()...)
	if !n.usage.known {
		return result{measured: notAvailable, misfits: found}
	}
	ratio := float64(n.perCustomer()) / float64(loop.perCustomer())
	return result{measured: fmt.Sprintf("%.2f", ratio), met: ratio <= most, misfits: found}
}

// perCustomer is the handler's processor time of one customer.
func (n *night) perCustomer() time.Duration { return n.usage.cpu / time.Duration(n.customers) }

// certificate reports what a signature for each tenant costs, compared with the secret.
func (h *harness) certificate() row {
	return row{
		what:   "processor time of a customer with a certificate, and with a secret",
		target: reported,
		measure: func(ctx context.Context) (result, error) {
			secret := h.reference()
			if secret == nil {
				return result{}, errNoReference
			}
			n, err := h.night(ctx, plan{
				name: "certificate", customers: 20 * 64, inFlight: 64, rows: 200, auth: m365.CertificatePFX,
			})
			if err != nil {
				return result{}, err
			}
			if !n.usage.known {
				return result{measured: notAvailable, misfits: n.misfits()}, nil
			}
			return result{
				measured: fmt.Sprintf("%d µs and %d µs", n.perCustomer().Microseconds(), secret.perCustomer().Microseconds()),
				met:      true, misfits: n.misfits(),
			}, nil
		},
	}
}

// rival reports a rival's speed, compared with the handler's.
func (h *harness) rival(name string) row {
	return row{
		what:   name + ": customers a second, and the handler's",
		target: reported,
		measure: func(context.Context) (result, error) {
			i := slices.IndexFunc(h.rivals, func(r *rival) bool { return r.name == name })
			night := h.reference()
			if i < 0 || night == nil {
				return result{}, errNoReference
			}
			r := h.rivals[i]
			return result{
				measured: fmt.Sprintf("%.1f and %.1f", float64(r.customers)/r.wall.Seconds(), float64(night.customers)/night.wall.Seconds()),
				met:      true, misfits: r.misfits(),
			}, nil
		},
	}
}

const megabyte = 1_000_000

// memory is the handler's at its peak.
func (h *harness) memory(customers int) row {
	most := int64(64*megabyte + 400*customers)
	return row{
		what:   fmt.Sprintf("peak memory, %d customers at 40 KB, 64 in flight", customers),
		target: fmt.Sprintf("≤ %.1f MB", float64(most)/megabyte),
		measure: func(ctx context.Context) (result, error) {
			n, err := h.night(ctx, plan{
				name: fmt.Sprintf("%d customers", customers), customers: customers, inFlight: 64, rows: 200, auth: m365.SecretOnly,
			})
			if err != nil {
				return result{}, err
			}
			if !n.usage.known {
				return result{measured: notAvailable, misfits: n.misfits()}, nil
			}
			return result{measured: n.megabytes(), met: n.usage.memory <= most, misfits: n.misfits()}, nil
		},
	}
}

func (n *night) megabytes() string { return fmt.Sprintf("%.1f MB", float64(n.usage.memory)/megabyte) }

// large is the night that must fit into one slice.
func (h *harness) large() row {
	const most, slice = 160 * megabyte, 10 * time.Minute
	return row{
		what:   "100,000 customers at 2 KB, 256 in flight: one slice, and peak memory",
		target: "≤ 10 min, ≤ 160 MB",
		measure: func(ctx context.Context) (result, error) {
			n, err := h.night(ctx, plan{name: "100,000 customers", customers: 100_000, inFlight: 256, rows: 9, auth: m365.SecretOnly})
			if err != nil {
				return result{}, err
			}
			memory := n.megabytes()
			if !n.usage.known {
				memory = "memory " + notAvailable
			}
			return result{
				measured: fmt.Sprintf("%.1f min, slices: %d, %s", n.wall.Minutes(), n.record.Slices, memory),
				met:      n.wall <= slice && n.record.Slices == 1 && n.usage.memory <= most, misfits: n.misfits(),
			}, nil
		},
	}
}

// start is the time from starting the process until it answers the host's GET /.
func (h *harness) start(times int) row {
	const most = 100 * time.Millisecond
	return row{
		what:   "handler, start to first answer (the median of several)",
		target: fmt.Sprintf("≤ %d ms", most.Milliseconds()),
		measure: func(ctx context.Context) (result, error) {
			place, err := h.openPlace(ctx, h.current, m365.Options{Customers: 1, Auth: m365.SecretOnly}, nil)
			if err != nil {
				return result{}, err
			}
			defer place.close()
			var took []time.Duration
			for range times {
				one, err := h.startOnce(ctx, place)
				if err != nil {
					return result{}, err
				}
				took = append(took, one)
			}
			slices.Sort(took)
			middle := took[len(took)/2]
			return result{measured: fmt.Sprintf("%d ms (slowest %d ms)", middle.Milliseconds(), took[len(took)-1].Milliseconds()), met: middle <= most}, nil
		},
	}
}

func (h *harness) startOnce(ctx context.Context, p *place) (time.Duration, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	address := listener.Addr().(*net.TCPAddr)
	listener.Close()
	command := exec.CommandContext(ctx, h.current.handler)
	command.Env = p.Host.HandlerEnv(address.Port)
	begin := time.Now()
	if err := command.Start(); err != nil {
		return 0, err
	}
	defer command.Wait()
	defer command.Process.Kill()
	for time.Since(begin) < slack {
		if response, err := http.Get("http://" + address.String() + "/"); err == nil {
			response.Body.Close()
			return time.Since(begin), nil
		}
		if err := sleep(ctx, time.Millisecond); err != nil {
			return 0, err
		}
	}
	return 0, errors.New("the handler never answered")
}
