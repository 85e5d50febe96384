package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tenantrollup/internal/run"
)

// bodyLimit is far more than any request needs, in bytes.
const bodyLimit = 64 << 10

// order is the body of POST /api/runs. All of it is optional but the braces.
type order struct {
	date    string
	reports []string
	scope   run.Scope
}

// queued is one run that was asked for.
type queued struct {
	Report    string `json:"report"`
	Date      string `json:"date"`
	StatusURL string `json:"status_url"`
	// Busy says that the run was not queued: a rerun of its failed customers is
	// under way.
	Busy bool `json:"busy,omitempty"`
}

func (a *API) rerun(w http.ResponseWriter, r *http.Request) {
	if _, err := query(r); err != nil {
		refuse(w, r, http.StatusBadRequest, "bad-request", err.Error())
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyLimit))
	if err != nil {
		refuse(w, r, http.StatusBadRequest, "bad-request", "the body could not be read: "+err.Error())
		return
	}
	if prefersPage(r) {
		body = formBody(body)
	}
	if len(bytes.TrimSpace(body)) == 0 {
		refuse(w, r, http.StatusBadRequest, "body-missing",
			"no body arrived; send {} to rerun every report for today, and a Content-Length with it")
		return
	}
	keys, scope, code, err := a.read(body)
	if err != nil {
		refuse(w, r, http.StatusBadRequest, code, err.Error())
		return
	}
	// All are judged before any is written: one refusal refuses all. Busy is
	// none: a run that is under way is joined all the same.
	for _, key := range keys {
		switch err := a.Requests.Judge(r.Context(), key, scope); {
		case err == nil, errors.Is(err, run.ErrBusy):
		case errors.Is(err, run.ErrNotPublished):
			refuse(w, r, http.StatusNotFound, "not-published", "scope: "+err.Error()+"; ask with scope all")
			return
		default:
			a.fault(w, r, "scope", err)
			return
		}
	}
	a.queue(w, r, keys, scope)
}

// formBody turns what a page's form sends where no script runs into what the API
// takes. What is no form stays as it is, to be refused.
func formBody(body []byte) []byte {
	values, err := url.ParseQuery(string(body))
	if err != nil || len(body) == 0 || json.Valid(body) {
		return body
	}
	fields := map[string]any{}
	for name, given := range values {
		fields[name] = given[0]
		if name == "reports" {
			fields[name] = given
		}
	}
	object, err := json.Marshal(fields)
	if err != nil {
		panic(err) // text marshals
	}
	return object
}

// queue asks for the runs. Where some are busy it says so of these, and that
// the others are queued.
func (a *API) queue(w http.ResponseWriter, r *http.Request, keys []run.Key, scope run.Scope) {
	var runs []queued
	var busy []string
	var failure error
	for _, key := range keys {
		err := a.Requests.Request(r.Context(), key, scope)
		isBusy := errors.Is(err, run.ErrBusy)
		if isBusy {
			busy = append(busy, key.String())
		} else {
			failure = errors.Join(failure, err)
		}
		runs = append(runs, queued{key.Report, string(key.Date), statusURL(key), isBusy})
	}
	if failure != nil {
		a.fault(w, r, "scope", failure)
		return
	}
	if len(busy) == 0 && prefersPage(r) {
		show(w, r, http.StatusAccepted, askedPage, asked(linksOf(r), keys))
		return
	}
	if len(busy) == 0 {
		answer(w, http.StatusAccepted, map[string]any{"runs": runs})
		return
	}
	message := "scope: " + run.ErrBusy.Error() + " for " + strings.Join(busy, ", ") + "; ask again when it is published"
	if len(busy) < len(runs) {
		message += "; the other runs are queued"
	}
	if prefersPage(r) {
		refuse(w, r, http.StatusConflict, "busy", message)
		return
	}
	answer(w, http.StatusConflict, struct {
		refusal
		Runs []queued `json:"runs"`
	}{refused("busy", message), runs})
}

