package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"tenantrollup/internal/run"
)

// bodyLimit is far more than any request needs, in bytes.
const bodyLimit = 64 << 10

// order is the body of POST /api/runs. All of it is optional but the braces.
type order struct {
	Date    string    `json:"date"`
	Reports []string  `json:"reports"`
	Scope   run.Scope `json:"scope"`
}

// queued is one run that was asked for.
type queued struct {
	Report    string `json:"report"`
	Date      string `json:"date"`
	StatusURL string `json:"status_url"`
}

func (a *API) rerun(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyLimit))
	if err != nil {
		refuse(w, http.StatusBadRequest, "bad-request", "the body could not be read: "+err.Error())
		return
	}
	if len(bytes.TrimSpace(body)) == 0 {
		refuse(w, http.StatusBadRequest, "body-missing",
			"no body arrived; send {} to rerun every report for today, and a Content-Length with it")
		return
	}
	keys, scope, code, err := a.read(body)
	if err != nil {
		refuse(w, http.StatusBadRequest, code, err.Error())
		return
	}
	// All are judged before any is written: one refusal refuses all. Busy is
	// none: a run that is under way is joined all the same.
	for _, key := range keys {
		if err := a.Requests.Judge(r.Context(), key, scope); err != nil && !errors.Is(err, run.ErrBusy) {
			a.fault(w, r, err)
			return
		}
	}
	var runs []queued
	var failed error
	for _, key := range keys {
		failed = errors.Join(failed, a.Requests.Request(r.Context(), key, scope))
		runs = append(runs, queued{key.Report, string(key.Date), "/api/runs/" + key.String()})
	}
	if failed != nil {
		a.fault(w, r, failed)
		return
	}
	answer(w, http.StatusAccepted, map[string]any{"runs": runs})
}

// read turns a request's body into the runs it asks for.
func (a *API) read(body []byte) (keys []run.Key, scope run.Scope, code string, err error) {
	o := order{Scope: run.ScopeAll}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&o); err != nil {
		return nil, "", "bad-request", fmt.Errorf("body: %s; accepted: an object with date, reports and scope, all optional",
			strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, "", "bad-request", errors.New("body: something follows the object; send one object alone")
	}
	if o.Scope != run.ScopeAll && o.Scope != run.ScopeFailed {
		return nil, "", "bad-request", fmt.Errorf("scope: %q; accepted: all, failed", o.Scope)
	}
	if o.Date == "" {
		o.Date = a.Today
	}
	if o.Reports == nil {
		for _, report := range a.Reports {
			if !report.OnDemand {
				o.Reports = append(o.Reports, report.Name)
			}
		}
	}
	if len(o.Reports) == 0 {
		return nil, "", "bad-request", fmt.Errorf("reports: empty; accepted: any of %s, or leave it out for all of REPORTS", a.names())
	}
	for _, name := range o.Reports {
		key, code, err := a.readReport(name, o.Date, o.Scope)
		if err != nil {
			return nil, "", code, err
		}
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys, o.Scope, "", nil
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
	return key, "", nil
}

func (a *API) names() string {
	names := make([]string, len(a.Reports))
	for i, r := range a.Reports {
		names[i] = r.Name
	}
	return strings.Join(names, ", ")
}
