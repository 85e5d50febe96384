package msapi_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/msapi/msapitest"
	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
)

func TestKeptAnswers(t *testing.T) {
	bubble := func(rule string, f func(t *testing.T)) {
		t.Run(rule, func(t *testing.T) { synctest.Test(t, f) })
	}
	put := func(s *msapi.Shelf, tenantID, value string) {
		s.Put(tenantID, "name", value, len(value), time.Now().Add(time.Hour))
	}
	want := func(t *testing.T, s *msapi.Shelf, tenantID string, want any) {
		t.Helper()
		if got, _ := s.Get(tenantID, "name"); got != want {
			t.Errorf("%s: got %v, want %v", tenantID, got, want)
		}
	}
	bubble("serve the next one with the same credential", func(t *testing.T) {
		k := msapi.NewKept(1000)
		put(k.Of("one"), "a", "Contoso")
		want(t, k.Of("one"), "a", "Contoso")
		want(t, k.Of("one"), "b", nil)
	})
	bubble("end when they expire", func(t *testing.T) {
		s := msapi.NewKept(1000).Of("one")
		put(s, "a", "Contoso")
		time.Sleep(time.Hour - time.Nanosecond)
		want(t, s, "a", "Contoso")
		time.Sleep(time.Nanosecond)
		want(t, s, "a", nil)
	})
	bubble("are gone for good under another credential", func(t *testing.T) {
		k := msapi.NewKept(1000)
		before := k.Of("one")
		put(before, "a", "Contoso")
		want(t, k.Of("two"), "a", nil)
		put(before, "b", "late") // of a slice that is still at work
		want(t, k.Of("two"), "b", nil)
		want(t, k.Of("one"), "a", nil)
	})
	bubble("are dropped one by one", func(t *testing.T) {
		s := msapi.NewKept(1000).Of("one")
		put(s, "a", "Contoso")
		put(s, "b", "Fabrikam")
		s.Drop("a", "name")
		s.Drop("c", "name")
		want(t, s, "a", nil)
		want(t, s, "b", "Fabrikam")
	})
	bubble("take up no more room than there is: the first ones stay", func(t *testing.T) {
		k := msapi.NewKept(1000)
		s := k.Of("one")
		for i := range 10 {
			put(s, fmt.Sprint(i), "twenty bytes of name")
		}
		for i := range 10 {
			var wanted any
			if i < 3 {
				wanted = "twenty bytes of name"
			}
			want(t, s, fmt.Sprint(i), wanted)
		}
		put(s, "0", "another")
		want(t, s, "0", "another")
		s.Drop("1", "name")
		put(s, "9", "there is room now")
		want(t, s, "9", "there is room now")
	})
	bubble("free their room when they have ended", func(t *testing.T) {
		k := msapi.NewKept(1000)
		for range 5 {
			s := k.Of("one")
			put(s, "a", "Contoso")
			put(s, "b", "Fabrikam")
			want(t, s, "b", "Fabrikam")
			time.Sleep(2 * time.Hour)
		}
	})
	bubble("do not exist if nothing is to be kept", func(t *testing.T) {
		var k *msapi.Kept
		s := k.Of("one")
		put(s, "a", "Contoso")
		s.Drop("a", "name")
		want(t, s, "a", nil)
	})
	t.Run("may be requested by many at once", func(t *testing.T) {
		k := msapi.NewKept(2000)
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				s := k.Of(fmt.Sprint(i / 4))
				for n := range 200 {
					put(s, fmt.Sprint(n%10), "Contoso")
					s.Get(fmt.Sprint(n%7), "name")
					s.Drop(fmt.Sprint(n%3), "name")
				}
			})
		}
		wg.Wait()
	})
}

func TestRefusedTokens(t *testing.T) {
	denied := msapitest.Answer{Status: 403, Body: `{"error":{"code":"Authorization_RequestDenied","message":"no"}}`}
	unknown := msapitest.Answer{Status: 401, Body: `{"error":{"code":"Authorization_IdentityNotFound","message":"no"}}`}
	fine := msapitest.Answer{Status: 200}
	tests := []struct {
		rule      string
		earlier   bool
		answers   []msapitest.Answer
		class     run.Class
		calls     int
		forgotten int
		doubted   int
	}{
		{"after a 401, a new token is tried", false, []msapitest.Answer{unknown, fine}, "", 2, 1, 0},
		{"after a 401 to the new token, too, the class is the service's", false, []msapitest.Answer{unknown}, run.ConsentMissing, 2, 2, 0},
		{"a 403 to a token of this run is final", false, []msapitest.Answer{denied, fine}, run.ConsentMissing, 1, 0, 1},
		{"a 403 to a token of an earlier run is not: consent may have been given since", true, []msapitest.Answer{denied, fine}, "", 2, 1, 1},
		{"after a 403 to both, the class is the service's", true, []msapitest.Answer{denied}, run.ConsentMissing, 2, 1, 2},
		{"other refusals say nothing about the token", true, []msapitest.Answer{{Status: 404}}, run.ServiceFault, 1, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			s := &msapitest.Service{Answers: tt.answers}
			tokens := &msapitest.Tokens{Earlier: tt.earlier}
			resp, err := msapi.NewClient("graph.microsoft.com", &http.Client{Transport: s}, tokens).Get(t.Context(), tenant, "/v1.0/x")
			if tt.class != "" {
				runtest.WantFailure(t, err, tt.class)
			} else if err != nil {
				t.Fatal(err)
			} else {
				resp.Body.Close()
			}
			if len(s.Calls) != tt.calls || tokens.Forgotten != tt.forgotten || tokens.Doubted != tt.doubted {
				t.Errorf("%d calls, %d tokens forgotten, %d doubted; want %d, %d, %d", len(s.Calls), tokens.Forgotten, tokens.Doubted, tt.calls, tt.forgotten, tt.doubted)
			}
		})
	}
}
