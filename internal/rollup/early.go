package rollup

import (
	"context"
	"sync"

	"tenantrollup/internal/run"
)

// early limits who is asked before somebody has been answered: no more than must
// be refused alike, and those who are asked at the same moment.
type early struct {
	places chan struct{}
	opened chan struct{}
	once   sync.Once
}

func (s *slice) newEarly() *early {
	e := &early{opened: make(chan struct{})}
	e.places = make(chan struct{}, s.rollup.Concurrency+max(refusedAlike-s.refusals.alike, 1))
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

// leave gives the place of a customer to another one, because what became of it
// says nothing about the call.
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

// answered reports whether the service has answered this customer: another one may
// be answered, too.
func (o outcome) answered() bool {
	return o.failure == nil || !o.failure.SignIn && !o.failure.Transient && o.failure.Class != run.Excluded && refusalOf(o.failure) == ""
}
