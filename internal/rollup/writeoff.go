package rollup

import (
	"context"
	"fmt"
	"time"

	"tenantrollup/internal/run"
)

// overdue reports whether the run must end with what it has.
func (s *slice) overdue() bool {
	return s.started.Sub(s.cp.Started) > runLimit || len(s.cp.Blocks) >= slicesLimit
}

// writeOff gives every customer that was not reached its line, so that what
// there is can be published.
func (s *slice) writeOff(ctx context.Context) error {
	retries, err := s.takeOver(ctx)
	if err != nil {
		return err
	}
	for _, d := range s.cp.Deferred {
		if err := s.merge(ctx, s.unreached(retries[d.Index].customer, d.Class)); err != nil {
			return err
		}
	}
	s.cp.Deferred = nil
	for customer, err := range s.Store.Customers(ctx, s.key, s.cp, s.cp.Cursor) {
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
	return outcome{
		customer: customer, body: new(spool), at: time.Now(),
		failure: &run.Failure{
			Class:   class,
			Message: fmt.Sprintf("The run ended after %s before this customer's report was there.", s.started.Sub(s.cp.Started).Round(time.Minute)),
			Remedy:  "Rerun the failed customers.",
		},
	}
}

// excluded is the outcome of a customer who is not asked.
func excluded(customer run.Customer) outcome {
	if customer.Line != "" {
		return asBefore(customer)
	}
	return outcome{
		customer: customer, body: new(spool), at: time.Now(),
		failure: &run.Failure{Class: run.Excluded, Message: "Excluded by CUSTOMERS_EXCLUDE."},
	}
}

// asBefore is the outcome that stands in the published error log.
func asBefore(customer run.Customer) outcome {
	o := outcome{customer: customer, body: new(spool), at: time.Now()}
	line, err := run.ParseLine(customer.Line)
	if err != nil {
		o.failure = &run.Failure{Class: run.ServiceFault, Message: "The line of the published error log can't be read: " + err.Error() + "."}
		return o
	}
	o.at, o.customer, o.failure = line.Time, line.Customer, &line.Failure
	return o
}
