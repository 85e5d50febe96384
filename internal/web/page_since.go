package web

import (
	"context"
	"log/slog"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

const (
	nightsBack = 30              // how far to look for the night since which a customer has no data
	lookTime   = 3 * time.Second // for all customers together
)

// streaks are the unbroken rows of nights without data that end with the night
// of a page, by the customers' tenant ids.
type streaks struct {
	since map[string]report.Date // the first night of each
	open  map[string]bool        // those that may have begun earlier still
}

// tellSince says of each listed customer since which night it has had no data.
func (a *API) tellSince(ctx context.Context, key run.Key, groups []*group) {
	s := streaks{map[string]report.Date{}, map[string]bool{}}
	for _, g := range groups {
		for _, c := range g.Customers {
			if g.Class != run.Excluded {
				s.since[c.Customer.TenantID], s.open[c.Customer.TenantID] = key.Date, true
			}
		}
	}
	if err := a.lookBack(ctx, key, s); err != nil {
		a.Log.LogAttrs(ctx, slog.LevelWarn, "the error logs of earlier nights cannot be read", slog.Any("", key), slog.String("error", err.Error()))
	}
	for _, g := range groups {
		for _, c := range g.Customers {
			if since, ok := s.since[c.Customer.TenantID]; ok {
				c.Since = sinceWords(since, key.Date, s.open[c.Customer.TenantID])
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

// lookBack follows the streaks through the error logs of earlier nights, newest
// first, until none is open or the time is over. Of each log it keeps only the
// ids of customers whose streak continues.
func (a *API) lookBack(ctx context.Context, key run.Key, s streaks) error {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	if len(s.open) == 0 {
		return nil
	}
	runs, err := a.Runs.List(ctx, key.Report, key.Date.AddDays(-nightsBack), key.Date.AddDays(-1))
	if err != nil {
		return err
	}
	for _, earlier := range runs {
		if len(s.open) == 0 {
			return nil
		}
		if !earlier.HasFiles() {
			continue // nothing is known about that night
		}
		found := map[string]bool{}
		for line, err := range a.Runs.ErrorLog(ctx, earlier.Key()) {
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				return err
			}
			if s.open[line.Customer.TenantID] && line.Failure.Class != run.Excluded {
				found[line.Customer.TenantID] = true
			}
		}
		for id := range s.open {
			if found[id] {
				s.since[id] = earlier.Date
			} else {
				delete(s.open, id)
			}
		}
	}
	return nil
}