// wasAsked is a run on the page that says it was asked for.
type wasAsked struct {
	run.Key
	Link string
}

func asked(links links, keys []run.Key) []wasAsked {
	var all []wasAsked
	for _, key := range keys {
		all = append(all, wasAsked{key, links.to(statusURL(key))})
	}
	return all
}

// read turns a request's body into the runs it asks for.
func (a *API) read(body []byte) (keys []run.Key, scope run.Scope, code string, err error) {
	o, err := parseOrder(body)
	if err != nil {
		return nil, "", "bad-request", err
	}
	if o.date == "" {
		o.date = a.Today
	}
	if o.reports == nil {
		for _, report := range a.Reports {
			if !report.OnDemand {
				o.reports = append(o.reports, report.Name)
			}
		}
	}
	if len(o.reports) == 0 {
		return nil, "", "bad-request", fmt.Errorf("reports: empty; accepted: any of %s, or leave it out for all of REPORTS", a.names())
	}
	for _, name := range o.reports {
		key, code, err := a.readReport(name, o.date, o.scope)
		if err != nil {
			return nil, "", code, err
		}
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys, o.scope, "", nil
}

// parseOrder reads the body. encoding/json alone would take null for a field
// that is not there, and a name in any case.
func parseOrder(body []byte) (order, error) {
	o := order{scope: run.ScopeAll}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		return order{}, errors.New("body: it is not one JSON object; accepted: an object with date, reports and scope, all optional")
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		var into any
		want := "text"
		switch name {
		case "date":
			into = &o.date
		case "reports":
			into, want = &o.reports, "a list of names"
		case "scope":
			into = &o.scope
		default:
			return order{}, fmt.Errorf("body: unknown field %q; accepted: date, reports, scope", name)
		}
		if string(fields[name]) == "null" || json.Unmarshal(fields[name], into) != nil {
			return order{}, fmt.Errorf("%s: want %s, or leave it out", name, want)
		}
	}
	if _, given := fields["date"]; given && o.date == "" {
		return order{}, errors.New("date: empty; want a day such as 2026-11-24, or leave it out for today")
	}
	if o.scope != run.ScopeAll && o.scope != run.ScopeFailed {
		return order{}, fmt.Errorf("scope: %q; accepted: all, failed", o.scope)
	}
	return o, nil
}

// mixedDays is for how many days the failed customers of a report that tells
// the present may be asked again: beyond, the file would mix too far dates.
const mixedDays = 3

func (a *API) readReport(name, date string, scope run.Scope) (run.Key, string, error) {
	i := slices.IndexFunc(a.Reports, func(r Report) bool { return r.Name == name })
	if i < 0 {
		return run.Key{}, "bad-request", fmt.Errorf("reports: %q is none of REPORTS; accepted: %s", name, a.names())
	}
	key, err := run.ParseKey(name, date)
	if err != nil {
		return run.Key{}, "bad-request", err
	}
	if date > a.Today {
		return run.Key{}, "bad-request", fmt.Errorf("date: %s is in the future; today is %s (UTC)", date, a.Today)
	}
	if a.Reports[i].AsOfNow && date < a.Today {
		if scope == run.ScopeAll {
			return run.Key{}, "as-of-now", fmt.Errorf("date: %s tells the present, so %s can't be made again; ask for %s", name, date, a.Today)
		}
		if string(key.Date.AddDays(mixedDays)) < a.Today {
			return run.Key{}, "as-of-now", fmt.Errorf("date: %s tells the present; its failed customers can be asked again for %d days, and %s is longer ago", name, mixedDays, date)
		}
	}
	if answerable := a.Reports[i].AnswerableOn; answerable != nil {
		if err := answerable(key.Date); err != nil {
			return run.Key{}, "bad-request", fmt.Errorf("date: %s of %s can't be made: %w", name, date, err)
		}
	}
	return key, "", nil
}

func (a *API) names() string {
	names := make([]string, len(a.Reports))
	for i, r := range a.Reports {
		names[i] = r.Name
	}
	return strings.Join(names, ", ")
}
