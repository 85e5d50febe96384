package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// shownRun is a run as JSON answers show it.
type shownRun struct {
	run.Status
	StatusURL string `json:"status_url"`
}

func (a *API) list(w http.ResponseWriter, r *http.Request) error {
	f, err := a.filter(r)
	switch {
	case err != nil:
		return err
	case f.customer != "":
		return a.customer(w, r, f)
	case f.byCustomer:
		return a.customers(w, r, f)
	case prefersPage(r):
		return a.showNights(w, r, f)
	}
	runs, err := a.runsOf(r.Context(), f, f.reports(), f.from)
	if err != nil {
		return err
	}
	shown := []shownRun{}
	for _, status := range runs {
		a.logUnreadable(r, status)
		if f.state == "" || f.state == status.State {
			shown = append(shown, shownRun{status, statusURL(status.Key())})
		}
	}
	answer(w, http.StatusOK, map[string]any{"runs": shown})
	return nil
}

// runsOf returns the runs of these reports from a day on, newest first. If there are
// none of the report that is wanted, there has to be such a report.
func (a *API) runsOf(ctx context.Context, f filter, names []string, from report.Date) ([]run.Status, error) {
	runs, err := a.Runs.List(ctx, names, from, f.to)
	if err != nil {
		return nil, about("report", err)
	}
	if len(runs) == 0 && f.report != "" {
		return nil, a.unknown(ctx, f.report)
	}
	return runs, nil
}

// unknown returns the refusal of a report that is not in REPORTS and has no runs, or
// nil. It asks storage once, and only about a report that is not in REPORTS.
func (a *API) unknown(ctx context.Context, name string) error {
	if _, known := a.report(name); known {
		return nil
	}
	others, err := a.Runs.Reports(ctx)
	if err != nil || slices.Contains(others, name) {
		return err
	}
	return notFound("report", fmt.Sprintf("%q is not in REPORTS and has no runs; there are %s", name, strings.Join(a.namesWith(others), ", ")))
}

// noRun returns why a run is not there: its report is unknown, or what was said about it.
func (a *API) noRun(ctx context.Context, name string, err error) error {
	if errors.Is(err, run.ErrNoRun) {
		if unknown := a.unknown(ctx, name); unknown != nil {
			return unknown
		}
	}
	return about("date", err)
}

// showNights shows the page of one report, or of all.
func (a *API) showNights(w http.ResponseWriter, r *http.Request, f filter) error {
	runs, err := a.runsOf(r.Context(), f, f.reports(), runsFrom(f.from))
	if err != nil {
		return err
	}
	if f.report != "" {
		a.showReport(w, r, f, runs)
		return nil
	}
	a.morning(w, r, f, runs)
	return nil
}

func (a *API) show(w http.ResponseWriter, r *http.Request, name, date string) error {
	if prefersPage(r) {
		return a.showRun(w, r, name, date)
	}
	key, err := a.key(r, name, date)
	if err != nil {
		return err
	}
	status, err := a.Runs.Status(r.Context(), key)
	if err != nil {
		return a.noRun(r.Context(), key.Report, err)
	}
	a.logUnreadable(r, status)
	answer(w, http.StatusOK, shownRun{status, statusURL(key)})
	return nil
}

func (a *API) logUnreadable(r *http.Request, status run.Status) {
	if status.State == run.StateUnreadable {
		a.Log.LogAttrs(r.Context(), slog.LevelWarn, "a run's record cannot be read", slog.Any("", status.Key()), slog.String("error", status.Reason))
	}
}

// key reads which run the path names. The query may have the accepted
// parameters.
func (a *API) key(r *http.Request, name, date string, accepted ...string) (run.Key, error) {
	if _, err := query(r, accepted...); err != nil {
		return run.Key{}, err
	}
	if date == "latest" {
		return a.latest(r, name)
	}
	if err := report.ValidName(name); err != nil {
		return run.Key{}, badRequest("", "%v", err)
	}
	day, err := report.ParseDate(date)
	if err != nil {
		return run.Key{}, badRequest("", "%v, or latest", err)
	}
	return run.Key{Report: name, Date: day}, nil
}

func (a *API) latest(r *http.Request, name string) (run.Key, error) {
	if err := report.ValidName(name); err != nil {
		return run.Key{}, badRequest("", "%v", err)
	}
	key, err := a.Runs.Latest(r.Context(), name)
	if errors.Is(err, run.ErrNoRun) {
		return run.Key{}, cmp.Or(a.unknown(r.Context(), name), error(notFound("report", name+" has not run yet")))
	}
	return key, about("date", err)
}
