package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"tenantrollup/internal/standin"
)

// floor measures the bare loop that makes the handler's requests and does nothing
// else, over HTTP/1.1 and over HTTP/2.
func (h *harness) floor(inFlight, each int) row {
	return row{
		what:   fmt.Sprintf("the bare requests in net/http, %d in flight: processor time of a customer over HTTP/1.1, over HTTP/2, and of the handler", inFlight),
		target: reported,
		measure: func(ctx context.Context) (result, error) {
			binary, err := standin.Build(ctx, h.root, h.scratch, "./test/rivals/floor")
			if err != nil {
				return result{}, err
			}
			one := &rival{name: fmt.Sprintf("floor, %d in flight", inFlight), binary: binary, inFlight: inFlight, reached: inFlight, args: []string{"-n", strconv.Itoa(inFlight)}}
			two := &rival{name: fmt.Sprintf("floor, %d in flight, HTTP/2", inFlight), binary: binary, inFlight: inFlight, reached: inFlight, args: []string{"-n", strconv.Itoa(inFlight), "-http2"}}
			if err := h.runRivals(ctx, []*rival{one, two}, each*inFlight, 200, true); err != nil {
				return result{}, err
			}
			ours := notAvailable
			for _, n := range h.nights {
				if n.inFlight == inFlight && n.usage.known {
					ours = fmt.Sprintf("%d µs", n.perCustomer().Microseconds())
					break
				}
			}
			return result{
				measured: fmt.Sprintf("%d µs, %d µs, %s", one.perCustomer().Microseconds(), two.perCustomer().Microseconds(), ours),
				met:      true, misfits: append(one.misfits(), two.misfits()...),
			}, nil
		},
	}
}

// simulatorCost is what a customer cost the simulator.
func (r *rival) simulatorCost() time.Duration {
	return r.simulator / time.Duration(max(1, r.customers))
}
