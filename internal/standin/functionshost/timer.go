package functionshost

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// timers are the status blobs of all timer functions. They outlive an instance.
type timers struct {
	bell *bell

	mu     sync.Mutex
	byName map[string]*timer
}

type timer struct {
	turn    chan struct{} // holds one run at a time
	last    time.Time     // due time of the last run that ended
	updated time.Time     // when it ended
	pending time.Time     // due time of a run that has not ended: what a lost instance leaves behind
}

func (t *timers) start(name string, due time.Time) (before timer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	before = *t.byName[name]
	t.byName[name].pending = due
	return before
}

func (t *timers) status(name string) timer {
	t.mu.Lock()
	defer t.mu.Unlock()
	if state := t.byName[name]; state != nil {
		return *state
	}
	return timer{}
}

// end writes the status, as the real host does even if the run failed.
func (t *timers) end(name string) {
	t.mu.Lock()
	state := t.byName[name]
	state.last, state.updated, state.pending = state.pending, time.Now(), time.Time{}
	t.mu.Unlock()
	t.bell.ring()
}

func (t *timers) missed() map[string]time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	missed := map[string]time.Time{}
	for name, state := range t.byName {
		if !state.pending.IsZero() {
			missed[name] = state.pending
		}
	}
	return missed
}

func (t *timers) due() int { return len(t.missed()) }

// FireTimer runs a timer function as its schedule would: due is the occurrence that
// it runs for (ScheduleStatus.Next), and pastDue says that the host is late. It waits
// for the run with its retries and returns the last attempt's error; a failed run is
// not repeated later. If ctx ends first, the run continues. If the instance is lost
// first, the next one fires it again, past due.
func (h *Host) FireTimer(ctx context.Context, function string, due time.Time, pastDue bool) error {
	f, err := h.function(function, "timerTrigger")
	if err != nil {
		return fmt.Errorf("fire timer: %w", err)
	}
	return h.await(ctx, func(i *instance) error { return h.fire(i, f, due, pastDue) })
}

// FireMissed acts as a host does that starts after it has missed these occurrences: it
// fires once, past due, for the first of them. If no status says so, because the
// schedule or the host id has changed (or this is a new host), it fires nothing.
func (h *Host) FireMissed(ctx context.Context, function string, missed ...time.Time) error {
	if h.timers.status(function).updated.IsZero() {
		return nil
	}
	return h.FireTimer(ctx, function, missed[0], true)
}

// StartTimer runs a timer function by hand, as POST /admin/functions/… does,
// a disabled one too: the schedule's status does not change, and the handler learns
// only next, the coming occurrence. Zero, if no status was ever written, is a null
// ScheduleStatus.
func (h *Host) StartTimer(ctx context.Context, function string, next time.Time) error {
	f := h.functions[function]
	if f == nil || f.trigger.Type != "timerTrigger" || f.problem != nil && !f.disabled {
		_, err := h.function(function, "timerTrigger")
		return fmt.Errorf("start timer: %w", err)
	}
	var status *timer
	if !next.IsZero() {
		status = new(h.timers.status(function))
	}
	e := timerEnvelope(f, status, next, false)
	e.Metadata[f.trigger.Name] = inString("") // the text of the request
	return h.await(ctx, func(i *instance) error { return h.invokeWithRetries(i, f, e, newGUID) })
}

// await runs do on the instance and waits for it or for ctx.
func (h *Host) await(ctx context.Context, do func(*instance) error) error {
	i := h.current()
	done := make(chan error, 1)
	if !i.run(func() { done <- do(i) }) {
		return context.Cause(i.ctx)
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// fire is one scheduled run. Runs of one timer never overlap.
func (h *Host) fire(i *instance, f *function, due time.Time, pastDue bool) error {
	turn := h.timers.byName[f.name].turn
	select {
	case turn <- struct{}{}:
	case <-i.ctx.Done():
		return context.Cause(i.ctx)
	}
	defer func() { <-turn }()
	before := h.timers.start(f.name, due)
	id := newGUID()
	err := h.invokeWithRetries(i, f, timerEnvelope(f, &before, due, pastDue), func() string { return id })
	if !errors.Is(err, errLost) {
		h.timers.end(f.name)
	}
	return err
}

// invokeWithRetries follows the function's retry policy. The attempts of a
// scheduled run share one invocation id, those of a start by hand have one each.
func (h *Host) invokeWithRetries(i *instance, f *function, e envelope, id func() string) error {
	var err error
	for retry := 0; ; retry++ {
		if limit := f.retry.MaxRetryCount; limit > 0 {
			e.Metadata["RetryContext"] = retryContext(retry, limit, err)
		}
		_, err = i.invoke(f, id(), retry, e)
		if err == nil || retry == f.retry.MaxRetryCount || errors.Is(err, errLost) {
			return err
		}
		delay := h.opts.Clocks.RetryDelay
		if delay == 0 {
			delay = f.retry.delay(retry + 1)
		}
		select {
		case <-time.After(delay):
		case <-i.ctx.Done():
			return context.Cause(i.ctx)
		}
	}
}
