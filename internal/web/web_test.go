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

// ask sends one request and returns the answer and the runs it queued.
func ask(t *testing.T, method, path, body string, storage error) (status int, answer string, queued []string) {
	t.Helper()
	api := &web.API{
		Reports: []web.Report{{Name: "mailbox-activity", AsOfNow: true}, {Name: "details"}},
		Runs:    runs{storage},
		Request: func(_ context.Context, key run.Key) error {
			queued = append(queued, key.String())
			return storage
		},
		Today: "2026-11-24", Log: slog.New(slog.DiscardHandler),
	}
	recorder := httptest.NewRecorder()
	api.ServeHTTP(recorder, httptest.NewRequest(method, path, strings.NewReader(body)))
	if !json.Valid(recorder.Body.Bytes()) || recorder.Header().Get("Content-Type") != "application/json" {
		t.Errorf("answer is no JSON: %q", recorder.Body)
	}
	return recorder.Code, recorder.Body.String(), queued
}

func TestRerun(t *testing.T) {
	for _, c := range []struct {
		rule, body string
		queued     []string
	}{
		{"{} asks for every report of today", `{}`, []string{"mailbox-activity/2026-11-24", "details/2026-11-24"}},
		{"one report, of an earlier date", `{"reports":["details"],"date":"2026-11-20","scope":"all"}`, []string{"details/2026-11-20"}},
		{"a report named twice is queued once", `{"reports":["details","details"]}`, []string{"details/2026-11-24"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			status, answer, queued := ask(t, http.MethodPost, "/api/runs", c.body, nil)
			if status != http.StatusAccepted || !slices.Equal(queued, c.queued) {
				t.Errorf("answered %d %s, queued %q", status, answer, queued)
			}
			for _, key := range c.queued {
				if !strings.Contains(answer, `"status_url":"/api/runs/`+key+`"`) {
					t.Errorf("answer %s does not say where %s is told of", answer, key)
				}
			}
		})
	}
	for _, c := range []struct{ rule, body, answer string }{
		{"one refusal refuses all", `{"reports":["details","nothing"]}`, `reports: \"nothing\" is none of REPORTS; accepted: mailbox-activity, details`},
		{"no reports are not all reports", `{"reports":[]}`, "reports: empty"},
		{"a scope that is not known", `{"scope":"some"}`, `scope: \"some\"; accepted: all`},
		{"a wrong type", `{"date":7}`, "body: "},
		{"something behind the object", `{}{}`, "something follows the object"},
		{"no object", `[]`, "accepted: an object"},
		{"white space is no body", " \n", `"code":"body-missing"`},
		{"one report that tells the present refuses a past date for all", `{"date":"2026-11-20"}`, `"code":"as-of-now"`},
	} {
		t.Run(c.rule, func(t *testing.T) {
			status, answer, queued := ask(t, http.MethodPost, "/api/runs", c.body, nil)
			if status != http.StatusBadRequest || !strings.Contains(answer, c.answer) || len(queued) > 0 {
				t.Errorf("answered %d %s, queued %q", status, answer, queued)
			}
		})
	}
	t.Run("storage that fails is not told to the caller", func(t *testing.T) {
		status, answer, _ := ask(t, http.MethodPost, "/api/runs", `{}`, errors.New("account contosoreports is locked"))
		if status != http.StatusServiceUnavailable || strings.Contains(answer, "contosoreports") {
			t.Errorf("answered %d %s", status, answer)
		}
	})
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
			if status, answer, _ := ask(t, http.MethodGet, c.path, "", nil); status != c.status || !strings.Contains(answer, c.answer) {
				t.Errorf("answered %d %s", status, answer)
			}
		})
	}
}
