package msapi_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/msapi/msapitest"
	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
)

const tenant = "11111111-1111-1111-1111-111111111111"

func newClient(answers ...msapitest.Answer) (*msapi.Client, *msapitest.Service) {
	s := &msapitest.Service{Answers: answers}
	return msapi.NewClient("graph.microsoft.com", &http.Client{Transport: s}, &msapitest.Tokens{}), s
}

func retryAfter(value string) http.Header { return http.Header{"Retry-After": {value}} }

func TestGet(t *testing.T) {
	date := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	tests := []struct {
		rule    string
		answers func() []msapitest.Answer
		calls   int
		waited  time.Duration // at least; retries without Retry-After wait under 6 s in all
		class   run.Class     // empty: success
		check   func(*run.Failure) bool
	}{
		{"returns a good answer", func() []msapitest.Answer { return []msapitest.Answer{{Status: 200}} }, 1, 0, "", nil},
		{"returns a redirect unfollowed", func() []msapitest.Answer {
			return []msapitest.Answer{{Status: 302, Header: http.Header{"Location": {"https://reports.office.com/x"}}}}
		}, 1, 0, "", nil},
		{"waits as many seconds as Retry-After says", func() []msapitest.Answer {
			return []msapitest.Answer{{Status: 429, Header: retryAfter("20")}, {Status: 200}}
		}, 2, 20 * time.Second, "", nil},
		{"waits until the date that Retry-After says", func() []msapitest.Answer {
			return []msapitest.Answer{{Status: 503, Header: retryAfter(date(25 * time.Second))}, {Status: 200}}
		}, 2, 25 * time.Second, "", nil},
		{"a longer wait comes back at once, with its length", func() []msapitest.Answer {
			return []msapitest.Answer{{Status: 429, Header: retryAfter("600")}}
		}, 1, 0, run.Throttled, func(f *run.Failure) bool { return f.Transient && f.RetryAfter == 10*time.Minute }},
		{"a longer wait until a date comes back too", func() []msapitest.Answer {
			return []msapitest.Answer{{Status: 429, Header: retryAfter(date(10 * time.Minute))}}
		}, 1, 0, run.Throttled, func(f *run.Failure) bool { return f.Transient && f.RetryAfter == 10*time.Minute }},
		{"throttling that says little is left alone for thirty seconds", func() []msapitest.Answer {
			return []msapitest.Answer{{Status: 429, Header: retryAfter("1")}}
		}, 4, 3 * time.Second, run.Throttled, func(f *run.Failure) bool { return f.Transient && f.RetryAfter == 30*time.Second }},
		{"one 500 is retried", func() []msapitest.Answer { return []msapitest.Answer{{Status: 500}, {Status: 200}} }, 2, 0, "", nil},
		{"an endless 500 ends soon, and may be retried later", func() []msapitest.Answer { return []msapitest.Answer{{Status: 500}} },
			4, 0, run.ServiceFault, func(f *run.Failure) bool { return f.Transient }},
		{"a reset connection is retried", func() []msapitest.Answer {
			return []msapitest.Answer{{Err: errors.New("connection reset by peer")}, {Status: 200}}
		}, 2, 0, "", nil},
		{"a connection that is always reset is the service's fault", func() []msapitest.Answer {
			return []msapitest.Answer{{Err: errors.New("connection reset by peer")}}
		}, 4, 0, run.ServiceFault, func(f *run.Failure) bool {
			return f.Transient && strings.Contains(f.Message, "connection reset by peer") && !strings.Contains(f.Message, "/v1.0")
		}},
		{"a token refused once is renewed", func() []msapitest.Answer { return []msapitest.Answer{{Status: 401}, {Status: 200}} }, 2, 0, "", nil},
		{"a token refused twice is a failure", func() []msapitest.Answer { return []msapitest.Answer{{Status: 401}} }, 2, 0, run.ServiceFault,
			func(f *run.Failure) bool { return !f.Transient }},
		{"a refusal is not retried", func() []msapitest.Answer { return []msapitest.Answer{{Status: 403}} }, 1, 0, run.ConsentMissing,
			func(f *run.Failure) bool { return strings.Contains(f.Remedy, "https://login/"+tenant+"/consent") }},
		{"304 is not an answer", func() []msapitest.Answer { return []msapitest.Answer{{Status: 304}} }, 1, 0, run.ServiceFault, nil},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				client, s := newClient(tt.answers()...)
				resp, err := client.Get(t.Context(), tenant, "/v1.0/x")
				if err == nil {
					resp.Body.Close()
				}
				if len(s.Calls) != tt.calls {
					t.Errorf("%d calls, want %d", len(s.Calls), tt.calls)
				}
				if waited := time.Since(start); waited < tt.waited || waited > tt.waited+6*time.Second {
					t.Errorf("waited %v, want about %v", waited, tt.waited)
				}
				if tt.class == "" {
					if err != nil {
						t.Fatal(err)
					}
					return
				}
				if f := runtest.WantFailure(t, err, tt.class); tt.check != nil && !tt.check(f) {
					t.Errorf("got %+v", f)
				}
			})
		})
	}
}

