package msapi_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/msapi/msapitest"
	"tenantrollup/internal/refusal"
	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
)

// throttling is a host that many customers call at once.
type throttling struct {
	latency time.Duration
	// judge answers a customer's call, by its path and the time since began.
	judge func(tenant, path string, at time.Duration) (status int, retryAfter string)
	began time.Time

	mu       sync.Mutex
	calls    int
	inFlight int
}

func (h *throttling) RoundTrip(req *http.Request) (*http.Response, error) {
	h.mu.Lock()
	h.calls++
	h.inFlight++
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.inFlight--
	}()
	select {
	case <-time.After(h.latency):
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	tenant := strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ")
	status, wait := h.judge(tenant, req.URL.Path, time.Since(h.began))
	resp := &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody, Request: req}
	if wait != "" {
		resp.Header = retryAfter(wait)
	}
	return resp, nil
}

// busy is how many calls are at the host once nothing more happens at this time.
func (h *throttling) busy() int {
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.inFlight
}

// named yields the tenant's id as its token.
type named struct{ *msapitest.Tokens }

func (named) Token(_ context.Context, tenantID, _ string) (string, error) { return tenantID, nil }

func (h *throttling) client() *msapi.Client {
	h.began = time.Now()
	return msapi.NewClient("graph.microsoft.com", &http.Client{Transport: h}, named{&msapitest.Tokens{}})
}

func get(ctx context.Context, c *msapi.Client, tenantID, path string) error {
	resp, err := c.Get(ctx, tenantID, path)
	if err == nil {
		resp.Body.Close()
	}
	return err
}

func customer(i int) string { return fmt.Sprintf("customer-%02d", i) }

// refuses answers 429 to all but the customer named calm.
func refuses(retryAfter string) func(string, string, time.Duration) (int, string) {
	return func(tenant, _ string, _ time.Duration) (int, string) {
		if tenant == "calm" {
			return 200, ""
		}
		return 429, retryAfter
	}
}

func TestManyRefusalsPauseTheHost(t *testing.T) {
	type refused struct {
		customer int
		at       time.Duration
		status   int
		wait     string
	}
	all := func(status int, wait string, gap time.Duration, customers ...int) (list []refused) {
		for i, c := range customers {
			list = append(list, refused{c, time.Duration(i) * gap, status, wait})
		}
		return list
	}
	second := time.Second
	tests := []struct {
		rule    string
		refused []refused
		pause   time.Duration // from the last refusal on
	}{
		{"five customers at once", all(429, "600", 0, 1, 2, 3, 4, 5), 30 * second},
		{"five customers within ten seconds", all(429, "600", 2500*time.Millisecond, 1, 2, 3, 4, 5), 30 * second},
		{"not five over eleven seconds", all(429, "600", 2750*time.Millisecond, 1, 2, 3, 4, 5), 0},
		{"not four customers", all(429, "600", 0, 1, 2, 3, 4), 0},
		{"not five refusals of one customer", all(429, "600", 0, 1, 1, 1, 1, 1), 0},
		{"503 too", all(503, "600", 0, 1, 2, 3, 4, 5), 30 * second},
		{"not 500", all(500, "600", 0, 1, 2, 3, 4, 5), 0},
		{"five seconds, if a Retry-After says less", all(429, "2", 0, 1, 2, 3, 4, 5), 5 * second},
		{"five seconds, if there is none", all(429, "", 0, 1, 2, 3, 4, 5), 5 * second},
		{"as long as the longest Retry-After", append(all(429, "8", 0, 1, 2, 3, 4), refused{5, 0, 429, "17"}), 17 * second},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				var script refused
				h := &throttling{judge: func(tenant, _ string, _ time.Duration) (int, string) {
					if tenant == "calm" {
						return 200, ""
					}
					return script.status, script.wait
				}}
				client := h.client()
				for _, r := range tt.refused {
					time.Sleep(time.Until(h.began.Add(r.at)))
					script = r
					go get(ctx, client, customer(r.customer), "/")
					synctest.Wait()
				}
				start := time.Now()
				if err := get(ctx, client, "calm", "/"); err != nil {
					t.Fatal(err)
				}
				if waited := time.Since(start); waited != tt.pause {
					t.Errorf("the next customer waited %v, want %v", waited, tt.pause)
				}
				cancel()
			})
		})
	}
}

