package msapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/run"
)

const tenant = "11111111-1111-1111-1111-111111111111"

// service answers calls in order, the last answer again and again.
type service struct {
	answers []answer
	calls   []*http.Request
	bodies  []string
}

type answer struct {
	status int
	header http.Header
	body   string
	err    error
}

func (s *service) RoundTrip(req *http.Request) (*http.Response, error) {
	a := s.answers[min(len(s.calls), len(s.answers)-1)]
	s.calls = append(s.calls, req)
	if req.Body != nil {
		sent, _ := io.ReadAll(req.Body)
		s.bodies = append(s.bodies, string(sent))
	}
	if a.err != nil {
		return nil, a.err
	}
	if a.header == nil {
		a.header = http.Header{}
	}
	return &http.Response{StatusCode: a.status, Header: a.header, Body: io.NopCloser(strings.NewReader(a.body)), Request: req}, nil
}

// tokens counts: t-0, and after a Forget t-1 and so on.
type tokens struct{ forgotten int }

func (s *tokens) Token(context.Context, string, string) (string, error) {
	return fmt.Sprint("t-", s.forgotten), nil
}
func (s *tokens) Forget(string, string, string) { s.forgotten++ }
func (s *tokens) ConsentURL(id string) string   { return "https://login/" + id + "/consent" }

func newClient(answers ...answer) (*msapi.Client, *service) {
	s := &service{answers: answers}
	return msapi.NewClient("graph.microsoft.com", &http.Client{Transport: s}, &tokens{}), s
}

func retryAfter(value string) http.Header { return http.Header{"Retry-After": {value}} }

func wantFailure(t *testing.T, err error, class run.Class) *run.Failure {
	t.Helper()
	f, ok := errors.AsType[*run.Failure](err)
	if !ok {
		t.Fatalf("got error %v, want a *run.Failure", err)
	}
	if f.Class != class {
		t.Fatalf("class %s (%s), want %s", f.Class, f.Message, class)
	}
	return f
}

func TestGet(t *testing.T) {
	date := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	tests := []struct {
		rule    string
		answers func() []answer
		calls   int
		waited  time.Duration // at least; retries without Retry-After wait under 6 s in all
		class   run.Class     // empty: success
		check   func(*run.Failure) bool
	}{
		{"returns a good answer", func() []answer { return []answer{{status: 200}} }, 1, 0, "", nil},
		{"returns a redirect unfollowed", func() []answer {
			return []answer{{status: 302, header: http.Header{"Location": {"https://reports.office.com/x"}}}}
		}, 1, 0, "", nil},
		{"waits the seconds that Retry-After says", func() []answer {
			return []answer{{status: 429, header: retryAfter("20")}, {status: 200}}
		}, 2, 20 * time.Second, "", nil},
		{"waits until the date that Retry-After says", func() []answer {
			return []answer{{status: 503, header: retryAfter(date(25 * time.Second))}, {status: 200}}
		}, 2, 25 * time.Second, "", nil},
		{"a longer wait comes back at once, with its length", func() []answer {
			return []answer{{status: 429, header: retryAfter("600")}}
		}, 1, 0, run.Throttled, func(f *run.Failure) bool { return f.Transient && f.RetryAfter == 10*time.Minute }},
		{"a longer wait until a date comes back too", func() []answer {
			return []answer{{status: 429, header: retryAfter(date(10 * time.Minute))}}
		}, 1, 0, run.Throttled, func(f *run.Failure) bool { return f.Transient && f.RetryAfter == 10*time.Minute }},
		{"throttling that says little is left alone for thirty seconds", func() []answer {
			return []answer{{status: 429, header: retryAfter("1")}}
		}, 4, 3 * time.Second, run.Throttled, func(f *run.Failure) bool { return f.Transient && f.RetryAfter == 30*time.Second }},
		{"one 500 is retried", func() []answer { return []answer{{status: 500}, {status: 200}} }, 2, 0, "", nil},
		{"500 for ever ends soon, and may be tried later", func() []answer { return []answer{{status: 500}} },
			4, 0, run.ServiceFault, func(f *run.Failure) bool { return f.Transient }},
		{"a reset connection is retried", func() []answer {
			return []answer{{err: errors.New("connection reset by peer")}, {status: 200}}
		}, 2, 0, "", nil},
		{"a connection always reset is the service's fault", func() []answer {
			return []answer{{err: errors.New("connection reset by peer")}}
		}, 4, 0, run.ServiceFault, func(f *run.Failure) bool {
			return f.Transient && strings.Contains(f.Message, "connection reset by peer") && !strings.Contains(f.Message, "/v1.0")
		}},
		{"a token refused once is renewed", func() []answer { return []answer{{status: 401}, {status: 200}} }, 2, 0, "", nil},
		{"a token refused twice is a failure", func() []answer { return []answer{{status: 401}} }, 2, 0, run.ServiceFault,
			func(f *run.Failure) bool { return !f.Transient }},
		{"a refusal is not retried", func() []answer { return []answer{{status: 403}} }, 1, 0, run.ConsentMissing,
			func(f *run.Failure) bool { return strings.Contains(f.Remedy, "https://login/"+tenant+"/consent") }},
		{"304 is no answer", func() []answer { return []answer{{status: 304}} }, 1, 0, run.ServiceFault, nil},
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
				if len(s.calls) != tt.calls {
					t.Errorf("%d calls, want %d", len(s.calls), tt.calls)
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
				if f := wantFailure(t, err, tt.class); tt.check != nil && !tt.check(f) {
					t.Errorf("got %+v", f)
				}
			})
		})
	}
}