func TestGetSendsTheTokenAndItsName(t *testing.T) {
	client, s := newClient(msapitest.Answer{Status: 401}, msapitest.Answer{Status: 200})
	resp, err := client.Get(t.Context(), tenant, "/v1.0/reports/getMailboxUsageDetail(period='D7')")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	for i, want := range []string{"Bearer token-0", "Bearer token-1"} {
		if got := s.Calls[i].Header.Get("Authorization"); got != want {
			t.Errorf("call %d: Authorization %q, want %q", i, got, want)
		}
	}
	if got := s.Calls[0].Header.Get("User-Agent"); got != "tenant-rollup" {
		t.Errorf("User-Agent %q", got)
	}
	if got := s.Calls[0].URL.String(); got != "https://graph.microsoft.com/v1.0/reports/getMailboxUsageDetail(period='D7')" {
		t.Errorf("address %s", got)
	}
}

func TestGetEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := errors.New("budget is over")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 5*time.Second, over)
		defer cancel()
		client, _ := newClient(msapitest.Answer{Status: 429, Header: retryAfter("20")})
		_, err := client.Get(ctx, tenant, "/v1.0/x")
		if _, failed := errors.AsType[*run.Failure](err); failed || !errors.Is(err, over) {
			t.Errorf("got %v, want the context's own cause", err)
		}
	})
}

func TestAnEchoedTokenIsNotShown(t *testing.T) {
	client, _ := newClient(msapitest.Answer{Status: 400, Body: `{"error":{"code":"BadRequest","message":"bad token token-0"}}`})
	_, err := client.Get(t.Context(), tenant, "/v1.0/x")
	if f := runtest.WantFailure(t, err, run.ServiceFault); strings.Contains(f.Error(), "token-0") {
		t.Errorf("token in %q", f.Error())
	}
}

func TestGetJSON(t *testing.T) {
	tests := []struct {
		rule   string
		answer msapitest.Answer
		class  run.Class
		passes bool
	}{
		{"decodes the answer", msapitest.Answer{Status: 200, Body: `{"a":1}`}, "", false},
		{"HTML is the service's fault", msapitest.Answer{Status: 200, Body: `<html>`}, run.ServiceFault, false},
		{"so is JSON of another type", msapitest.Answer{Status: 200, Body: `{"a":"1"}`}, run.ServiceFault, false},
		{"JSON that breaks off may be whole the next time", msapitest.Answer{Status: 200, Body: `{"a":1`}, run.ServiceFault, true},
		{"and so may an answer without a byte", msapitest.Answer{Status: 200}, run.ServiceFault, true},
		{"a redirect is the service's fault", msapitest.Answer{Status: 302}, run.ServiceFault, false},
		{"an endless answer is refused", msapitest.Answer{Status: 200, Body: strings.Repeat(" ", 2<<20+1)}, run.ServiceFault, false},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			client, _ := newClient(tt.answer)
			var into struct{ A int }
			err := client.GetJSON(t.Context(), tenant, "/v1.0/x", &into)
			if tt.class != "" {
				if f := runtest.WantFailure(t, err, tt.class); f.Transient != tt.passes {
					t.Errorf("got %+v", f)
				}
			} else if err != nil || into.A != 1 {
				t.Errorf("got %v, %v", into, err)
			}
		})
	}
}
