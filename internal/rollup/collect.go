package rollup

import (
	"context"
	"errors"
	"time"

	"tenantrollup/internal/run"
)

// collect asks every customer that the run has not asked yet and merges what they
// answer. It returns false if time ran out first; the progress is checkpointed
// then.
func (s *slice) collect(ctx context.Context) (done bool, err error) {
	if s.cp.Done() == s.cp.Customers {
		return true, nil
	}
	if s.overdue() {
		return true, s.writeOff(ctx)
	}
	if err := s.signIn(ctx); err != nil {
		return false, err
	}
	s.warnOfCredential(ctx)
	if _, err := s.access.Filter.Ready(ctx); err != nil {
		return false, err
	}
	if err := s.learnColumns(ctx); err != nil {
		return false, err
	}
	retries, err := s.deferredRetries(ctx)
	if err != nil {
		return false, err
	}
	fetching, endFetching := fetchingTime(ctx)
	saving, endSaving := savingTime(ctx)
	defer endSaving()
	c := &collector{
		slice: s, window: s.openWindow(fetching), tick: time.NewTicker(checkpointEvery),
		retries: retries, retried: make(chan outcome),
	}
	defer c.close()
	defer endFetching()
	if err := c.takeAll(fetching, saving); err != nil {
		return false, err
	}
	if fetching.Err() == nil {
		return true, nil
	}
	if errors.Is(fetching.Err(), context.DeadlineExceeded) { // otherwise it was told to stop
		if err := c.countWholeSlice(saving); err != nil {
			return false, err
		}
	}
	return false, s.checkpoint(saving)
}

// fetchingTime ends early enough before ctx to save the progress.
func fetchingTime(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	margin := min(saveLimit, time.Until(deadline)/4)
	return context.WithDeadline(ctx, deadline.Add(-margin))
}

// savingTime lasts beyond the end of ctx: a write that is under way then is
// completed, not abandoned.
func savingTime(ctx context.Context) (context.Context, context.CancelFunc) {
	saving := context.WithoutCancel(ctx)
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(saving)
	}
	return context.WithDeadline(saving, deadline.Add(saveLimit))
}

// collector is the state of collect.
type collector struct {
	slice   *slice
	window  *window
	head    *fetch // the customer that is merged next, if it is known
	drained bool   // every customer of the list has been merged or set aside
	tick    *time.Ticker
	retries map[int]*retry // of the customers set aside, by index
	retried chan outcome
	settled bool // a customer has answered within this slice
}

// takeAll takes outcomes as they come until all are in or fetching is over.
func (c *collector) takeAll(fetching, saving context.Context) error {
	for {
		c.startRetries(fetching)
		if c.drained && len(c.slice.cp.Deferred) == 0 {
			return c.window.err
		}
		if err := c.await(fetching, saving); err != nil || fetching.Err() != nil {
			return err
		}
	}
}

// await waits for the next thing to happen and deals with it.
func (c *collector) await(fetching, saving context.Context) error {
	var next chan *fetch
	var result chan outcome
	var patience <-chan time.Time
	switch {
	case c.head != nil:
		result = c.head.result
		if c.window.full() {
			patience = time.After(headLimit - c.head.taken())
		}
	case !c.drained && c.slice.mayDefer():
		next = c.window.order
	}
	select {
	case f, ok := <-next:
		c.head, c.drained = f, !ok
		if !ok {
			return c.window.err
		}
		c.slice.space.letPass(&f.urgent)
	case o := <-result:
		return c.settleHead(saving, o)
	case o := <-c.retried:
		return c.settleRetry(saving, o)
	case <-patience:
		select {
		case o := <-result: // just in time
			return c.settleHead(saving, o)
		default:
			if c.head.taken() >= headLimit { // otherwise it had to wait until it was asked
				c.setHeadAside()
			}
		}
	case <-c.tick.C:
		return c.slice.checkpoint(saving)
	case <-fetching.Done():
	}
	return nil
}

func (c *collector) settleHead(ctx context.Context, o outcome) error {
	if o.partners() {
		return o.failure
	}
	head, identical := c.head, c.slice.refusals.identical
	c.head = nil
	c.slice.cp.Cursor = o.index + 1
	err := c.settle(ctx, o, run.Deferral{Index: o.index})
	if c.slice.refusals.identical == identical {
		c.window.early.leave(head)
	}
	return err
}

// settle merges an outcome, or sets the customer aside if another attempt may bring
// its data. before is what happened to the customer so far.
func (c *collector) settle(ctx context.Context, o outcome, before run.Deferral) error {
	c.settled = true
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

func (c *collector) merge(ctx context.Context, o outcome) error {
	if err := c.slice.merge(ctx, o); err != nil {
		return err
	}
	if c.slice.nobodyAnswers(false) {
		return errNobodyAnswers
	}
	if !c.slice.undecided() {
		c.window.early.open()
	}
	return nil
}

func (c *collector) close() {
	c.tick.Stop()
	c.window.close()
	if c.head != nil {
		c.head.discard()
	}
}
