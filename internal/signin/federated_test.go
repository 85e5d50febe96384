package signin_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
	"tenantrollup/internal/signin"
)

// identity is a managed identity whose tokens live for an hour.
type identity struct {
	latency time.Duration
	err     error

	mu     sync.Mutex
	scopes []string // asked for
}

func (i *identity) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	i.mu.Lock()
	i.scopes = append(i.scopes, o.Scopes...)
	n := len(i.scopes)
	i.mu.Unlock()
	select {
	case <-time.After(i.latency):
	case <-ctx.Done():
		return azcore.AccessToken{}, ctx.Err()
	}
	return azcore.AccessToken{Token: fmt.Sprint("assertion-", n), ExpiresOn: time.Now().Add(time.Hour)}, i.err
}

func openFederated(t *testing.T, e *entra, i *identity) *signin.Partner {
	t.Helper()
	o := options(e, "federated", nil)
	o.Identity = i
	p, err := signin.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestFederatedCredential(t *testing.T) {
	bubble := func(rule string, f func(t *testing.T)) {
		t.Run(rule, func(t *testing.T) { synctest.Test(t, f) })
	}
	bubble("the identity's token proves the app, and nothing else does", func(t *testing.T) {
		e, i := &entra{}, &identity{}
		if _, err := openFederated(t, e, i).Token(t.Context(), contoso, scope); err != nil {
			t.Fatal(err)
		}
		form := e.forms[0]
		if form.Get("client_assertion") != "assertion-1" || form.Get("grant_type") != "client_credentials" || form.Has("client_secret") ||
			form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
			t.Errorf("sent %v", form)
		}
		if !slices.Equal(i.scopes, []string{"api://AzureADTokenExchange/.default"}) {
			t.Errorf("asked for %q", i.scopes)
		}
	})
	bubble("many tenants at once share one token", func(t *testing.T) {
		e, i := &entra{}, &identity{latency: time.Second}
		p := openFederated(t, e, i)
		var wg sync.WaitGroup
		for n := range 50 {
			wg.Go(func() {
				if _, err := p.Token(t.Context(), fmt.Sprint("tenant-", n), scope); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(i.scopes) != 1 || e.requests() != 50 {
			t.Errorf("%d assertions for %d requests", len(i.scopes), e.requests())
		}
	})
	bubble("the token is renewed five minutes before it ends", func(t *testing.T) {
		e, i := &entra{}, &identity{}
		p := openFederated(t, e, i)
		for n, step := range []struct {
			wait time.Duration
			want string
		}{{0, "assertion-1"}, {54 * time.Minute, "assertion-1"}, {time.Minute, "assertion-2"}} {
			time.Sleep(step.wait)
			if _, err := p.Token(t.Context(), fmt.Sprint("tenant-", n), scope); err != nil || e.forms[n].Get("client_assertion") != step.want {
				t.Errorf("request %d sent %s, %v", n, e.forms[n].Get("client_assertion"), err)
			}
		}
	})
	bubble("a missing identity is the partner's problem", func(t *testing.T) {
		i := &identity{err: azidentity.NewCredentialUnavailableError("DefaultAzureCredential: failed to acquire a token.\nAttempted credentials:\n…")}
		_, err := openFederated(t, &entra{}, i).Token(t.Context(), contoso, scope)
		f := runtest.WantFailure(t, err, run.PartnerCredential)
		if f.Transient || !strings.Contains(f.Message, "No Azure token for api://AzureADTokenExchange: DefaultAzureCredential") ||
			!strings.Contains(f.Remedy, "AZURE_CLIENT_ID") || strings.Contains(f.Error(), "\n") {
			t.Errorf("got %+v", f)
		}
	})
	bubble("an unreachable identity is asked again", func(t *testing.T) {
		i := &identity{err: errors.New("connection refused")}
		p := openFederated(t, &entra{}, i)
		_, err := p.Token(t.Context(), contoso, scope)
		if f := runtest.WantFailure(t, err, run.PartnerCredential); !f.Transient {
			t.Errorf("got %+v", f)
		}
		i.err = nil
		if _, err := p.Token(t.Context(), contoso, scope); err != nil {
			t.Error(err)
		}
	})
	bubble("a caller that gives up does not wait for the token", func(t *testing.T) {
		over := errors.New("budget is over")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, over)
		defer cancel()
		start := time.Now()
		_, err := openFederated(t, &entra{}, &identity{latency: time.Hour}).Token(ctx, contoso, scope)
		if !errors.Is(err, over) || time.Since(start) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
	})
}
