package msapi_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/msapi/msapitest"
	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
)

// limited is a client that may ask a tenant 14 times in 10 minutes.
func limited(answers ...msapitest.Answer) (*msapi.Client, *msapitest.Service) {
	client, s := newClient(answers...)
	return client.Limit(14, 10*time.Minute), s
}

func TestLimit(t *testing.T) {
	ask := func(t *testing.T, client *msapi.Client, tenantID string, times int) {
		t.Helper()
		for range times {
			if err := get(t.Context(), client, tenantID, "/"); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Run("the 15th call within ten minutes is not made", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			client, s := limited(msapitest.Answer{Status: 200})
			ask(t, client, tenant, 10)
			time.Sleep(9 * time.Minute)
			ask(t, client, tenant, 4)
			time.Sleep(4 * time.Minute)
			f := runtest.WantFailure(t, get(t.Context(), client, tenant, "/"), run.Throttled)
			if !f.Transient || len(s.Calls) != 14 || !strings.Contains(f.Message, "graph.microsoft.com was asked 14 times for this tenant within 10 minutes") {
				t.Errorf("%d calls, %+v", len(s.Calls), f)
			}
			if want := 6 * time.Minute; f.RetryAfter < want || f.RetryAfter > want+time.Millisecond {
				t.Errorf("after %v, want %v", f.RetryAfter, want)
			}
			time.Sleep(f.RetryAfter)
			ask(t, client, tenant, 14)
		})
	})
	t.Run("every tenant has its own limit", func(t *testing.T) {
		client, s := limited(msapitest.Answer{Status: 200})
		ask(t, client, tenant, 14)
		ask(t, client, "22222222-2222-2222-2222-222222222222", 14)
		if runtest.WantFailure(t, get(t.Context(), client, tenant, "/"), run.Throttled); len(s.Calls) != 28 {
			t.Errorf("%d calls", len(s.Calls))
		}
	})
	t.Run("so does every client, and the one it was made from has none", func(t *testing.T) {
		client, s := newClient(msapitest.Answer{Status: 200})
		ask(t, client.Limit(14, 10*time.Minute), tenant, 14)
		ask(t, client.Limit(14, 10*time.Minute), tenant, 14)
		if ask(t, client, tenant, 50); len(s.Calls) != 78 {
			t.Errorf("%d calls", len(s.Calls))
		}
	})
	t.Run("repeated calls count, even those to a busy host", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			h := &throttling{judge: refuses("1")}
			client := h.client().Limit(14, 10*time.Minute)
			for i := range 8 {
				go get(t.Context(), client, customer(i), "/") // they narrow the gate, and are repeated for two minutes
			}
			time.Sleep(9 * time.Minute)
			if h.busy(); h.calls != 8*14 {
				t.Errorf("%d calls of 8 customers, want 14 each", h.calls)
			}
		})
	})
	t.Run("a refused token costs a call, too", func(t *testing.T) {
		client, s := newClient(msapitest.Answer{Status: 401}, msapitest.Answer{Status: 200})
		client = client.Limit(2, time.Minute)
		ask(t, client, tenant, 1)
		if runtest.WantFailure(t, get(t.Context(), client, tenant, "/"), run.Throttled); len(s.Calls) != 2 {
			t.Errorf("%d calls", len(s.Calls))
		}
	})
}
