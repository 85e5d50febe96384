package rollup

import (
	"context"
	"fmt"
	"time"

	"tenantrollup/internal/run"
)

// overdue reports whether the run must end with what it has.
func (s *slice) overdue() bool {
	return s.claimedAt.Sub(s.cp.Started) > runLimit || len(s.cp.Blocks) >= slicesLimit || s.full()
}

// full reports whether the record has no room for what another slice may note.
func (s *slice) full() bool {
	ended := s.cp
	ended.Deferred = nil
	return len(s.cp.Blocks) > 0 && ended.Room() < roomToGoOn
}

// writeOff gives every customer that was not reached its line, so that what is
// there can be published.
func (s *slice) writeOff(ctx context.Context) error {
	retries, err := s.deferredRetries(ctx)
	if err != nil {
		return err
	}
	for _, d := range s.cp.Deferred {
		if err := s.merge(ctx, s.unreached(retries[d.Index].customer, d.Class)); err != nil {
			return err
		}
	}
	s.cp.Deferred = nil
	for customer, err := range s.rollup.Store.Customers(ctx, s.key, s.cp, s.cp.Cursor) {
		if err != nil {
			return err
		}
		o := s.unreached(customer, run.ServiceFault)
		if customer.Excluded {
			o = excluded(customer)
		}
		if err := s.merge(ctx, o); err != nil {
			return err
		}
		s.cp.Cursor++
	}
	return nil
}

func (s *slice) unreached(customer run.Customer, class run.Class) outcome {
	if customer.Line != "" {
		return asBefore(customer)
	}
	age := s.claimedAt.Sub(s.cp.Started).Round(time.Minute)
	return unfetched(customer, &run.Failure{
		Class:   class,
		Message: fmt.Sprintf("The run ended after %s before this customer's report arrived.", age),
		Remedy:  "Rerun the failed customers.", Transient: true,
	})
}
