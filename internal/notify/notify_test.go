package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/notify"
	"tenantrollup/internal/run"
)

var key = run.Key{Report: "mailbox-activity", Date: "2026-11-24"}

func checkpoint(state run.State) run.Checkpoint {
	at := time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)
	cp := run.Checkpoint{
		Run: "00000024", Turn: "0001-00000000", State: state, Scope: run.ScopeMissing, Call: "getMailboxUsageMailboxCounts(period='D7')",
		Slices: 1, Customers: 5, Started: at, Updated: at.Add(time.Minute),
		Counts: run.Counts{
			WithData: 2, NoData: 1, Failed: 2, Rows: 70, Refreshed: run.Span{Oldest: "2026-11-21", Newest: "2026-11-22"},
			Classes: run.Classes{run.NoData: 1, run.ConsentMissing: 2, run.WarnCredentialExpiring: 1, run.WarnStaleData: 2},
		},
	}
	switch state {
	case run.StateStopped:
		cp.Reason = "The partner's secret has expired. What to do: renew it."
	case run.StateHeld:
		cp.Turn = "0002-ffffffff"
		cp.Reason = "Only 3 of 9 customers answered; on 2026-11-23 it was 9 of 9. What to do: publish it as it is, or rerun all customers. Its rows are kept until 2026-12-01 01:01 UTC."
	}
	return cp
}

// receiver is a transport that gives these answers, one after another.
type receiver struct {
	answers []func(*http.Request) (*http.Response, error)
	bodies  []string
	times   []time.Time
}

func (r *receiver) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	r.bodies, r.times = append(r.bodies, string(body)), append(r.times, time.Now())
	return r.answers[min(len(r.bodies), len(r.answers))-1](request)
}

func status(code int, header ...string) func(*http.Request) (*http.Response, error) {
	return func(request *http.Request) (*http.Response, error) {
		recorder := httptest.NewRecorder()
		for i := 0; i < len(header); i += 2 {
			recorder.Header().Set(header[i], header[i+1])
		}
		recorder.WriteHeader(code)
		answer := recorder.Result()
		answer.Request = request
		return answer, nil
	}
}

func failing(err error) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

func silent(request *http.Request) (*http.Response, error) {
	<-request.Context().Done()
	return nil, request.Context().Err()
}

const (
	plain = "https://hooks.contoso.example/hunter2?sig=hunter2"
	teams = "https://default1234.56.environment.api.powerplatform.com:443/powerautomate/workflows/hunter2/triggers/manual/paths/invoke?sig=hunter2"
)

// send notifies, and returns what was logged.
func send(ctx context.Context, address string, transport http.RoundTripper, runs notify.Runs, cp run.Checkpoint) (logged string) {
	var log strings.Builder
	webhook := notify.New(address, &http.Client{Transport: transport}, runs, slog.New(slog.NewTextHandler(&log, nil)))
	webhook.Notify(ctx, key, cp)
	return log.String()
}

func TestCalls(t *testing.T) {
	type answers = []func(*http.Request) (*http.Response, error)
	for _, c := range []struct {
		rule    string
		answers answers
		after   []time.Duration // of each call, since the beginning
		logged  string
	}{
		{"once if it is accepted", answers{status(202)}, []time.Duration{0}, "msg=notified"},
		{"again if the failure is temporary", answers{status(500), failing(errors.New("connection reset")), status(200)}, []time.Duration{0, time.Second, 3 * time.Second}, "msg=notified"},
		{"three times at most", answers{status(503)}, []time.Duration{0, time.Second, 3 * time.Second}, "it answered 503"},
		{"after the seconds that the receiver asks for", answers{status(429, "Retry-After", "7"), status(200)}, []time.Duration{0, 7 * time.Second}, "msg=notified"},
		{"after the date that the receiver asks for", answers{status(429, "Retry-After", "Sat, 01 Jan 2000 00:00:09 GMT"), status(200)}, []time.Duration{0, 9 * time.Second}, "msg=notified"},
		{"not again if the receiver asks for more time than there is", answers{status(429, "Retry-After", "99999999999999")}, []time.Duration{0}, "it answered 429; no time is left"},
		{"five seconds each if nothing answers", answers{silent}, []time.Duration{0, 6 * time.Second, 13 * time.Second}, "deadline exceeded"},
		{"not again if the address is wrong", answers{status(404)}, []time.Duration{0}, "it answered 404; check whether NOTIFY_WEBHOOK_URL is still right"},
		{"without following redirects", answers{status(302, "Location", "https://fabrikam.example/")}, []time.Duration{0}, "it answered 302"},
		{"without looking at one that does not parse", answers{status(302, "Location", plain+"%zz")}, []time.Duration{0}, "it answered 302"},
		{"without quoting words that contain its address", answers{failing(errors.New("malformed header: " + plain)), status(200)}, []time.Duration{0, time.Second}, "msg=notified"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &receiver{answers: c.answers}
				start := time.Now()
				logged := send(t.Context(), plain, r, none{}, checkpoint(run.StateStopped))
				var after []time.Duration
				for _, at := range r.times {
					after = append(after, at.Sub(start))
				}
				if len(after) != len(c.after) {
					t.Fatalf("called after %v, want %v", after, c.after)
				}
				for i := range after {
					if after[i] != c.after[i] || r.bodies[i] != r.bodies[0] {
						t.Errorf("call %d came after %s, want %s, with the same body", i+1, after[i], c.after[i])
					}
				}
				if !strings.Contains(logged, c.logged) || strings.Contains(logged, "hunter2") {
					t.Errorf("logged %s", logged)
				}
				if spent := time.Since(start); spent > 20*time.Second {
					t.Errorf("it took %s", spent)
				}
			})
		})
	}

	t.Run("even when the run's time is up", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		r := &receiver{answers: answers{status(200)}}
		if logged := send(ctx, plain, r, none{}, checkpoint(run.StateStopped)); len(r.bodies) != 1 {
			t.Errorf("%d calls, logged %s", len(r.bodies), logged)
		}
	})

	t.Run("never at an address that is not https", func(t *testing.T) {
		for _, address := range []string{"http://contoso.example/hunter2", "https://contoso.example/\x7fhunter2", ":hunter2"} {
			r := &receiver{answers: answers{status(200)}}
			if logged := send(t.Context(), address, r, none{}, checkpoint(run.StateStopped)); len(r.bodies) > 0 || strings.Contains(logged, "hunter2") {
				t.Errorf("%q: %d calls, logged %s", address, len(r.bodies), logged)
			}
		}
	})
}

