package rollup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tenantrollup/internal/csvmerge"
	"tenantrollup/internal/run"
)

// ask fetches one customer's report, once. It never panics: one customer's report
// must not cost the others their data.
func (s *slice) ask(ctx context.Context, customer run.Customer, urgent *atomic.Bool) (o outcome) {
	ctx, cancel := context.WithTimeout(ctx, customerLimit)
	defer cancel()
	o = outcome{customer: customer, body: &spool{ctx: ctx, space: s.space, urgent: urgent}}
	defer func() {
		o.at = time.Now()
		if cause := recover(); cause != nil {
			s.logPanic(ctx, "panic while asking a customer", customer, cause)
			o.failure = &run.Failure{Class: run.ServiceFault, Message: "The report could not be handled.",
				Remedy: "Report this as a bug in Tenant Rollup, with the handler's log."}
		}
	}()
	if s.passesOver(customer) {
		return asBefore(customer)
	}
	ruledOut, err := s.access.Filter.RulesOut(ctx, customer)
	if err != nil {
		o.failure = explain(ctx, err)
		return o
	}
	if customer.Excluded || ruledOut {
		return excluded(customer)
	}
	s.log.LogAttrs(ctx, slog.LevelDebug, "Running report for "+customer.Label(), slog.String("customer", customer.TenantID))
	var identity sync.WaitGroup
	identity.Go(func() { o.customer = s.identify(ctx, customer) })
	defer identity.Wait() // after a panic, too
	err = s.access.Fetcher.Fetch(ctx, customer, s.call, s.key.Date, o.body)
	identity.Wait()
	if err != nil {
		o.failure = explain(ctx, err)
	} else {
		o.table, o.failure = s.check(o)
	}
	if o.failure != nil && o.failure.Class == run.NoData {
		o.failure = run.NoReport(o.customer) // whose name is known now
	}
	return o
}

// passesOver reports whether a rerun leaves the customer as it is, because it asks
// others.
func (s *slice) passesOver(customer run.Customer) bool {
	return !s.asked.Everybody() && !customer.Excluded && !s.asked.Has(asBefore(customer).line())
}

// identify calls the Lister, and keeps a panic from ending the process.
func (s *slice) identify(ctx context.Context, customer run.Customer) (identified run.Customer) {
	defer func() {
		if cause := recover(); cause != nil {
			s.logPanic(ctx, "panic while identifying a customer", customer, cause)
			identified = customer
		}
	}()
	return s.access.Lister.Identify(ctx, customer)
}

func (s *slice) logPanic(ctx context.Context, message string, customer run.Customer, cause any) {
	s.log.LogAttrs(ctx, slog.LevelError, message, slog.String("customer", customer.Label()),
		slog.Any("panic", cause), slog.String("stack", string(debug.Stack())))
}

// explain gives every error the form of a failure.
func explain(ctx context.Context, err error) *run.Failure {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return tooSlow(customerLimit)
	}
	if failure, ok := errors.AsType[*run.Failure](err); ok {
		return failure
	}
	return &run.Failure{Class: run.ServiceFault, Message: err.Error(), Remedy: "Wait for the next night, which asks again.", Transient: true}
}

// check checks a body against the rules. A body with only a header is no data.
func (s *slice) check(o outcome) (*csvmerge.Table, *run.Failure) {
	table, err := s.wantedDays().Check(o.body.reader())
	if format, ok := errors.AsType[*csvmerge.FormatError](err); ok {
		return nil, malformed(fmt.Sprintf("line %d: %s", format.Line, format.Problem))
	}
	if err != nil {
		return nil, &run.Failure{Class: run.ServiceFault, Message: "The report could not be read back: " + err.Error() + ".", Transient: true}
	}
	documented := s.call.Columns()
	isDocumented := func(name string) bool {
		return slices.ContainsFunc(documented, func(column string) bool { return strings.EqualFold(column, name) })
	}
	if len(documented) > 0 && !slices.ContainsFunc(table.Columns, isDocumented) {
		return nil, malformed(fmt.Sprintf("its header %q has none of the columns that %s is documented to have",
			run.Clip(strings.Join(table.Columns, ","), headerShown), s.call.Function()))
	}
	if table.Rows == 0 {
		return nil, run.NoReport(o.customer)
	}
	return table, nil
}

// wantedDays are those that the call limits its rows to, if it does.
func (s *slice) wantedDays() csvmerge.Days {
	from, to, limited := s.call.Days(s.key.Date)
	if !limited {
		return csvmerge.Days{}
	}
	return csvmerge.Days{Column: "Report Date", First: string(from), Last: string(to)}
}
