package rollup

import (
	"context"
	"time"

	"tenantrollup/internal/run"
)

// collect asks every customer that the run has not asked yet and merges what
// they answer. It returns false where time ran out first: what was reached is
// checkpointed then.
func (s *slice) collect(ctx context.Context) (finished bool, err error) {
	if s.cp.Done() == s.cp.Customers {
		return true, nil
	}
	if s.overdue() {
		return true, s.writeOff(ctx)
	}
	if err := s.signIn(ctx); err != nil {
		return false, err
	}
	if err := s.learnColumns(ctx); err != nil {
		return false, err
	}
	retries, err := s.takeOver(ctx)
	if err != nil {
		return false, err
	}
	work, cancel := workingTime(ctx)
	save, done := savingTime(ctx)
	defer done()
	c := &collector{
		slice: s, window: s.openWindow(work), tick: time.NewTicker(checkpointEvery),
		retries: retries, retried: make(chan outcome),
	}
	defer c.close()
	defer cancel()
	if err := c.run(work, save); err != nil {
		return false, err
	}
	if work.Err() == nil {
		return true, nil
	}
	if err := c.countWholeSlice(save); err != nil {
		return false, err
	}
	return false, s.checkpoint(save)
}

// workingTime ends early enough before ctx to save what was reached.
func workingTime(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	margin := min(saveLimit, time.Until(deadline)/4)
	return context.WithDeadline(ctx, deadline.Add(-margin))
}

// savingTime goes on when ctx ends: a write that is under way then is finished,
// not given up.
func savingTime(ctx context.Context) (context.Context, context.CancelFunc) {
	save := context.WithoutCancel(ctx)
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(save)
	}
	return context.WithDeadline(save, deadline.Add(saveLimit))
}

// collector is the state of collect.
type collector struct {
	*slice
	window   *window
	head     *attempt
	drained  bool // every customer of the list has been merged or set aside
	tick     *time.Ticker
	retries  map[int]*retry // of the customers set aside, by index
	retried  chan outcome
	progress bool // some attempt has come to an end
}

// run takes results as they come until all are in or work is over.
func (c *collector) run(work, save context.Context) error {
	for {
		c.startRetries(work)
		if c.drained && len(c.cp.Deferred) == 0 {
			return c.window.err
		}
		if err := c.step(work, save); err != nil || work.Err() != nil {
			return err
		}
	}
}

// step waits for the next thing to happen and deals with it.
func (c *collector) step(work, save context.Context) error {
	var next chan *attempt
	var result chan outcome
	var patience <-chan time.Time
	switch {
	case c.head != nil:
		result = c.head.result
		if c.window.waits() {
			patience = time.After(headLimit - time.Since(c.head.asked))
		}
	case !c.drained && len(c.cp.Deferred) < run.DeferredLimit:
		next = c.window.order
	}
	select {
	case a, ok := <-next:
		c.head, c.drained = a, !ok
		if !ok {
			return c.window.err
		}
		c.space.letFirst(&a.first)
	case o := <-result:
		return c.settleHead(save, o)
	case o := <-c.retried:
		return c.settleRetry(save, o)
	case <-patience:
		select {
		case o := <-result: // just in time
			return c.settleHead(save, o)
		default:
			c.setHeadAside()
		}
	case <-c.tick.C:
		return c.checkpoint(save)
	case <-work.Done():
	}
	return nil
}

func (c *collector) settleHead(ctx context.Context, o outcome) error {
	if o.partners() {
		return o.failure
	}
	c.head = nil
	c.cp.Cursor = o.index + 1
	return c.settle(ctx, o, run.Deferral{Index: o.index})
}

// settle merges an outcome, or sets the customer aside where another try may
// bring its data.
func (c *collector) settle(ctx context.Context, o outcome, before run.Deferral) error {
	c.progress = true
	before.Tries++
	if before.Class == "" && o.failure != nil {
		before.Class = o.failure.Class
	}
	if o.failure == nil || !o.failure.Transient {
		return c.merge(ctx, o)
	}
	if before.Tries >= triesLimit {
		o.failure.Class = before.Class
		return c.merge(ctx, o)
	}
	o.body.close()
	c.setAside(before, o.customer, o.failure.RetryAfter)
	return nil
}

func (c *collector) setHeadAside() {
	c.head.cancel()
	c.cp.Cursor = c.head.index + 1
	c.setAside(run.Deferral{Index: c.head.index, Tries: 1, Class: run.ServiceFault}, c.head.customer, 0)
	c.head = nil
}

func (c *collector) close() {
	c.tick.Stop()
	c.window.work.Wait()
	for a := range c.window.order {
		discard(a)
	}
	if c.head != nil {
		discard(c.head)
	}
}

func discard(a *attempt) {
	select {
	case o := <-a.result:
		o.body.close()
	default:
	}
}
