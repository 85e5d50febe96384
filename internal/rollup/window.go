package rollup

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"tenantrollup/internal/run"
)

// fetch is one customer's report on its way.
type fetch struct {
	index    int
	customer run.Customer
	asked    atomic.Pointer[time.Time] // nil until it has a place
	urgent   atomic.Bool               // everybody else waits for this one
	early    bool                      // it has one of the few places until somebody gets an answer
	cancel   context.CancelFunc
	result   chan outcome // takes one, if the fetch is not given up
}

// ahead is how many customers, times Concurrency, are asked before the one that is
// merged next has answered. That many are done, at usual speed, while one takes
// thirty times as long, so it holds nobody up. What waits takes disk space, not
// memory.
const ahead = 32

// window asks customers ahead of the one that is merged next, at most
// Concurrency at once. Its fetches come in the order of the list.
type window struct {
	slice      *slice
	places     chan struct{} // taken by those that are asked at this moment
	early      *early
	order      chan *fetch
	err        error // why the order ended early; read after order is closed
	ended      atomic.Bool
	goroutines sync.WaitGroup
}

// openWindow starts to ask from the checkpoint's cursor on. Everything that it
// started ends soon after ctx ends; close waits for it.
func (s *slice) openWindow(ctx context.Context) *window {
	w := &window{
		slice:  s,
		places: make(chan struct{}, s.rollup.Concurrency),
		order:  make(chan *fetch, ahead*s.rollup.Concurrency-1), // and one at its head
		early:  s.newEarly(),
	}
	index, cp := s.cp.Cursor, s.cp
	w.goroutines.Go(func() {
		defer close(w.order)
		defer w.ended.Store(true)
		for customer, err := range s.rollup.Store.Customers(ctx, s.key, cp, index) {
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				w.err = err
				return
			}
			w.start(ctx, index, customer)
			index++
		}
	})
	return w
}

// start asks the customer as soon as a place is free.
func (w *window) start(ctx context.Context, index int, customer run.Customer) {
	own, cancel := context.WithCancel(ctx)
	f := &fetch{index: index, customer: customer, cancel: cancel, result: make(chan outcome, 1)}
	if !customer.Excluded && !w.early.enter(ctx, f) {
		cancel()
		return
	}
	select {
	case w.order <- f:
	case <-ctx.Done():
		cancel()
		return
	}
	if !w.takePlace(ctx) {
		cancel()
		return
	}
	f.asked.Store(new(time.Now()))
	w.goroutines.Go(func() {
		defer cancel()
		defer w.leavePlace()
		o := w.slice.ask(own, customer, &f.urgent)
		o.index = index
		if o.answered() {
			w.early.open()
		}
		if own.Err() != nil {
			o.body.close() // given up: nobody waits for it
			return
		}
		f.result <- o
	})
}

// takePlace waits for a place, unless ctx ends first.
func (w *window) takePlace(ctx context.Context) bool {
	select {
	case w.places <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (w *window) leavePlace() { <-w.places }

// full reports whether no other customer can be asked before the head is done.
func (w *window) full() bool {
	return len(w.order) == cap(w.order) || w.early.full() || w.ended.Load()
}

// close waits until no fetch is under way, and frees what nobody has taken. The
// window's context must be over.
func (w *window) close() {
	w.goroutines.Wait()
	for f := range w.order {
		f.discard()
	}
}

// taken is how long the customer has taken since it was asked.
func (f *fetch) taken() time.Duration {
	if asked := f.asked.Load(); asked != nil {
		return time.Since(*asked)
	}
	return 0
}

// discard frees the body that the fetch brought, if it did.
func (f *fetch) discard() {
	select {
	case o := <-f.result:
		o.body.close()
	default:
	}
}
