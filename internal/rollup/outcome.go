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
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// outcome is what one attempt to get a customer's report came to: a checked
// body, or a failure.
type outcome struct {
	index    int
	customer run.Customer
	body     *spool
	table    *csvmerge.Table
	failure  *run.Failure
	at       time.Time
}

// partners reports whether the failure is the partner's own: every other
// customer would fail alike.
func (o outcome) partners() bool {
	return o.failure != nil && o.failure.Class == run.PartnerCredential
}

// ask makes one attempt for one customer. It never panics: one customer's
// report must not cost the others theirs.
func (s *slice) ask(ctx context.Context, customer run.Customer, first *atomic.Bool) (o outcome) {
	ctx, cancel := context.WithTimeout(ctx, customerLimit)
	defer cancel()
	o = outcome{customer: customer, body: &spool{ctx: ctx, space: s.space, first: first}}
	defer func() {
		o.at = time.Now()
		if cause := recover(); cause != nil {
			s.log.LogAttrs(ctx, slog.LevelError, "panic while asking a customer", slog.String("customer", customer.Label()),
				slog.Any("panic", cause), slog.String("stack", string(debug.Stack())))
			o.failure = &run.Failure{Class: run.ServiceFault, Message: "The report could not be handled.",
				Remedy: "Report this as a bug of Tenant Rollup, with the handler's log."}
		}
	}()
	if customer.Excluded {
		return excluded(customer)
	}
	s.log.LogAttrs(ctx, slog.LevelDebug, "Running report for "+customer.Label(), slog.String("customer", customer.TenantID))
	var identity sync.WaitGroup
	identity.Go(func() { o.customer = s.identify(ctx, customer) })
	err := s.access.Fetcher.Fetch(ctx, customer, s.call, s.key.Date, o.body)
	identity.Wait()
	if err != nil {
		o.failure = s.explain(ctx, err)
	} else {
		o.table, o.failure = s.check(o)
	}
	if o.failure != nil && o.failure.Class == run.NoData {
		o.failure = noData(o.customer) // whose name is known now
	}
	return o
}

// identify is the Lister's, kept from taking the process down.
func (s *slice) identify(ctx context.Context, customer run.Customer) (identified run.Customer) {
	defer func() {
		if cause := recover(); cause != nil {
			s.log.LogAttrs(ctx, slog.LevelError, "panic while identifying a customer", slog.String("customer", customer.Label()),
				slog.Any("panic", cause), slog.String("stack", string(debug.Stack())))
			identified = customer
		}
	}()
	return s.access.Lister.Identify(ctx, customer)
}

// explain gives every error the form of a failure.
func (s *slice) explain(ctx context.Context, err error) *run.Failure {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return tooSlow(customerLimit)
	}
	if failure, ok := errors.AsType[*run.Failure](err); ok {
		return failure
	}
	return &run.Failure{Class: run.ServiceFault, Message: err.Error(), Remedy: "Nothing; it is asked again the next night.", Transient: true}
}

func tooSlow(limit time.Duration) *run.Failure {
	return &run.Failure{
		Class:     run.ServiceFault,
		Message:   fmt.Sprintf("The report did not arrive within %s.", limit.Round(time.Second)),
		Remedy:    "Nothing; it is asked again the next night. Where it stays so, open a support request with Microsoft for this tenant.",
		Transient: true,
	}
}

// check holds a body to the rules. A body with a header only is no data.
func (s *slice) check(o outcome) (*csvmerge.Table, *run.Failure) {
	table, err := s.wantedDays().Check(o.body.reader())
	if format, ok := errors.AsType[*csvmerge.FormatError](err); ok {
		return nil, malformed(fmt.Sprintf("line %d: %s", format.Line, format.Problem))
	}
	if err != nil {
		return nil, &run.Failure{Class: run.ServiceFault, Message: "The report could not be read back: " + err.Error() + ".", Transient: true}
	}
	if known := s.call.Columns(); len(known) > 0 && !slices.ContainsFunc(table.Columns, func(name string) bool { return slices.Contains(known, name) }) {
		return nil, malformed(fmt.Sprintf("its header %q has none of the columns that %s is documented to have",
			shorten(strings.Join(table.Columns, ",")), s.call.Function()))
	}
	if table.Rows == 0 {
		return nil, noData(o.customer)
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

// noData is in the words of the script of 2015.
func noData(customer run.Customer) *run.Failure {
	return &run.Failure{
		Class:   run.NoData,
		Message: "No report information for " + customer.Label() + ".",
		Remedy:  "Nothing, where this customer has no such data. Microsoft's reports lag by about two days.",
	}
}

func malformed(problem string) *run.Failure {
	return &run.Failure{
		Class:   run.MalformedReport,
		Message: "The report that Microsoft sent is not well formed: " + problem + ".",
		Remedy:  "Rerun the failed customers; where it stays so, open a support request with Microsoft for this tenant.",
	}
}

func shorten(text string) string {
	const most = 120
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// warnOf counts and logs what the partner should look at in this outcome.
func (s *slice) warnOf(ctx context.Context, o outcome) {
	today, customer := report.DateOf(s.started), slog.String("customer", o.customer.Label())
	if ends := o.customer.Ends; ends != "" && ends <= today.AddDays(endingSoon) && !o.customer.Excluded {
		s.warn(ctx, run.WarnRelationshipEnding, "the delegated relationship ends on "+string(ends), customer)
	}
	if o.failure != nil {
		return
	}
	if len(o.table.Concealed) > 0 && s.call.Kind() == report.Graph { // elsewhere such digits are an id
		s.warn(ctx, run.WarnNamesConcealed, "names are concealed in "+strings.Join(o.table.Concealed, ", "), customer)
	}
	if newest := report.Date(o.table.NewestRefresh); newest != "" && s.call.AsOfNow() && newest < today.AddDays(-staleAfter) {
		s.warn(ctx, run.WarnStaleData, "the report was last refreshed on "+string(newest), customer)
	}
	s.cp.Refreshed.Include(report.Date(o.table.OldestRefresh), report.Date(o.table.NewestRefresh))
}

func (s *slice) logOutcome(ctx context.Context, o outcome) {
	level := slog.LevelWarn
	if o.failure.Class == run.NoData || o.failure.Class == run.Excluded {
		level = slog.LevelInfo
	}
	s.log.LogAttrs(ctx, level, o.failure.Message,
		slog.String("customer", o.customer.Label()), slog.String("class", string(o.failure.Class)),
		slog.String("correlation", o.failure.CorrelationID))
}

func (s *slice) logPublished(ctx context.Context) {
	s.log.LogAttrs(ctx, slog.LevelInfo, "run published",
		slog.Int("customers", s.cp.Customers), slog.Int("withData", s.cp.WithData), slog.Int("noData", s.cp.NoData),
		slog.Int("failed", s.cp.Failed), slog.Int("excluded", s.cp.Excluded), slog.Int("rows", s.cp.Rows),
		slog.Int("slices", s.cp.Slices), slog.Int("restarts", s.cp.Restarts),
		slog.Float64("seconds", time.Since(s.cp.Started).Seconds()))
}