// trip makes the host refuse n customers that are in flight at the same time.
func trip(t *testing.T, h *throttling, client *msapi.Client, n int) {
	t.Helper()
	var calls sync.WaitGroup
	for i := range n {
		calls.Go(func() { runtest.WantFailure(t, get(t.Context(), client, customer(i), "/"), run.Throttled) })
	}
	calls.Wait()
}

func TestAfterThePause(t *testing.T) {
	t.Run("half of them go at once, and one more every ten seconds", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			h := &throttling{latency: time.Second, judge: refuses("600")}
			client := h.client()
			trip(t, h, client, 10)
			h.latency = time.Hour
			for range 20 {
				go get(ctx, client, "calm", "/")
			}
			if n := h.busy(); n != 0 {
				t.Errorf("%d go during the pause", n)
			}
			time.Sleep(30 * time.Second)
			for _, want := range []int{5, 6, 7, 8, 9, 20} {
				if n := h.busy(); n != want {
					t.Errorf("%v after the pause %d are in flight, want %d", time.Since(h.began)-31*time.Second, n, want)
				}
				time.Sleep(10 * time.Second)
			}
			cancel()
		})
	})
	t.Run("it halves again when the host refuses again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			h := &throttling{latency: time.Second, judge: refuses("600")}
			client := h.client()
			trip(t, h, client, 10)
			trip(t, h, client, 5)
			h.latency = time.Hour
			for range 20 {
				go get(ctx, client, "calm", "/")
			}
			time.Sleep(30 * time.Second)
			if n := h.busy(); n != 2 {
				t.Errorf("%d go, want 2", n)
			}
			cancel()
		})
	})
	t.Run("what was counted before no longer counts", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			wait := ""
			h := &throttling{judge: func(tenant, _ string, _ time.Duration) (int, string) {
				if tenant == "calm" {
					return 200, ""
				}
				return 429, wait
			}}
			client := h.client()
			ctx, cancel := context.WithCancel(t.Context())
			for i := range 5 {
				go get(ctx, client, customer(i), "/")
			}
			h.busy()
			cancel()
			wait = "600"
			runtest.WantFailure(t, get(t.Context(), client, customer(5), "/"), run.Throttled)
			if err := get(t.Context(), client, "calm", "/"); err != nil || time.Since(h.began) != 5*time.Second {
				t.Errorf("got %v after %v, want one pause of 5 seconds", err, time.Since(h.began))
			}
		})
	})
	t.Run("a turn that comes as the call is given up goes to the next one", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := &throttling{latency: time.Second, judge: refuses("600")}
			client := h.client()
			trip(t, h, client, 10)
			ends := h.began.Add(31 * time.Second)
			short, cancel := context.WithDeadline(t.Context(), ends)
			defer cancel()
			var calls sync.WaitGroup
			for range 30 {
				calls.Go(func() { get(short, client, "calm", "/") })
			}
			calls.Wait()
			if err := get(t.Context(), client, "calm", "/"); err != nil || time.Since(ends) > 2*time.Second {
				t.Errorf("got %v %v after the pause", err, time.Since(ends))
			}
		})
	})
	t.Run("a call that is given up leaves its place to the next", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := &throttling{latency: time.Second, judge: refuses("600")}
			client := h.client()
			trip(t, h, client, 10)
			short, cancel := context.WithTimeout(t.Context(), 7*time.Second)
			defer cancel()
			var calls sync.WaitGroup
			for range 30 {
				calls.Go(func() {
					if err := get(short, client, "calm", "/"); err == nil || time.Since(h.began) != 8*time.Second {
						t.Errorf("got %v after %v, want the context's end", err, time.Since(h.began))
					}
				})
			}
			synctest.Wait()
			if err := get(t.Context(), client, "calm", "/"); err != nil || time.Since(h.began) != 32*time.Second {
				t.Errorf("got %v after %v", err, time.Since(h.began))
			}
			calls.Wait()
		})
	})
}