func TestPost(t *testing.T) {
	var calls atomic.Int64
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		if r.Method != http.MethodPost || r.URL.Path != "/hunter2" || r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Authorization") != "" {
			w.WriteHeader(http.StatusTeapot)
		}
	}))
	defer server.Close()

	if logged := send(t.Context(), server.URL+"/hunter2", server.Client().Transport, none{}, checkpoint(run.StateStopped)); calls.Load() != 1 || !strings.Contains(logged, "msg=notified") {
		t.Errorf("%d calls, logged %s", calls.Load(), logged)
	}
}

func TestBody(t *testing.T) {
	body := func(t *testing.T, address string, runs notify.Runs, cp run.Checkpoint) string {
		t.Helper()
		r := &receiver{answers: []func(*http.Request) (*http.Response, error){status(200)}}
		send(t.Context(), address, r, runs, cp)
		if len(r.bodies) != 1 || !json.Valid([]byte(r.bodies[0])) {
			t.Fatalf("bodies: %q", r.bodies)
		}
		return r.bodies[0]
	}
	full := history()

	t.Run("has the status, where it is shown, and what has changed", func(t *testing.T) {
		golden(t, "published.json", body(t, plain, full, checkpoint(run.StatePublished)))
	})
	t.Run("is a card for Teams", func(t *testing.T) {
		golden(t, "published-card.json", body(t, teams, full, checkpoint(run.StatePublished)))
	})
	t.Run("for a stopped run says why, and compares nothing", func(t *testing.T) {
		golden(t, "stopped.json", body(t, plain, full, checkpoint(run.StateStopped)))
	})
	t.Run("for a stopped run is a card", func(t *testing.T) {
		golden(t, "stopped-card.json", body(t, teams, full, checkpoint(run.StateStopped)))
	})
	t.Run("for a held run says why, and with which turn it can be accepted", func(t *testing.T) {
		golden(t, "held.json", body(t, plain, full, checkpoint(run.StateHeld)))
	})
	t.Run("for a held run is a card that says where to decide", func(t *testing.T) {
		golden(t, "held-card.json", body(t, teams, full, checkpoint(run.StateHeld)))
	})
	t.Run("has no changes if they cannot be read", func(t *testing.T) {
		text := body(t, plain, none{errors.New("storage is down")}, checkpoint(run.StatePublished))
		if strings.Contains(text, "changes") || !strings.Contains(text, `"state":"published"`) {
			t.Errorf("body: %s", text)
		}
	})
	for address, card := range map[string]bool{
		"https://prod-12.westeurope.logic.azure.com:443/workflows/x": true, "https://CONTOSO.webhook.office.com/webhookb2/x": true, teams: true,
		plain: false, "https://logic.azure.com.contoso.example/": false, "https://evillogic.azure.com/": false,
	} {
		if text := body(t, address, none{}, checkpoint(run.StateStopped)); strings.Contains(text, "AdaptiveCard") != card {
			t.Errorf("%s is sent a card: %t, want %t", address, !card, card)
		}
	}
}
