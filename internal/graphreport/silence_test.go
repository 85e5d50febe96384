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

	"go.uber.org/goleak"

	"tenantrollup/internal/graphreport"
	"tenantrollup/internal/msapi"
	"tenantrollup/internal/msapi/msapitest"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
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

func fetchSilent(ctx context.Context, t *testing.T, s http.RoundTripper, into *msapitest.Sink) error {
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
	t.Run("a body that falls silent is requested again, three times in all", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, into, began := &silent{}, &msapitest.Sink{}, time.Now()
			f := runtest.WantFailure(t, fetchSilent(t.Context(), t, s, into), run.MalformedReport)
			if !strings.Contains(f.Message, "nothing arrived for 30 seconds") || s.downloads != 3 || into.Resets != 2 {
				t.Errorf("%d downloads, %d resets, %+v", s.downloads, into.Resets, f)
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
			err := fetchSilent(ctx, t, s, &msapitest.Sink{})
			if _, failed := errors.AsType[*run.Failure](err); failed || !errors.Is(err, over) || s.downloads != 1 {
				t.Errorf("got %v after %d downloads", err, s.downloads)
			}
		})
	})
}

// dripping answers every report with a byte a second, for an hour.
type dripping struct{}

func (dripping) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := new(silent).RoundTrip(req)
	if resp.StatusCode != http.StatusOK {
		return resp, err
	}
	r, w := io.Pipe()
	go func() {
		for range 3600 {
			select {
			case <-time.After(time.Second):
				w.Write([]byte("x"))
			case <-req.Context().Done():
				w.CloseWithError(req.Context().Err())
				return
			}
		}
		w.Close()
	}()
	resp.Body = r
	return resp, err
}

func TestADripIsNotSilence(t *testing.T) {
	t.Run("it continues until the customer's time is up, and then ends at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			over := errors.New("the customer's time is over")
			ctx, cancel := context.WithTimeoutCause(t.Context(), 5*time.Minute, over)
			defer cancel()
			into, began := &msapitest.Sink{}, time.Now()
			err := fetchSilent(ctx, t, dripping{}, into)
			if !errors.Is(err, over) || time.Since(began) != 5*time.Minute || into.Resets != 0 || into.Len() < 298 {
				t.Errorf("got %v after %v, %d bytes, %d resets", err, time.Since(began), into.Len(), into.Resets)
			}
		})
	})
	t.Run("so it does over a real connection, and nothing is left of it", func(t *testing.T) {
		before := goleak.IgnoreCurrent()
		srv := msapitest.Serve(t, &microsoft{graph: redirect(address), reports: func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				io.WriteString(w, "x")
				http.NewResponseController(w).Flush()
				time.Sleep(5 * time.Millisecond)
			}
		}})
		client := realHost(srv)
		ctx, cancel := context.WithCancel(t.Context())
		var cancelled time.Time
		time.AfterFunc(100*time.Millisecond, func() {
			cancelled = time.Now()
			cancel()
		})
		into := &msapitest.Sink{}
		err := fetchSilent(ctx, t, client.Transport, into)
		if !errors.Is(err, context.Canceled) || into.Len() == 0 || time.Since(cancelled) > time.Second {
			t.Errorf("got %v, %d bytes, %v after it was given up", err, into.Len(), time.Since(cancelled))
		}
		client.CloseIdleConnections()
		srv.Close()
		goleak.VerifyNone(t, before)
	})
}