// A night of 64 customers, each with a report and an organization, meets a host
// that refuses from the first second to the end of the first minute.
func TestAMinuteOfRefusalsCostsNoCustomer(t *testing.T) {
	for _, only := range []string{"/", "/reports"} { // what is refused: everything, or the reports
		for _, wait := range []string{"", "1", "2", "10", "29", "a date", "soon", "-5", "99999999", "9223372036854775807"} {
			t.Run(fmt.Sprintf("%s, Retry-After %q", only, wait), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					h := &throttling{latency: 250 * time.Millisecond, judge: func(_, path string, at time.Duration) (int, string) {
						if at > time.Second && at < time.Minute && strings.HasPrefix(path, only) {
							if wait == "a date" {
								return 429, time.Now().Add(5 * time.Second).UTC().Format(http.TimeFormat)
							}
							return 429, wait
						}
						return 200, ""
					}}
					client := h.client()
					var calls sync.WaitGroup
					for i := range 64 {
						for _, path := range []string{"/reports", "/organization"} {
							calls.Go(func() {
								for range 10 { // one customer's place is taken by the next
									if err := get(t.Context(), client, customer(i), path); err != nil {
										t.Errorf("%s: %v", customer(i), err)
									}
								}
							})
						}
					}
					calls.Wait()
					if took := time.Since(h.began); took < time.Minute || took > 3*time.Minute {
						t.Errorf("took %v", took)
					}
					if extra := h.calls - 64*2*10; extra > 64*16 {
						t.Errorf("%d calls were refused: more than 16 a customer", extra)
					}
				})
			})
		}
	}
}

func TestAHostThatAlwaysRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &throttling{latency: time.Second, judge: refuses("2")}
		client := h.client()
		var calls sync.WaitGroup
		for i := range 8 {
			calls.Go(func() {
				f := runtest.WantFailure(t, get(t.Context(), client, customer(i), "/"), run.Throttled)
				if took := time.Since(h.began); took < 2*time.Minute || took > 5*time.Minute || f.RetryAfter != 30*time.Second {
					t.Errorf("given up after %v: %+v", took, f)
				}
			})
		}
		calls.Wait()
	})
}

func TestARefusedBodyIsSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var bodies []string
		h := roundTripper(func(req *http.Request) (*http.Response, error) {
			text, err := io.ReadAll(req.Body)
			mu.Lock()
			defer mu.Unlock()
			bodies = append(bodies, string(text))
			status := 200
			if len(bodies) <= 20 {
				status = 429
			}
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody, Request: req}, err
		})
		pipeline := msapi.NewPipeline(&http.Client{Transport: h}, func(refusal.Answer) bool { return true })
		var calls sync.WaitGroup
		for i := range 10 {
			calls.Go(func() {
				req, err := runtime.NewRequest(t.Context(), http.MethodPost, "https://login.microsoftonline.com/"+customer(i))
				if err != nil {
					t.Error(err)
					return
				}
				req.SetOperationValue(msapi.Tenant(customer(i)))
				if err := req.SetBody(streaming.NopCloser(strings.NewReader("grant")), "text/plain"); err != nil {
					t.Error(err)
					return
				}
				resp, err := pipeline.Do(req)
				if err != nil || resp.StatusCode != 200 {
					t.Errorf("got %v, %v", resp, err)
					return
				}
				resp.Body.Close()
			})
		}
		calls.Wait()
		for i, body := range bodies {
			if body != "grant" {
				t.Errorf("call %d sent %q", i, body)
			}
		}
		if len(bodies) != 30 {
			t.Errorf("%d calls, want 30", len(bodies))
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
