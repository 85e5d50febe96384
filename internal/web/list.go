package web

import (
	"errors"
	"log/slog"
	"net/http"

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
	runs, err := a.Runs.List(r.Context(), f.reports(), f.from, f.to)
	if err != nil {
		return about("report", err)
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

// showNights shows the page of one report, or of all.
func (a *API) showNights(w http.ResponseWriter, r *http.Request, f filter) error {
	runs, err := a.Runs.List(r.Context(), f.reports(), runsFrom(f.from), f.to)
	if err != nil {
		return about("report", err)
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
		return about("date", err)
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
	key, err := run.ParseKey(name, date)
	if err != nil {
		return run.Key{}, badRequest("", "%v", err)
	}
	return key, nil
}

func (a *API) latest(r *http.Request, name string) (run.Key, error) {
	if err := report.ValidName(name); err != nil {
		return run.Key{}, badRequest("", "%v", err)
	}
	key, err := a.Runs.Latest(r.Context(), name)
	if errors.Is(err, run.ErrNoRun) {
		return run.Key{}, about("report", err)
	}
	return key, about("date", err)
}
