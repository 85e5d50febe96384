package rollup

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"tenantrollup/internal/run"
)

// attempt is one customer's report on its way.
type attempt struct {
	index    int
	customer run.Customer
	asked    time.Time
	first    atomic.Bool // everybody else waits for this one
	cancel   context.CancelFunc
	result   chan outcome
}

// ahead is how many customers, times Concurrency, are asked before the one that
// is merged next has answered. So many are done, at usual speed, while one takes
// thirty times as long: it holds nobody up. What waits takes disk, not memory.
const ahead = 32

// window asks customers ahead of the one that is merged next, at most
// Concurrency at once. Its results come in the order of the list.
type window struct {
	slice   *slice
	running chan struct{}
	order   chan *attempt
	err     error // why the order ended early; read after order is closed
	ended   atomic.Bool
	work    sync.WaitGroup
}

// openWindow starts asking from the checkpoint's cursor on. Everything that
// it started ends soon after ctx is over; wait for it with close.
func (s *slice) openWindow(ctx context.Context) *window {
	w := &window{
		slice:   s,
		running: make(chan struct{}, s.Concurrency),
		order:   make(chan *attempt, ahead*s.Concurrency-1), // and one at its head
	}
	index, cp := s.cp.Cursor, s.cp
	w.work.Go(func() {
		defer close(w.order)
		defer w.ended.Store(true)
		for customer, err := range s.Store.Customers(ctx, s.key, cp, index) {
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				w.err = err
				return
			}
			w.begin(ctx, index, customer)
			index++
		}
	})
	return w
}

// begin asks the customer as soon as there is room.
func (w *window) begin(ctx context.Context, index int, customer run.Customer) {
	own, cancel := context.WithCancel(ctx)
	a := &attempt{index: index, customer: customer, asked: time.Now(), cancel: cancel, result: make(chan outcome, 1)}
	select {
	case w.order <- a:
	case <-ctx.Done():
		cancel()
		return
	}
	select {
	case w.running <- struct{}{}:
	case <-ctx.Done():
		cancel()
		return
	}
	w.work.Go(func() {
		defer cancel()
		defer func() { <-w.running }()
		o := w.slice.ask(own, customer, &a.first)
		o.index = index
		if own.Err() != nil {
			o.body.close() // given up: nobody waits for it
			return
		}
		a.result <- o
	})
}

// waits reports whether nobody new can be asked before the head is done.
func (w *window) waits() bool { return len(w.order) == cap(w.order) || w.ended.Load() }
