package web

import (
	"cmp"
	"context"
	"log/slog"

	"golang.org/x/sync/errgroup"

	"tenantrollup/internal/run"
)

// customerLogs are what error logs say of a customer, read eight at once.
type customerLogs struct {
	runs     Runs
	customer string
	found    map[run.Key]*foundLine
	reading  errgroup.Group
}

// foundLine is the customer's line in a log, if it has one.
type foundLine struct {
	line   run.Line
	logged bool
	err    error
}

func newCustomerLogs(runs Runs, customer string) *customerLogs {
	l := &customerLogs{runs: runs, customer: customer, found: map[run.Key]*foundLine{}}
	l.reading.SetLimit(logsAtOnce)
	return l
}

// read begins to read the log of the run, once there is room for it, unless it has
// begun already.
func (l *customerLogs) read(ctx context.Context, key run.Key) {
	if l.found[key] != nil {
		return
	}
	f := new(foundLine)
	l.found[key] = f
	l.reading.Go(func() error {
		f.line, f.logged, f.err = l.runs.LineOf(ctx, key, l.customer)
		return nil
	})
}

// newestNights are as many as are read at once, whether or not they have runs.
func (a *API) newestNights(f filter) (keys []run.Key) {
	for date := f.to; date >= f.from; date = date.AddDays(-1) {
		for _, name := range a.reportsOf(f) {
			if len(keys) == logsAtOnce {
				return keys
			}
			keys = append(keys, run.Key{Report: name, Date: date})
		}
	}
	return keys
}

func lacksSomebody(status run.Status) bool {
	return status.HasFiles() && status.WithData < status.Customers
}

// nightsOfCustomer is what the published runs know about the customer. The error is of
// a log that can't be read.
func (a *API) nightsOfCustomer(ctx context.Context, runs []run.Status, logs *customerLogs) (nights []customerNight, err error) {
	for _, status := range runs {
		if status.HasFiles() {
			nights = append(nights, a.nightOfCustomer(ctx, status, logs.found[status.Key()]))
		}
		if lacksSomebody(status) {
			err = cmp.Or(err, logs.found[status.Key()].err)
		}
	}
	return nights, err
}

// nightOfCustomer is what a published run knows about the customer.
func (a *API) nightOfCustomer(ctx context.Context, status run.Status, found *foundLine) customerNight {
	night := customerNight{run: status, class: withData}
	switch {
	case !lacksSomebody(status):
	case found.err != nil:
		night.class = unknown
		if ctx.Err() == nil {
			a.Log.LogAttrs(ctx, slog.LevelError, "the error log cannot be read", slog.Any("", status.Key()), slog.String("error", found.err.Error()))
		}
	case found.logged:
		night.class, night.line = found.line.Failure.Class, found.line
	}
	return night
}
