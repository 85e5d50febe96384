package rollup

import (
	"context"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"tenantrollup/internal/run"
)

// retry is another attempt at a customer that was set aside.
type retry struct {
	customer  run.Customer
	due       time.Time
	scheduled bool
	urgent    atomic.Bool
}

// deferredRetries looks up the customers that earlier slices set aside. They are
// asked without a wait: the earlier slice has waited already.
func (s *slice) deferredRetries(ctx context.Context) (map[int]*retry, error) {
	retries := map[int]*retry{}
	if len(s.cp.Deferred) == 0 {
		return retries, nil
	}
	index := s.cp.Cursor
	for _, d := range s.cp.Deferred {
		index = min(index, d.Index)
	}
	for customer, err := range s.rollup.Store.Customers(ctx, s.key, s.cp, index) {
		if err != nil {
			return nil, err
		}
		if indexOf(s.cp.Deferred, index) >= 0 {
			retries[index] = &retry{customer: customer}
		}
		if index++; index >= s.cp.Cursor {
			break
		}
	}
	return retries, nil
}

// setAside records that the customer is asked again after the others, and not
// before wait has passed.
func (c *collector) setAside(d run.Deferral, customer run.Customer, wait time.Duration) {
	c.slice.cp.Deferred = append(c.slice.cp.Deferred, d)
	c.retries[d.Index] = &retry{customer: customer, due: time.Now().Add(max(wait, retryPause))}
	c.slice.log.LogAttrs(context.Background(), slog.LevelDebug, "customer set aside",
		slog.String("customer", customer.Label()), slog.String("class", string(d.Class)), slog.Int("tries", d.Tries))
}

// mayDefer reports whether another customer may be set aside: one always, and up to
// fifty while the record has room.
func (s *slice) mayDefer() bool {
	deferred := len(s.cp.Deferred)
	return deferred == 0 || deferred < run.DeferredLimit && s.cp.Room() >= roomToDefer
}

// setHeadAside gives up the fetch that all the others wait for.
func (c *collector) setHeadAside() {
	c.head.cancel()
	c.slice.cp.Cursor = c.head.index + 1
	c.window.early.leave(c.head)
	c.setAside(run.Deferral{Index: c.head.index, Tries: 1, Class: run.ServiceFault}, c.head.customer, 0)
	c.head = nil
}

// startRetries asks the customers that were set aside again: all of them once
// the list is through, the oldest if no more may be set aside.
func (c *collector) startRetries(ctx context.Context) {
	deferred := c.slice.cp.Deferred
	switch {
	case c.drained:
	case c.head == nil && !c.slice.mayDefer():
		deferred = deferred[:1]
	default:
		return
	}
	for i, d := range deferred {
		r := c.retries[d.Index]
		if !r.scheduled {
			r.scheduled = true
			c.window.goroutines.Go(func() { c.askAgain(ctx, d.Index, r) })
		}
		if i == 0 && !r.urgent.Load() {
			c.slice.space.letPass(&r.urgent)
		}
	}
}

// askAgain asks the customer once it is due and a place is free.
func (c *collector) askAgain(ctx context.Context, index int, r *retry) {
	select {
	case <-time.After(time.Until(r.due)):
	case <-ctx.Done():
		return
	}
	if !c.window.takePlace(ctx) {
		return
	}
	o := c.slice.ask(ctx, r.customer, &r.urgent)
	c.window.leavePlace()
	o.index = index
	if ctx.Err() != nil {
		o.body.close()
		return
	}
	select {
	case c.retried <- o:
	case <-ctx.Done():
		o.body.close()
	}
}

// settleRetry deals with the outcome of another attempt.
func (c *collector) settleRetry(ctx context.Context, o outcome) error {
	if o.partners() {
		return o.failure
	}
	return c.settle(ctx, o, c.takeBack(o.index))
}

// takeBack takes the customer back from those set aside.
func (c *collector) takeBack(index int) run.Deferral {
	i := indexOf(c.slice.cp.Deferred, index)
	d := c.slice.cp.Deferred[i]
	c.slice.cp.Deferred = slices.Delete(c.slice.cp.Deferred, i, i+1)
	delete(c.retries, index)
	return d
}

// countWholeSlice makes a slice in which nobody has answered count as an attempt at
// every customer that it waited for, so that a customer that never answers is given
// up some day.
func (c *collector) countWholeSlice(ctx context.Context) error {
	if c.settled {
		return nil
	}
	for _, d := range slices.Clone(c.slice.cp.Deferred) {
		r := c.retries[d.Index]
		if !r.scheduled || time.Now().Before(r.due) {
			continue
		}
		o := unfetched(r.customer, tooSlow(time.Since(c.slice.claimedAt)))
		o.index = d.Index
		if err := c.settle(ctx, o, c.takeBack(d.Index)); err != nil {
			return err
		}
	}
	if c.head == nil {
		return nil
	}
	c.setHeadAside()
	return c.settleReady(ctx)
}

// settleReady takes what has arrived behind a head that was set aside.
func (c *collector) settleReady(ctx context.Context) error {
	for c.slice.mayDefer() {
		f, ok := <-c.window.order
		if !ok {
			return nil
		}
		c.head = f
		select {
		case o := <-f.result:
			if err := c.settleHead(ctx, o); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

func indexOf(deferred []run.Deferral, index int) int {
	return slices.IndexFunc(deferred, func(d run.Deferral) bool { return d.Index == index })
}
