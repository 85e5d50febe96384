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
