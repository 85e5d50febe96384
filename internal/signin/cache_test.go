package signin_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
)

func TestTokensAreKept(t *testing.T) {
	bubble := func(rule string, f func(t *testing.T)) {
		t.Run(rule, func(t *testing.T) { synctest.Test(t, f) })
	}
	bubble("callers at the same time share one request", func(t *testing.T) {
		e := &entra{latency: time.Second}
		p := openSecret(t, e)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if token, err := p.Token(t.Context(), contoso, scope); err != nil || token != tokenOf(contoso, 1) {
					t.Errorf("got %q, %v", token, err)
				}
			})
		}
		wg.Wait()
		if e.requests() != 1 {
			t.Errorf("%d requests", e.requests())
		}
	})
	bubble("tenants and scopes do not wait for each other", func(t *testing.T) {
		e := &entra{latency: time.Second}
		p := openSecret(t, e)
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() { p.Token(t.Context(), fmt.Sprint("tenant-", i/2), fmt.Sprint("scope-", i%2)) })
		}
		wg.Wait()
		if took := time.Since(start); took != time.Second || e.requests() != 20 {
			t.Errorf("%d requests in %v", e.requests(), took)
		}
	})
	bubble("a token is renewed two minutes before it ends", func(t *testing.T) {
		e := &entra{}
		p := openSecret(t, e)
		for _, step := range []struct {
			wait     time.Duration
			requests int
		}{{0, 1}, {57 * time.Minute, 1}, {time.Minute, 2}} {
			time.Sleep(step.wait)
			if _, err := p.Token(t.Context(), contoso, scope); err != nil || e.requests() != step.requests {
				t.Errorf("after %v: %d requests, %v", step.wait, e.requests(), err)
			}
		}
	})
	bubble("a definite refusal is not asked for twice", func(t *testing.T) {
		e := &entra{answer: func(int) (int, string) { return 400, refusal("invalid_grant", 65001, "x") }}
		p := openSecret(t, e)
		for range 2 {
			_, err := p.Token(t.Context(), contoso, scope)
			runtest.WantFailure(t, err, run.ConsentMissing)
		}
		if e.requests() != 1 {
			t.Errorf("%d requests", e.requests())
		}
	})
	bubble("a temporary refusal is asked for again", func(t *testing.T) {
		e := &entra{answer: func(n int) (int, string) {
			if n <= 4 { // one call's attempts
				return 500, ""
			}
			return 200, grantBody(contoso, n)
		}}
		p := openSecret(t, e)
		_, err := p.Token(t.Context(), contoso, scope)
		if f := runtest.WantFailure(t, err, run.ServiceFault); !f.Transient {
			t.Errorf("got %+v", f)
		}
		if _, err := p.Token(t.Context(), contoso, scope); err != nil {
			t.Error(err)
		}
	})
	bubble("a forgotten token is requested again, and a newer one is kept", func(t *testing.T) {
		e := &entra{}
		p := openSecret(t, e)
		first, _ := p.Token(t.Context(), contoso, scope)
		p.Forget(contoso, scope, first)
		p.Forget("unknown", scope, first)
		second, _ := p.Token(t.Context(), contoso, scope)
		p.Forget(contoso, scope, first)
		third, _ := p.Token(t.Context(), contoso, scope)
		if first == second || second != third || e.requests() != 2 {
			t.Errorf("%d requests", e.requests())
		}
	})
	bubble("tokens that have not been used for long make room", func(t *testing.T) {
		e := &entra{}
		p := openSecret(t, e)
		for i := range 5000 {
			p.Token(t.Context(), fmt.Sprint("tenant-", i), scope)
			p.Token(t.Context(), "in-use", scope)
		}
		p.Token(t.Context(), "tenant-4999", scope)
		if n := e.requests(); n != 5001 {
			t.Fatalf("%d requests, want each tenant's once", n)
		}
		p.Token(t.Context(), "tenant-0", scope)
		if n := e.requests(); n != 5002 {
			t.Errorf("the first tenant's token is still there")
		}
	})
}

func TestACallerThatGivesUp(t *testing.T) {
	over := errors.New("budget is over")
	t.Run("leaves the request to the others", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			e := &entra{latency: 10 * time.Second}
			p := openSecret(t, e)
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, over)
			defer cancel()
			var wg sync.WaitGroup
			wg.Go(func() {
				if _, err := p.Token(ctx, contoso, scope); !errors.Is(err, over) {
					t.Errorf("got %v", err)
				}
			})
			synctest.Wait()
			wg.Go(func() {
				if _, err := p.Token(t.Context(), contoso, scope); err != nil {
					t.Error(err)
				}
			})
			wg.Wait()
			if e.requests() != 1 {
				t.Errorf("%d requests", e.requests())
			}
		})
	})
	t.Run("ends the request if nobody else is waiting", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			e := &entra{latency: time.Hour}
			p := openSecret(t, e)
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, over)
			defer cancel()
			start := time.Now()
			if _, err := p.Token(ctx, contoso, scope); !errors.Is(err, over) {
				t.Errorf("got %v", err)
			}
			synctest.Wait()
			e.latency = 0
			if _, err := p.Token(t.Context(), contoso, scope); err != nil || time.Since(start) > time.Minute {
				t.Errorf("the next call: %v after %v", err, time.Since(start))
			}
		})
	})
}
