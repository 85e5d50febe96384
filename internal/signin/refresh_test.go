package signin_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
	"tenantrollup/internal/signin"
)

const refreshToken = "partner-refresh-token"

// keeper is a vault that keeps what is stored.
type keeper struct {
	mu      sync.Mutex
	secrets vault
	refusal error
	stored  int
}

// newKeeper holds a client secret, and a refresh token of that age.
func newKeeper(age time.Duration) *keeper {
	created := time.Now().Add(-age)
	return &keeper{secrets: vault{
		"partner-client-secret": {Value: secret},
		refreshToken:            {Value: "rt-0", Version: "0", Created: created, Expires: created.AddDate(0, 0, 90)},
	}}
}

func (k *keeper) Secret(ctx context.Context, name string) (signin.Secret, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.secrets.Secret(ctx, name)
}

func (k *keeper) Store(_ context.Context, name, value string, expires time.Time) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.refusal != nil {
		return k.refusal
	}
	k.stored++
	k.secrets[name] = signin.Secret{Value: value, Version: fmt.Sprint(k.stored), Created: time.Now(), Expires: expires}
	return nil
}

func (k *keeper) current() signin.Secret {
	s, _ := k.Secret(context.Background(), refreshToken)
	return s
}

func (k *keeper) open(t *testing.T, e *entra) (*signin.Partner, error) {
	t.Helper()
	o := options(e, "refresh-token", nil)
	o.Vault = k
	return signin.Open(t.Context(), o)
}

// rotating answers request n with the refresh token rt-n.
func rotating(e *entra) *entra {
	e.answer = func(n int) (int, string) {
		e.mu.Lock()
		tenant := strings.Split(e.paths[n-1], "/")[1]
		e.mu.Unlock()
		return 200, fmt.Sprintf(`{"expires_in":3599,"access_token":%q,"refresh_token":"rt-%d"}`, tokenOf(tenant, n), n)
	}
	return e
}

