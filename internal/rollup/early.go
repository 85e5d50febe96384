package rollup

import (
	"context"
	"sync"

	"tenantrollup/internal/run"
)

// early limits how many customers are asked before the service has answered one: no
// more than must be refused in the same way, and those that are asked at the same
// moment.
type early struct {
	places chan struct{}
	opened chan struct{}
	once   sync.Once
}

func (s *slice) newEarly() *early {
	e := &early{opened: make(chan struct{})}
	e.places = make(chan struct{}, s.rollup.Concurrency+max(refusedIdentically-s.refusals.identical, 1))
	if !s.undecided() {
		e.open()
	}
	return e
}

// enter waits until the customer may be asked, unless ctx ends first.
func (e *early) enter(ctx context.Context, f *fetch) bool {
	select {
	case <-e.opened:
		return true
	default:
	}
	select {
	case e.places <- struct{}{}:
		f.early = true
	case <-e.opened:
	case <-ctx.Done():
		return false
	}
	return true
}

// leave gives the place of a customer to another one, because its outcome says
// nothing about the call.
func (e *early) leave(f *fetch) {
	if f.early {
		f.early = false
		<-e.places
	}
}

func (e *early) open() { e.once.Do(func() { close(e.opened) }) }

func (e *early) full() bool {
	select {
	case <-e.opened:
		return false
	default:
		return len(e.places) == cap(e.places)
	}
}

// answered reports whether the service has answered for this customer: it may
// answer for another one, too.
func (o outcome) answered() bool {
	return o.failure == nil || !o.failure.SignIn && !o.failure.Transient && o.failure.Class != run.Excluded && refusalOf(o.failure) == ""
}
