package web_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/web"
)

// silentRuns never answer.
type silentRuns struct{ runs }

func (silentRuns) Status(ctx context.Context, _ run.Key) (run.Status, error) {
	<-ctx.Done()
	return run.Status{}, ctx.Err()
}

func (silentRuns) List(ctx context.Context, _ []string, _, _ report.Date) ([]run.Status, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestNoAnswerTakesLongerThanTwentySeconds(t *testing.T) {
	for _, target := range []string{"/api/runs", "/api/runs/details/2026-11-24"} {
		t.Run(target, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start, w := time.Now(), httptest.NewRecorder()
				api := &web.API{Runs: silentRuns{}, Today: "2026-11-24", Log: slog.New(slog.DiscardHandler)}
				api.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil))
				if waited := time.Since(start); w.Code != http.StatusServiceUnavailable || waited != 20*time.Second {
					t.Errorf("answered %d after %v", w.Code, waited)
				}
			})
		})
	}
}

func TestEarlierLogsAreWaitedForWhileTheyCount(t *testing.T) {
	published, queued := nightOf("details", "2026-11-24", run.StatePublished, 1), nightOf("details", "2026-11-24", run.StateQueued, 0)
	for _, c := range []struct {
		rule, target string
		known        []run.Status
		want         time.Duration
	}{
		{"for three seconds on the page of a run", "/details/2026-11-24", []run.Status{published, nightOf("details", "2026-11-22", run.StatePublished, 1)}, 3 * time.Second},
		{"not at all if the run has published nothing", "/details/2026-11-24", []run.Status{queued}, 0},
		{"not at all if there is no such run", "/details/2026-11-24", nil, 0},
		{"for three seconds on the page of a customer", "?by=customer&customer=" + tenant('1'), []run.Status{published, nightOf("details", "2026-11-22", run.StatePublished, 1)}, 3 * time.Second},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				known := runs{known: c.known, slow: "2026-11-22", logs: map[string][]run.Line{"details/2026-11-24": {noData('1', run.ServiceFault, "Adatum", "Wait.")}}}
				api := &web.API{Reports: []web.Report{{Name: "details"}}, Runs: known, Today: "2026-11-24", Log: slog.New(slog.DiscardHandler)}
				request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/runs"+c.target, nil)
				request.Header.Set("Accept", browser)
				start := time.Now()
				api.ServeHTTP(httptest.NewRecorder(), request)
				if waited := time.Since(start); waited != c.want {
					t.Errorf("answered after %v, want %v", waited, c.want)
				}
			})
		})
	}
}