func TestRefreshTokenGrant(t *testing.T) {
	k, e := newKeeper(time.Hour), &entra{}
	p, err := k.open(t, e)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Token(t.Context(), contoso, scope); err != nil {
		t.Fatal(err)
	}
	t.Run("goes to the tenant's own endpoint, with the scope of the service and the app's proof", func(t *testing.T) {
		want := url.Values{"client_id": {app}, "client_secret": {secret}, "grant_type": {"refresh_token"}, "refresh_token": {"rt-0"}, "scope": {scope}}
		if got := e.forms[0].Encode(); got != want.Encode() || e.paths[0] != "/"+contoso+"/oauth2/v2.0/token" {
			t.Errorf("got %s to %s", got, e.paths[0])
		}
	})
	t.Run("with both as they were meant, not as a file of Windows PowerShell has them", func(t *testing.T) {
		k, e := newKeeper(time.Hour), &entra{}
		for _, name := range []string{"partner-client-secret", "partner-refresh-token"} {
			stored := k.secrets[name]
			stored.Value = "\ufeff" + stored.Value + "\r\n"
			k.secrets[name] = stored
		}
		p, err := k.open(t, e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Token(t.Context(), contoso, scope); err != nil {
			t.Fatal(err)
		}
		if e.forms[0].Get("client_secret") != secret || e.forms[0].Get("refresh_token") != "rt-0" {
			t.Errorf("sent %q", e.forms[0])
		}
	})
	t.Run("prefers the certificate", func(t *testing.T) {
		key, cert := newCertificate(t, time.Now().AddDate(1, 0, 0))
		k, e := newKeeper(time.Hour), &entra{}
		k.secrets["partner-certificate"] = signin.Secret{Value: pemOf(t, key, cert)}
		p, err := k.open(t, e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Token(t.Context(), contoso, scope); err != nil {
			t.Fatal(err)
		}
		checkAssertion(t, e.forms[0].Get("client_assertion"), cert, contoso)
		if e.forms[0].Has("client_secret") || e.forms[0].Get("refresh_token") != "rt-0" {
			t.Errorf("sent %v", e.forms[0])
		}
	})
}

func TestRefreshTokenThatCannotBeUsed(t *testing.T) {
	tests := []struct {
		rule            string
		without         string
		token           string
		answer          string
		message, remedy string
	}{
		{"none", refreshToken, "", "", "no secret partner-refresh-token", ""},
		{"an empty one", "", " ", "", "partner-refresh-token is empty", "Sign the partner's user in again"},
		{"one without the app's credential", "partner-client-secret", "rt-0", "", "neither secret partner-certificate nor secret partner-client-secret", "certificate or its client secret"},
		{"one that has died", "", "rt-0", refusal("invalid_grant", 700082, "x"), "refused the sign-in", "Sign the partner's user in again"},
		{"one that was revoked", "", "rt-0", refusal("invalid_grant", 50173, "x"), "refused the sign-in", "Sign the partner's user in again"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			k := newKeeper(48 * time.Hour)
			stored := k.secrets[refreshToken]
			stored.Value = tt.token
			k.secrets[refreshToken] = stored
			delete(k.secrets, tt.without)
			_, err := k.open(t, &entra{answer: func(int) (int, string) { return 400, tt.answer }})
			f := runtest.WantFailure(t, err, run.PartnerCredential)
			if f.Transient || !strings.Contains(f.Message, tt.message) || !strings.Contains(f.Remedy, tt.remedy) || k.stored != 0 {
				t.Errorf("got %q %q", f.Message, f.Remedy)
			}
		})
	}
}

func TestRefreshTokenIsRenewed(t *testing.T) {
	bubble := func(rule string, f func(t *testing.T)) {
		t.Run(rule, func(t *testing.T) { synctest.Test(t, f) })
	}
	bubble("and stored before the first customer is asked, good for 90 days", func(t *testing.T) {
		k, e := newKeeper(80*24*time.Hour), rotating(&entra{latency: time.Second})
		issued := time.Now()
		p, err := k.open(t, e)
		if err != nil {
			t.Fatal(err)
		}
		if got := k.current(); got.Value != "rt-1" || !got.Expires.Equal(issued.AddDate(0, 0, 90)) || e.paths[0] != "/"+partner+"/oauth2/v2.0/token" {
			t.Errorf("the vault holds %+v after a request to %s", got, e.paths[0])
		}
		for _, tenant := range []string{partner, contoso} {
			if _, err := p.Token(t.Context(), tenant, scope); err != nil {
				t.Error(err)
			}
		}
		if e.requests() != 2 || e.forms[1].Get("refresh_token") != "rt-1" {
			t.Errorf("%d requests, the last with %s", e.requests(), e.forms[1].Get("refresh_token"))
		}
		if k.stored != 1 || len(p.Warnings()) > 0 {
			t.Errorf("stored %d times, warnings %q", k.stored, p.Warnings())
		}
	})
	bubble("not within a day", func(t *testing.T) {
		for age, stored := range map[time.Duration]int{24 * time.Hour: 0, 24*time.Hour + time.Second: 1} {
			k, e := newKeeper(age), rotating(&entra{})
			if _, err := k.open(t, e); err != nil || e.requests() != stored || k.stored != stored {
				t.Errorf("%v old: %d requests, stored %d times, %v", age, e.requests(), k.stored, err)
			}
		}
	})
	bubble("not if it stays the same", func(t *testing.T) {
		for _, answer := range []string{"", `,"refresh_token":"rt-0"`} {
			k := newKeeper(48 * time.Hour)
			e := &entra{answer: func(int) (int, string) { return 200, `{"expires_in":3599,"access_token":"opaque"` + answer + "}" }}
			if _, err := k.open(t, e); err != nil || k.stored != 0 {
				t.Errorf("stored %d times, %v", k.stored, err)
			}
		}
	})
	bubble("a vault that refuses it is a warning, and the run goes on", func(t *testing.T) {
		k, e := newKeeper(80*24*time.Hour), rotating(&entra{})
		k.refusal = &run.Failure{Class: run.PartnerCredential, Message: "Key Vault answered 403.", Remedy: "Give it the role."}
		p, err := k.open(t, e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Token(t.Context(), contoso, scope); err != nil || e.forms[1].Get("refresh_token") != "rt-1" {
			t.Errorf("%v with %s", err, e.forms[1].Get("refresh_token"))
		}
		got := strings.Join(p.Warnings(), "\n")
		want := "Key Vault secret partner-refresh-token ends on 2000-01-11. What to do: Sign the partner's user in again and store the new refresh token in " +
			"Key Vault secret partner-refresh-token, with its expiry date.\n" +
			"The partner's renewed refresh token could not be stored: Key Vault answered 403. What to do: Give it the role."
		if got != want {
			t.Errorf("warnings\n%s\nwant\n%s", got, want)
		}
	})
}

func TestTheNewestRefreshTokenIsNeverLost(t *testing.T) {
	t.Run("what another slice stored in the meantime is kept", func(t *testing.T) {
		k, e := newKeeper(48*time.Hour), rotating(&entra{})
		answer := e.answer
		e.answer = func(n int) (int, string) {
			if n == 1 { // the other one begins later, and is done before this one is answered
				if _, err := k.open(t, e); err != nil {
					t.Error(err)
				}
			}
			return answer(n)
		}
		if _, err := k.open(t, e); err != nil {
			t.Fatal(err)
		}
		if got := k.current().Value; got != "rt-2" || k.stored != 1 {
			t.Errorf("the vault holds %s, stored %d times", got, k.stored)
		}
	})
	t.Run("and so is what a person stored", func(t *testing.T) {
		k, e := newKeeper(48*time.Hour), rotating(&entra{})
		answer := e.answer
		e.answer = func(n int) (int, string) {
			k.Store(t.Context(), refreshToken, "a person's", time.Time{})
			return answer(n)
		}
		p, err := k.open(t, e)
		if err != nil || k.current().Value != "a person's" || len(p.Warnings()) > 0 {
			t.Errorf("the vault holds %s, %v", k.current().Value, err)
		}
	})
	t.Run("many at once store a successor, and all continue", func(t *testing.T) {
		k, e := newKeeper(48*time.Hour), rotating(&entra{latency: time.Millisecond})
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				p, err := k.open(t, e)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := p.Token(t.Context(), contoso, scope); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := k.current().Value; got == "rt-0" || k.stored == 0 {
			t.Errorf("the vault holds %s, stored %d times", got, k.stored)
		}
	})
}
