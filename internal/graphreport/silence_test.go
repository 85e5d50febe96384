package graphreport_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/graphreport"
	"tenantrollup/internal/msapi"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// silent answers every report with half of it, then nothing until the request ends.
type silent struct{ downloads int }

func (s *silent) RoundTrip(req *http.Request) (*http.Response, error) {
	resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: req}
	if req.Host == "graph.microsoft.com" {
		resp.StatusCode, resp.Body = http.StatusFound, http.NoBody
		resp.Header.Set("Location", address)
		return resp, nil
	}
	s.downloads++
	r, w := io.Pipe()
	context.AfterFunc(req.Context(), func() { w.CloseWithError(req.Context().Err()) })
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(strings.NewReader(csv[:20]), r), r}
	return resp, nil
}

func fetchSilent(ctx context.Context, t *testing.T, s *silent, into *sink) error {
	t.Helper()
	call, err := report.Parse("getMailboxUsageDetail(period='D7')")
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: s}
	graph := msapi.NewClient("graph.microsoft.com", client, tokens{})
	return graphreport.New(graph, client, []string{".office.com"}).Fetch(ctx, run.Customer{}, call, "2026-11-24", into)
}

func TestSilence(t *testing.T) {
	t.Run("a body that falls silent is asked for anew, three times in all", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, into, began := &silent{}, &sink{}, time.Now()
			f := wantFailure(t, fetchSilent(t.Context(), t, s, into), run.MalformedReport)
			if !strings.Contains(f.Message, "nothing arrived for 30 seconds") || s.downloads != 3 || into.resets != 2 {
				t.Errorf("%d downloads, %d resets, %+v", s.downloads, into.resets, f)
			}
			if waited := time.Since(began); waited != 90*time.Second {
				t.Errorf("waited %v", waited)
			}
		})
	})
	t.Run("a fetch that is given up ends with its context, not with a failure", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			over := errors.New("budget is over")
			ctx, cancel := context.WithTimeoutCause(t.Context(), 5*time.Second, over)
			defer cancel()
			s := &silent{}
			err := fetchSilent(ctx, t, s, &sink{})
			if _, failed := errors.AsType[*run.Failure](err); failed || !errors.Is(err, over) || s.downloads != 1 {
				t.Errorf("got %v after %d downloads", err, s.downloads)
			}
		})
	})
}
