package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// queuedRun is a run that was requested.
type queuedRun struct {
	Report    string      `json:"report"`
	Date      report.Date `json:"date"`
	StatusURL string      `json:"status_url"`
	// Busy: the run was not queued, because a rerun of its failed customers is
	// under way.
	Busy bool `json:"busy,omitempty"`
}

func (q queuedRun) key() run.Key { return run.Key{Report: q.Report, Date: q.Date} }

// rerun takes a request for runs. All runs are judged before any is written, and
// one refusal refuses all; but a run that is busy is joined all the same.
func (a *API) rerun(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	body, err := readBody(r)
	if err != nil {
		return err
	}
	wanted, err := parseRerun(body)
	if err != nil {
		return err
	}
	keys, err := a.keys(wanted)
	if err != nil {
		return err
	}
	for _, key := range keys {
		switch err := a.Requests.Judge(r.Context(), key, wanted.scope); {
		case errors.Is(err, run.ErrNotPublished):
			return notPublished("scope", err.Error()+"; ask with scope all")
		case err != nil && !errors.Is(err, run.ErrBusy):
			return about("scope", err)
		}
	}
	return a.queue(w, r, keys, wanted.scope)
}

func (a *API) queue(w http.ResponseWriter, r *http.Request, keys []run.Key, scope run.Scope) error {
	var requested []queuedRun
	var failure error
	isBusy := false
	for _, key := range keys {
		err := a.Requests.Request(r.Context(), key, scope)
		q := queuedRun{Report: key.Report, Date: key.Date, StatusURL: statusURL(key), Busy: errors.Is(err, run.ErrBusy)}
		if q.Busy {
			isBusy = true
		} else {
			failure = errors.Join(failure, err)
		}
		requested = append(requested, q)
	}
	switch {
	case failure != nil:
		return about("scope", failure)
	case isBusy:
		return busy(requested)
	case prefersPage(r):
		writePage(w, r, http.StatusAccepted, queuedTemplate, queuedLinks(linksOf(r), keys))
	default:
		answer(w, http.StatusAccepted, map[string]any{"runs": requested})
	}
	return nil
}

// keys returns the runs that are wanted: of today and of every report, where the
// request does not say.
func (a *API) keys(wanted rerunRequest) ([]run.Key, error) {
	date, names := wanted.date, wanted.reports
	if date == "" {
		date = a.Today
	}
	if names == nil {
		for _, known := range a.Reports {
			if !known.OnDemand {
				names = append(names, known.Name)
			}
		}
	}
	if len(names) == 0 {
		return nil, badRequest("reports", "the list is empty; accepted: any of %s, or leave it out for all of REPORTS", a.names())
	}
	var keys []run.Key
	for _, name := range names {
		key := run.Key{Report: name, Date: date}
		if refused := a.checkRerun(key, wanted.scope); refused != nil {
			return nil, refused
		}
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// mixedDays is for how many days the failed customers of a report of the present
// can be asked again; after that, the dates in its file would be too far apart.
const mixedDays = 3

// checkRerun returns why a run cannot be requested, or nil.
func (a *API) checkRerun(key run.Key, scope run.Scope) *refusal {
	known, ok := a.report(key.Report)
	if !ok {
		return badRequest("reports", "%q is not in REPORTS; accepted: %s", key.Report, a.names())
	}
	if key.Date > a.Today {
		return badRequest("date", "%s is in the future; today is %s (UTC)", key.Date, a.Today)
	}
	if known.AsOfNow && key.Date < a.Today {
		if scope == run.ScopeAll {
			return asOfNow("%s shows the present, so it cannot be run again for %s; ask for %s", known.Name, key.Date, a.Today)
		}
		if key.Date.AddDays(mixedDays) < a.Today {
			return asOfNow("%s shows the present; its failed customers can be asked again for %d days, and %s is longer ago", known.Name, mixedDays, key.Date)
		}
	}
	if known.AnswerableOn != nil {
		if err := known.AnswerableOn(key.Date); err != nil {
			return badRequest("date", "%s cannot be run for %s: %v", known.Name, key.Date, err)
		}
	}
	return nil
}

func (a *API) report(name string) (Report, bool) {
	i := slices.IndexFunc(a.Reports, func(r Report) bool { return r.Name == name })
	if i < 0 {
		return Report{}, false
	}
	return a.Reports[i], true
}

func (a *API) names() string {
	names := make([]string, len(a.Reports))
	for i, r := range a.Reports {
		names[i] = r.Name
	}
	return strings.Join(names, ", ")
}
