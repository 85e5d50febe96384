package msapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/msapi/msapitest"
	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
)

func TestHowLongToWait(t *testing.T) {
	at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	type header = map[string]string
	tests := []struct {
		rule   string
		header func() header
		waited time.Duration
	}{
		{"seconds", func() header { return header{"Retry-After": "20"} }, 20 * time.Second},
		{"a date", func() header { return header{"Retry-After": at(20 * time.Second)} }, 20 * time.Second},
		{"a date of a clock that is ahead of ours", func() header {
			return header{"Retry-After": at(3*time.Hour + 20*time.Second), "Date": at(3 * time.Hour)}
		}, 20 * time.Second},
		{"a date of a clock that is behind ours", func() header {
			return header{"Retry-After": at(20*time.Second - 3*time.Hour), "Date": at(-3 * time.Hour)}
		}, 20 * time.Second},
		{"a reset of a clock that is ahead of ours", func() header {
			return header{"Rate-Limit-Reset": time.Now().Add(3*time.Hour + 20*time.Second).UTC().Format(time.RFC3339), "Date": at(3 * time.Hour)}
		}, 20 * time.Second},
		{"milliseconds don't count next to Retry-After", func() header {
			return header{"Retry-After": "20", "Retry-After-Ms": "1", "X-Ms-Retry-After-Ms": "1"}
		}, 20 * time.Second},
		{"endless milliseconds don't count", func() header { return header{"Retry-After-Ms": "9223372036854775807"} }, 0},
		{"years don't count", func() header { return header{"Retry-After": "99999999"} }, 0},
		{"nor does what does not fit a duration", func() header { return header{"Retry-After": "9223372036854775807"} }, 0},
		{"nor what does not fit a number", func() header { return header{"Retry-After": strings.Repeat("9", 1000)} }, 0},
		{"nor a negative number", func() header { return header{"Retry-After": "-5"} }, 0},
		{"nor a word", func() header { return header{"Retry-After": "soon"} }, 0},
		{"nor a date in the past", func() header { return header{"Retry-After": at(-time.Minute)} }, 0},
		{"nor a date years ahead", func() header { return header{"Retry-After": at(10_000 * time.Hour)} }, 0},
		{"nor a date of a clock that has stopped", func() header {
			return header{"Retry-After": at(20 * time.Second), "Date": "Mon, 01 Jan 0001 00:00:00 GMT"}
		}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := http.Header{}
				for name, value := range tt.header() {
					h.Set(name, value)
				}
				client, s := newClient(msapitest.Answer{Status: 429, Header: h}, msapitest.Answer{Status: 200})
				began := time.Now()
				resp, err := client.Get(t.Context(), tenant, "/v1.0/x")
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				if waited := time.Since(began); len(s.Calls) != 2 || waited < tt.waited || waited > tt.waited+time.Second {
					t.Errorf("%d calls, waited %v, want %v", len(s.Calls), waited, tt.waited)
				}
			})
		})
	}
}

func TestRateLimitReset(t *testing.T) {
	at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format("2006-01-02T15:04:05.000Z") }
	tests := []struct {
		rule   string
		header func() http.Header
		waited time.Duration
	}{
		{"is waited for", func() http.Header { return http.Header{"Rate-Limit-Reset": {at(20 * time.Second)}} }, 20 * time.Second},
		{"counts as seconds, too", func() http.Header { return http.Header{"Rate-Limit-Reset": {"20"}} }, 20 * time.Second},
		{"counts if no calls are left", func() http.Header {
			return http.Header{"Rate-Limit-Reset": {at(20 * time.Second)}, "Rate-Limit-Remaining": {"0"}}
		}, 20 * time.Second},
		{"but not if calls are left", func() http.Header {
			return http.Header{"Rate-Limit-Reset": {at(20 * time.Second)}, "Rate-Limit-Remaining": {"7"}}
		}, 0},
		{"nor against Retry-After", func() http.Header {
			return http.Header{"Rate-Limit-Reset": {at(20 * time.Second)}, "Retry-After": {"3"}}
		}, 3 * time.Second},
		{"nor if it is past", func() http.Header { return http.Header{"Rate-Limit-Reset": {at(-time.Minute)}} }, 0},
		{"nor if it is years ahead", func() http.Header { return http.Header{"Rate-Limit-Reset": {"2099-01-01T00:00:00Z"}} }, 0},
		{"nor if it is not a time", func() http.Header { return http.Header{"Rate-Limit-Reset": {"soon"}} }, 0},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				client, s := newClient(msapitest.Answer{Status: 429, Header: tt.header()}, msapitest.Answer{Status: 200})
				_, err := client.Get(t.Context(), tenant, "/v1.0/x")
				if waited := time.Since(began); err != nil || len(s.Calls) != 2 || waited < tt.waited || waited > tt.waited+2*time.Second {
					t.Errorf("waited %v for %d calls, %v", waited, len(s.Calls), err)
				}
			})
		})
	}
	t.Run("a long one comes back with its length", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			client, s := newClient(msapitest.Answer{Status: 429, Header: http.Header{"Rate-Limit-Reset": {at(10 * time.Minute)}}})
			_, err := client.Get(t.Context(), tenant, "/v1.0/x")
			if f := runtest.WantFailure(t, err, run.Throttled); !f.Transient || f.RetryAfter != 10*time.Minute || len(s.Calls) != 1 {
				t.Errorf("%d calls, %+v", len(s.Calls), f)
			}
		})
	})
}

func TestAHeaderWithoutEnd(t *testing.T) {
	var calls atomic.Int32
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		w.Header().Set("X-Long", strings.Repeat("x", 100<<10))
	}))
	defer srv.Close()
	client := msapi.NewClient("graph.microsoft.com", realHost(srv, true), &msapitest.Tokens{})
	_, err := client.Get(t.Context(), tenant, "/v1.0/x")
	f := runtest.WantFailure(t, err, run.ServiceFault)
	if f.Transient || calls.Load() != 1 || !strings.Contains(f.Message, "its header has more than 64 KiB") {
		t.Errorf("%d calls, got %+v", calls.Load(), f)
	}
}
