package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/run"
	"tenantrollup/internal/web"
)

// runs is a store with one run, or one that fails.
type runs struct{ err error }

var known = run.Key{Report: "mailbox-activity", Date: "2026-11-24"}

func (r runs) Record(_ context.Context, key run.Key) (run.Record, error) {
	if r.err != nil {
		return run.Record{}, r.err
	}
	if key != known {
		return run.Record{}, fmt.Errorf("run %s: %w", key, run.ErrNoRun)
	}
	return run.Record{Report: key.Report, Date: key.Date, State: run.StatePublished, Customers: 3, WithData: 3}, nil
}

// requests takes every request, or fails as it is told.
type requests struct {
	judgement, failure error
	queued             []string
}

func (r *requests) Judge(context.Context, run.Key, run.Scope) error { return r.judgement }

func (r *requests) Request(_ context.Context, key run.Key, scope run.Scope) error {
	r.queued = append(r.queued, key.String()+" "+string(scope))
	return r.failure
}

// ask sends one request.
func ask(t *testing.T, method, path, body string, stored runs, r *requests) (status int, answer string) {
	t.Helper()
	api := &web.API{
		Reports: []web.Report{{Name: "mailbox-activity", AsOfNow: true}, {Name: "details"}, {Name: "access", OnDemand: true}},
		Runs:    stored, Requests: r,
		Today: "2026-11-24", Log: slog.New(slog.DiscardHandler),
	}
	recorder := httptest.NewRecorder()
	api.ServeHTTP(recorder, httptest.NewRequest(method, path, strings.NewReader(body)))
	if !json.Valid(recorder.Body.Bytes()) || recorder.Header().Get("Content-Type") != "application/json" {
		t.Errorf("answer is no JSON: %q", recorder.Body)
	}
	return recorder.Code, recorder.Body.String()
}

func TestRerun(t *testing.T) {
	for _, c := range []struct {
		rule, body string
		queued     []string
	}{
		{"{} asks for every report of today", `{}`, []string{"mailbox-activity/2026-11-24 all", "details/2026-11-24 all"}},
		{"a report that is made on demand is asked for by name", `{"reports":["access"]}`, []string{"access/2026-11-24 all"}},
		{"one report, of an earlier date", `{"reports":["details"],"date":"2026-11-20","scope":"all"}`, []string{"details/2026-11-20 all"}},
		{"a report named twice is queued once", `{"reports":["details","details"]}`, []string{"details/2026-11-24 all"}},
		{"the failed of three days ago", `{"date":"2026-11-21","scope":"failed"}`, []string{"mailbox-activity/2026-11-21 failed", "details/2026-11-21 failed"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			var r requests
			status, answer := ask(t, http.MethodPost, "/api/runs", c.body, runs{}, &r)
			if status != http.StatusAccepted || !slices.Equal(r.queued, c.queued) {
				t.Errorf("answered %d %s, queued %q", status, answer, r.queued)
			}
			for _, asked := range c.queued {
				key, _, _ := strings.Cut(asked, " ")
				if !strings.Contains(answer, `"status_url":"/api/runs/`+key+`"`) {
					t.Errorf("answer %s does not say where %s is told of", answer, key)
				}
			}
		})
	}
	for _, c := range []struct{ rule, body, answer string }{
		{"one refusal refuses all", `{"reports":["details","nothing"]}`, `reports: \"nothing\" is none of REPORTS; accepted: mailbox-activity, details, access`},
		{"no reports are not all reports", `{"reports":[]}`, "reports: empty"},
		{"a scope that is not known", `{"scope":"missing"}`, `scope: \"missing\"; accepted: all, failed`},
		{"a wrong type", `{"date":7}`, "body: "},
		{"something behind the object", `{}{}`, "something follows the object"},
		{"no object", `[]`, "accepted: an object"},
		{"white space is no body", " \n", `"code":"body-missing"`},
		{"one report that tells the present refuses a past date for all", `{"date":"2026-11-20"}`, `"code":"as-of-now"`},
		{"the failed of four days ago, where the report tells the present", `{"date":"2026-11-20","scope":"failed"}`, `"code":"as-of-now"`},
	} {
		t.Run(c.rule, func(t *testing.T) {
			var r requests
			status, answer := ask(t, http.MethodPost, "/api/runs", c.body, runs{}, &r)
			if status != http.StatusBadRequest || !strings.Contains(answer, c.answer) || len(r.queued) > 0 {
				t.Errorf("answered %d %s, queued %q", status, answer, r.queued)
			}
		})
	}
	for _, c := range []struct {
		rule   string
		r      requests
		status int
		answer string
		queued int
	}{
		{"nothing published: refused before any is queued", requests{judgement: run.ErrNotPublished}, http.StatusNotFound, `"code":"not-published"`, 0},
		{"busy: joined all the same", requests{judgement: run.ErrBusy, failure: run.ErrBusy}, http.StatusConflict, `"code":"busy"`, 2},
		{"storage that fails is not told to the caller", requests{failure: errors.New("account contosoreports is locked")}, http.StatusServiceUnavailable, `"code":"storage"`, 2},
	} {
		t.Run(c.rule, func(t *testing.T) {
			status, answer := ask(t, http.MethodPost, "/api/runs", `{}`, runs{}, &c.r)
			if status != c.status || !strings.Contains(answer, c.answer) || len(c.r.queued) != c.queued || strings.Contains(answer, "contosoreports") {
				t.Errorf("answered %d %s, queued %q", status, answer, c.r.queued)
			}
		})
	}
}

func TestShow(t *testing.T) {
	for _, c := range []struct {
		rule, path string
		status     int
		answer     string
	}{
		{"a run", "/api/runs/mailbox-activity/2026-11-24", http.StatusOK, `"state":"published"`},
		{"a run that is not there", "/api/runs/mailbox-activity/2026-11-23", http.StatusNotFound, `"code":"not-found"`},
		{"no date", "/api/runs/mailbox-activity/yesterday", http.StatusBadRequest, `date \"yesterday\"`},
		{"no report's name", "/api/runs/%3Cb%3E/2026-11-24", http.StatusBadRequest, `"code":"bad-request"`},
		{"another path", "/api/other", http.StatusNotFound, "there is nothing at /api/other"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if status, answer := ask(t, http.MethodGet, c.path, "", runs{}, nil); status != c.status || !strings.Contains(answer, c.answer) {
				t.Errorf("answered %d %s", status, answer)
			}
		})
	}
}

func TestShowFailure(t *testing.T) {
	status, answer := ask(t, http.MethodGet, "/api/runs/mailbox-activity/2026-11-24", "", runs{errors.New("account contosoreports is locked")}, nil)
	if status != http.StatusServiceUnavailable || strings.Contains(answer, "contosoreports") {
		t.Errorf("answered %d %s", status, answer)
	}
}
