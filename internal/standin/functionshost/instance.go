package functionshost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"
	"unicode/utf8"
)

// instance is one machine of the platform, with its handler and its listeners.
// Everything that runs on it ends with it.
type instance struct {
	host   *Host
	worker *worker
	ctx    context.Context // its life
	lose   context.CancelCauseFunc
	taking context.Context // its listeners take messages until it ends
	rest   context.CancelFunc

	posting sync.RWMutex // held for reading by each post to the handler

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
	i.taking, i.rest = context.WithCancel(i.ctx)
	return i, nil
}

// begin starts the handler, the queue listeners, and the timers whose run was lost
// with the previous instance.
func (i *instance) begin() {
	i.run(func() {
		err := i.worker.run(i.ctx)
		// The work that the last crash cut off has failed before the host ends:
		// its messages are released, not lost.
		i.posting.Lock()
		i.lose(err)
		i.posting.Unlock()
		i.worker.set(nil, false, err)
	})
	for _, f := range i.host.functions {
		if f.problem == nil && f.trigger.Type == "queueTrigger" {
			i.run(func() { i.listener(f).run(i.ctx, i.taking) })
		}
	}
	for name, due := range i.host.timers.missed() {
		i.run(func() {
			select {
			case <-time.After(i.host.opts.Clocks.Lease):
				i.host.fire(i, i.host.functions[name], due, true)
			case <-i.ctx.Done():
			}
		})
	}
}

// listener is the queue trigger of f on this instance.
func (i *instance) listener(f *function) *listener {
	c := i.host.config.Extensions.Queues
	window := i.host.opts.Clocks.Window
	return &listener{
		queues: i.host.queues, name: f.trigger.QueueName,
		slots:        c.BatchSize + *c.NewBatchThreshold,
		longestPause: time.Duration(c.MaxPollingInterval),
		window:       window,
		visibility:   time.Duration(c.VisibilityTimeout),
		maxDequeue:   c.MaxDequeueCount,
		work: func(_ context.Context, m taken) error {
			if f.trigger.DataType != "binary" && !utf8.ValidString(m.Text) {
				return i.host.journal.failed(f.name, m.DequeueCount, fmt.Errorf("bind %s: the message is not UTF-8", f.trigger.Name))
			}
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

// stop is what the platform does: no new work, and an end when the old work is done.
// Work that outlasts the limit is left with the handler.
func (i *instance) stop() {
	i.rest()
	if !i.host.settles(i.host.opts.Clocks.StopLimit) {
		i.leave()
		return
	}
	i.end()
}

// leave ends the host's process alone. The handler finds its pipes and its
// connection closed.
func (i *instance) leave() {
	if p := i.worker.leave(); p != nil {
		i.host.keep(Handler{PID: p.cmd.Process.Pid, URL: i.worker.url}, p)
	}
	i.end()
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
		i.posting.RLock()
		defer i.posting.RUnlock()
		a, err := i.worker.post(i.ctx, f.name, id, body)
		if err != nil && i.ctx.Err() != nil {
			err = context.Cause(i.ctx)
		}
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
		return o.answer, o.err
	case <-i.ctx.Done():
		select {
		case o := <-done: // before the instance ended
			return o.answer, o.err
		default:
			return nil, context.Cause(i.ctx)
		}
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
