package functionshost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"
)

// instance is one machine of the platform, with its handler and its listeners.
// Everything that runs on it ends with it.
type instance struct {
	host   *Host
	worker *worker
	ctx    context.Context
	lose   context.CancelCauseFunc

	mu    sync.Mutex // keeps Go of wg from being called after Wait
	ended bool
	wg    sync.WaitGroup
}

func (h *Host) newInstance() (*instance, error) {
	w, err := newWorker(h)
	if err != nil {
		return nil, err
	}
	i := &instance{host: h, worker: w}
	i.ctx, i.lose = context.WithCancelCause(context.Background())
	return i, nil
}

// begin starts the handler, the queue listeners, and the timers whose run was lost
// with the previous instance.
func (i *instance) begin() {
	i.run(func() {
		err := i.worker.run(i.ctx)
		// First, so that anyone who gets the error finds the instance dead: a stopped
		// host leaves its work as a lost one does.
		i.lose(err)
		i.worker.set(nil, false, err)
	})
	for _, f := range i.host.functions {
		if f.problem == nil && f.trigger.Type == "queueTrigger" {
			i.run(func() { i.listener(f).run(i.ctx) })
		}
	}
	for name, due := range i.host.timers.missed() {
		i.run(func() { i.host.fire(i, i.host.functions[name], due, true) })
	}
}

// listener is the queue trigger of f on this instance.
func (i *instance) listener(f *function) *listener {
	c := i.host.config.Extensions.Queues
	window := i.host.opts.Clocks.Window
	return &listener{
		queues: i.host.queues, name: f.trigger.QueueName,
		slots:      c.BatchSize + *c.NewBatchThreshold,
		window:     window,
		visibility: time.Duration(c.VisibilityTimeout),
		maxDequeue: c.MaxDequeueCount,
		work: func(_ context.Context, m taken) error {
			_, err := i.invoke(f, newGUID(), m.DequeueCount, queueEnvelope(f, m, window))
			return err
		},
	}
}

// run runs do on the instance, unless that has ended.
func (i *instance) run(do func()) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.ended {
		i.wg.Go(do)
	}
	return !i.ended
}

func (i *instance) end() {
	i.mu.Lock()
	i.ended = true
	i.mu.Unlock()
	i.lose(errLost)
	i.wg.Wait()
	i.worker.client.CloseIdleConnections()
}

// invoke is one attempt of a function with its outputs. The result is nil if the
// function has no HTTP output.
func (i *instance) invoke(f *function, id string, attempt int, e envelope) (*httpResult, error) {
	entry := i.host.journal.begin(f.name, id, attempt)
	a, err := i.attempt(f, id, e)
	var result *httpResult
	if err == nil {
		result, err = i.host.applyOutputs(f, a)
	}
	if err != nil {
		err = fmt.Errorf("invocation of %s: %w", f.name, err)
	}
	i.host.journal.end(entry, err)
	return result, err
}

type outcome struct {
	answer *answer
	err    error
}

func (i *instance) attempt(f *function, id string, e envelope) (*answer, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	if err := i.worker.await(i.ctx); err != nil {
		return nil, err
	}
	done := make(chan outcome, 1)
	i.wg.Go(func() {
		a, err := i.worker.post(i.ctx, f.name, id, body)
		// The real host neither completes nor fails an invocation that was
		// answered with null.
		if !errors.Is(err, errNull) {
			done <- outcome{a, err}
		}
	})
	timeout := time.Duration(i.host.config.FunctionTimeout)
	var expired <-chan time.Time
	if timeout > 0 {
		expired = time.After(timeout)
	}
	select {
	case o := <-done:
		if i.ctx.Err() != nil {
			return nil, context.Cause(i.ctx)
		}
		return o.answer, o.err
	case <-i.ctx.Done():
		return nil, context.Cause(i.ctx)
	case <-expired:
	}
	// The handler is not told about its timeout. Only an invocation that still runs
	// after the grace costs the process.
	select {
	case <-done:
	case <-i.ctx.Done():
		return nil, context.Cause(i.ctx)
	case <-time.After(i.host.opts.Clocks.Grace):
		i.worker.restart()
	}
	return nil, fmt.Errorf("timeout value of %s exceeded", timeout)
}