func TestGetSendsTheTokenAndItsName(t *testing.T) {
	client, s := newClient(answer{status: 401}, answer{status: 200})
	resp, err := client.Get(t.Context(), tenant, "/v1.0/reports/getMailboxUsageDetail(period='D7')")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	for i, want := range []string{"Bearer t-0", "Bearer t-1"} {
		if got := s.calls[i].Header.Get("Authorization"); got != want {
			t.Errorf("call %d: Authorization %q, want %q", i, got, want)
		}
	}
	if got := s.calls[0].Header.Get("User-Agent"); got != "tenant-rollup" {
		t.Errorf("User-Agent %q", got)
	}
	if got := s.calls[0].URL.String(); got != "https://graph.microsoft.com/v1.0/reports/getMailboxUsageDetail(period='D7')" {
		t.Errorf("address %s", got)
	}
}

func TestGetEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := errors.New("budget is over")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 5*time.Second, over)
		defer cancel()
		client, _ := newClient(answer{status: 429, header: retryAfter("20")})
		_, err := client.Get(ctx, tenant, "/v1.0/x")
		if _, failed := errors.AsType[*run.Failure](err); failed || !errors.Is(err, over) {
			t.Errorf("got %v, want the context's own cause", err)
		}
	})
}

func TestAnEchoedTokenIsNotShown(t *testing.T) {
	client, _ := newClient(answer{status: 400, body: `{"error":{"code":"BadRequest","message":"bad token t-0"}}`})
	_, err := client.Get(t.Context(), tenant, "/v1.0/x")
	if f := wantFailure(t, err, run.ServiceFault); strings.Contains(f.Error(), "t-0") {
		t.Errorf("token in %q", f.Error())
	}
}

func TestGetJSON(t *testing.T) {
	tests := []struct {
		rule   string
		answer answer
		class  run.Class
	}{
		{"decodes the answer", answer{status: 200, body: `{"a":1}`}, ""},
		{"HTML is the service's fault", answer{status: 200, body: `<html>`}, run.ServiceFault},
		{"a redirect is the service's fault", answer{status: 302}, run.ServiceFault},
		{"an endless answer is refused", answer{status: 200, body: strings.Repeat(" ", 2<<20+1)}, run.ServiceFault},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			client, _ := newClient(tt.answer)
			var into struct{ A int }
			err := client.GetJSON(t.Context(), tenant, "/v1.0/x", &into)
			if tt.class != "" {
				wantFailure(t, err, tt.class)
			} else if err != nil || into.A != 1 {
				t.Errorf("got %v, %v", into, err)
			}
		})
	}
}
