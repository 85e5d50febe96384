package web

import (
	"context"
	"log/slog"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

const (
	nightsBack = 30              // looked at for since when a customer has no data
	lookTime   = 3 * time.Second // for all of them
)

// unbroken are customers, by tenant id, and the first of the nights in a row in
// which each had no data.
type unbroken struct {
	since map[string]report.Date
	open  map[string]bool // those whose row may begin earlier still
}

// tellSince says of each listed customer since which night it has no data.
func (a *API) tellSince(ctx context.Context, key run.Key, groups []*group) {
	rows := unbroken{map[string]report.Date{}, map[string]bool{}}
	for _, g := range groups {
		for _, c := range g.Customers {
			if g.Class != run.Excluded {
				rows.since[c.Customer.TenantID], rows.open[c.Customer.TenantID] = key.Date, true
			}
		}
	}
	if err := a.lookBack(ctx, key, rows); err != nil {
		a.Log.LogAttrs(ctx, slog.LevelWarn, "the error logs of earlier nights can't be read", slog.String("report", key.Report),
			slog.String("date", string(key.Date)), slog.String("error", err.Error()))
	}
	for _, g := range groups {
		for _, c := range g.Customers {
			if since, asked := rows.since[c.Customer.TenantID]; asked {
				c.Since = sinceWords(since, key.Date, rows.open[c.Customer.TenantID])
			}
		}
	}
}

func sinceWords(since, date report.Date, open bool) string {
	switch {
	case open:
		return "since " + shortDay(since) + " or earlier"
	case since == date:
		return "new"
	}
	return "since " + shortDay(since)
}

// lookBack reads the error logs of the nights before, the newest first, until
// nobody is left or the time is over. Of a log it keeps the ids of those whose
// row it goes on with.
func (a *API) lookBack(ctx context.Context, key run.Key, rows unbroken) error {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	if len(rows.open) == 0 {
		return nil
	}
	records, err := a.Runs.List(ctx, key.Report, key.Date.AddDays(-nightsBack), key.Date.AddDays(-1))
	if err != nil {
		return err
	}
	for _, record := range records {
		if len(rows.open) == 0 {
			return nil
		}
		if record.Finished.IsZero() {
			continue // it never published: nobody knows of that night
		}
		found := map[string]bool{}
		for line, err := range a.Runs.ErrorLog(ctx, run.Key{Report: record.Report, Date: record.Date}) {
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				return err
			}
			if rows.open[line.Customer.TenantID] && line.Failure.Class != run.Excluded {
				found[line.Customer.TenantID] = true
			}
		}
		for id := range rows.open {
			if found[id] {
				rows.since[id] = record.Date
			} else {
				delete(rows.open, id)
			}
		}
	}
	return nil
}
