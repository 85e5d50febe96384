package web

import (
	"context"
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

// queuedBody answers a request for runs.
type queuedBody struct {
	Runs []queuedRun `json:"runs"`
	// Unmatched are the named customers that are not without data in any of the
	// runs.
	Unmatched []string `json:"unmatched,omitempty"`
}

func (q queuedRun) key() run.Key { return run.Key{Report: q.Report, Date: q.Date} }

// rerun takes a request for runs. All runs are judged before any is written, and
// one refusal refuses all; but a busy run is joined nevertheless.
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
	keys, err := a.keys(r.Context(), wanted)
	if err != nil {
		return err
	}
	keys, unmatched, err := a.judgeAll(r.Context(), keys, wanted)
	if err != nil {
		return err
	}
	return a.queue(w, r, keys, wanted, unmatched)
}

// judgeAll returns the runs that are left to be requested, and which of the
// customers named are not without data in any of them. If only some customers are
// asked, a run in which none of them is without data is skipped.
func (a *API) judgeAll(ctx context.Context, keys []run.Key, wanted rerunRequest) (left []run.Key, unmatched []string, err error) {
	unmatched = slices.Clone(wanted.asked.Customers)
	for _, key := range keys {
		named, err := a.judge(ctx, key, wanted)
		if errors.Is(err, run.ErrNoMatch) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		left = append(left, key)
		unmatched = slices.DeleteFunc(unmatched, func(name string) bool { return slices.Contains(named, name) })
	}
	if len(left) == 0 {
		return nil, nil, noMatch(wanted)
	}
	return left, unmatched, nil
}

// judge returns why a request is refused, or nil, and which of the customers
// named are without data.
func (a *API) judge(ctx context.Context, key run.Key, wanted rerunRequest) (named []string, err error) {
	switch {
	case wanted.accept.given:
		return nil, about("accept", a.Requests.JudgeAccept(ctx, key, wanted.accept.turn))
	case wanted.asked.Everybody():
		err = a.Requests.Judge(ctx, key, wanted.scope)
	default:
		named, err = a.Requests.JudgeSome(ctx, key, wanted.asked)
	}
	switch {
	case errors.Is(err, run.ErrNotPublished):
		return nil, notPublished("scope", err.Error()+"; ask with scope all")
	case errors.Is(err, run.ErrNoMatch):
		return nil, err
	case err != nil && !errors.Is(err, run.ErrBusy):
		return nil, about("scope", err)
	}
	return named, nil
}

func (a *API) request(ctx context.Context, key run.Key, wanted rerunRequest) error {
	if wanted.accept.given {
		return about("accept", a.Requests.Accept(ctx, key, wanted.accept.turn))
	}
	if !wanted.asked.Everybody() {
		return about("customers", a.Requests.RequestSome(ctx, key, wanted.asked))
	}
	return about("scope", a.Requests.Request(ctx, key, wanted.scope))
}

func (a *API) queue(w http.ResponseWriter, r *http.Request, keys []run.Key, wanted rerunRequest, unmatched []string) error {
	var requested []queuedRun
	var failure error
	isBusy := false
	for _, key := range keys {
		err := a.request(r.Context(), key, wanted)
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
		return failure
	case isBusy:
		return busy(requested)
	case prefersPage(r):
		writePage(w, r, http.StatusAccepted, queuedTemplate, queuedLinks(linksOf(r), keys))
	default:
		answer(w, http.StatusAccepted, queuedBody{requested, unmatched})
	}
	return nil
}

// keys returns the runs that are wanted: of today and of every report if the
// request does not say.
func (a *API) keys(ctx context.Context, wanted rerunRequest) ([]run.Key, error) {
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
		if err := a.checkRerun(ctx, key, wanted); err != nil {
			return nil, err
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

// checkRerun returns why a run cannot be requested, or nil. An unfinished run may
// be asked for again, and a held one accepted, whatever its date.
func (a *API) checkRerun(ctx context.Context, key run.Key, wanted rerunRequest) error {
	if refused := a.checkKey(key); refused != nil {
		return refused
	}
	refused := a.checkNew(key, wanted.scope)
	if refused == nil || wanted.accept.given {
		return nil
	}
	switch status, err := a.Runs.Status(ctx, key); {
	case err != nil && !errors.Is(err, run.ErrNoRun):
		return err
	case err == nil && unfinished(status):
		return nil
	}
	return refused
}

// Refuses returns why a run cannot be asked for in that scope, as a request for it
// would be told, or nil.
func (a *API) Refuses(ctx context.Context, key run.Key, scope run.Scope) error {
	return a.checkRerun(ctx, key, rerunRequest{scope: scope})
}

// unfinished reports whether a request joins the run. A stopped rerun of the failed
// customers is replaced, as if it were published.
func unfinished(status run.Status) bool {
	return status.Progress != nil && !(status.Rerun && status.State == run.StateStopped)
}

// checkKey returns why there can be no run of that report and date, or nil.
func (a *API) checkKey(key run.Key) *refusal {
	if _, ok := a.report(key.Report); !ok {
		return badRequest("reports", "%q is not in REPORTS; accepted: %s", key.Report, a.names())
	}
	if key.Date > a.Today {
		return badRequest("date", "%s is in the future; today is %s (UTC)", key.Date, a.Today)
	}
	return nil
}

// checkNew returns why a new run of that date would not get what it asks for, or
// nil.
func (a *API) checkNew(key run.Key, scope run.Scope) *refusal {
	known, _ := a.report(key.Report)
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

func (a *API) names() string { return strings.Join(a.namesWith(nil), ", ") }

// namesWith names the reports that can be requested, and then the others.
func (a *API) namesWith(others []string) []string {
	var names []string
	for _, r := range a.Reports {
		names = append(names, r.Name)
	}
	for _, name := range others {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
