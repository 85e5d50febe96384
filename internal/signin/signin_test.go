package signin_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
	"tenantrollup/internal/signin"
)

const (
	partner = "00000000-0000-0000-0000-00000000000a"
	contoso = "00000000-0000-0000-0000-00000000000b"
	app     = "00000000-0000-0000-0000-0000000000ff"
	scope   = "https://graph.microsoft.com/.default"
	secret  = "s3cr3t~value/of+the=partner"
)

// vault holds secrets by name.
type vault map[string]signin.Secret

func (v vault) Secret(_ context.Context, name string) (signin.Secret, error) {
	s, ok := v[name]
	if !ok {
		return signin.Secret{}, signin.NotStored{Failure: &run.Failure{Class: run.PartnerCredential, Message: "no secret " + name}}
	}
	return s, nil
}

func (v vault) Store(_ context.Context, name, value string, expires time.Time) error {
	v[name] = signin.Secret{Value: value, Expires: expires}
	return nil
}

// entra answers token requests by answer, or, if that gives no status, with a token of
// the requested tenant.
type entra struct {
	latency time.Duration
	answer  func(n int) (status int, body string) // n counts from 1

	mu    sync.Mutex
	forms []url.Values
	paths []string
}

func (e *entra) RoundTrip(req *http.Request) (*http.Response, error) {
	text, _ := io.ReadAll(req.Body)
	form, _ := url.ParseQuery(string(text))
	e.mu.Lock()
	e.forms, e.paths = append(e.forms, form), append(e.paths, req.URL.Path)
	n := len(e.forms)
	e.mu.Unlock()
	select {
	case <-time.After(e.latency):
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	var status int
	var body string
	if e.answer != nil {
		status, body = e.answer(n)
	}
	if status == 0 {
		status, body = 200, grantBody(strings.Split(req.URL.Path, "/")[1], n)
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
}

func (e *entra) requests() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.forms)
}

// tokenOf is what a token of the tenant looks like to a reader of its claims.
func tokenOf(tenant string, n int) string {
	return "e30." + claims(fmt.Sprintf(`{"tid":%q,"n":%d}`, tenant, n)) + ".c2ln"
}

func claims(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func grantBody(tenant string, n int) string {
	return fmt.Sprintf(`{"token_type":"Bearer","expires_in":3599,"access_token":%q}`, tokenOf(tenant, n))
}

func refusal(kind string, code int, description string) string {
	return fmt.Sprintf(`{"error":%q,"error_codes":[%d],"error_description":%q,"correlation_id":"c0"}`, kind, code, description)
}

func open(t *testing.T, e *entra, mode string, v vault) *signin.Partner {
	t.Helper()
	p, err := signin.Open(t.Context(), options(e, mode, v))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func options(e *entra, mode string, v signin.Vault) signin.Options {
	return signin.Options{
		Login: "login.microsoftonline.com", PartnerTenantID: partner, ClientID: app,
		Mode: mode, HTTP: &http.Client{Transport: e}, Vault: v,
		TokenExchange: "api://AzureADTokenExchange", PartnerScope: scope,
	}
}

func openSecret(t *testing.T, e *entra) *signin.Partner {
	return open(t, e, "secret", vault{"partner-client-secret": {Value: secret}})
}

func TestTokenRequest(t *testing.T) {
	t.Run("a secret goes to the tenant's own endpoint", func(t *testing.T) {
		e := &entra{}
		token, err := openSecret(t, e).Token(t.Context(), contoso, scope)
		if err != nil || token != tokenOf(contoso, 1) {
			t.Fatalf("got %q, %v", token, err)
		}
		want := url.Values{"client_id": {app}, "client_secret": {secret}, "grant_type": {"client_credentials"}, "scope": {scope}}
		if got := e.forms[0].Encode(); got != want.Encode() || e.paths[0] != "/"+contoso+"/oauth2/v2.0/token" {
			t.Errorf("got %s to %s", got, e.paths[0])
		}
	})
}

func TestTokenFailures(t *testing.T) {
	tests := []struct {
		rule     string
		tenant   string
		status   int
		body     string
		class    run.Class
		requests int
		remedy   string
	}{
		{"missing consent names the address that gives it", contoso, 400, refusal("invalid_grant", 65001, "x"), run.ConsentMissing, 1,
			"https://login.microsoftonline.com/" + contoso + "/adminconsent?client_id=" + app},
		{"a missing service principal is missing consent", contoso, 401, refusal("invalid_client", 7000229, "x"), run.ConsentMissing, 1, "adminconsent"},
		{"a wrong secret is the partner's", contoso, 401, refusal("invalid_client", 7000215, "x"), run.PartnerCredential, 1, "partner-client-secret"},
		{"an unknown certificate is tried four times, because it may be new", contoso, 401, refusal("invalid_client", 700027, "x"), run.PartnerCredential, 4, "Upload"},
		{"a transient code is retried", contoso, 400, refusal("invalid_request", 90033, "x"), run.ServiceFault, 4, ""},
		{"the app missing from the partner's own tenant is the partner's problem", partner, 400, refusal("unauthorized_client", 700016, "x"), run.PartnerCredential, 1, "PARTNER_CLIENT_ID"},
		{"a partner's tenant that does not exist is not a customer to leave out", partner, 400, refusal("invalid_request", 90002, "x"), run.PartnerCredential, 1, "check PARTNER_TENANT_ID, PARTNER_CLIENT_ID and CLOUD."},
		{"a token of another tenant is not used", contoso, 200, grantBody(partner, 1), run.ServiceFault, 1, ""},
		{"nor is one whose tenant is not text", contoso, 200, strings.Replace(grantBody(contoso, 1), tokenOf(contoso, 1), "e30."+claims(`{"tid":["`+contoso+`"]}`)+".c2ln", 1), run.ServiceFault, 1, ""},
		{"nor is one without a tenant", contoso, 200, strings.Replace(grantBody(contoso, 1), tokenOf(contoso, 1), "e30."+claims(`{}`)+".c2ln", 1), run.ServiceFault, 1, ""},
		{"no token is a failure", contoso, 200, `{}`, run.ServiceFault, 1, ""},
		{"nor is one of another type", contoso, 200, `{"access_token":{"a":[1]},"expires_in":"soon"}`, run.ServiceFault, 1, ""},
		{"a token of more than a mebibyte is a failure", contoso, 200, `{"expires_in":3599,"access_token":"` + strings.Repeat("x", 1<<20) + `"}`, run.ServiceFault, 1, ""},
		{"an answer that is too long is not requested again", contoso, 200, strings.Repeat("x", 3<<20), run.ServiceFault, 1, "leave this host's traffic unchanged"},
		{"endlessly nested JSON is a failure", contoso, 200, strings.Repeat("[", 100_000), run.ServiceFault, 1, ""},
		{"an endlessly nested refusal is judged by its status", contoso, 400, strings.Repeat(`{"error":`, 5_000), run.ServiceFault, 1, ""},
		{"a page of a proxy is not Entra's", contoso, 403, "<html><title>Blocked</title></html>", run.ServiceFault, 1, "Check HTTPS_PROXY"},
		{"not even if it is about the partner's own tenant", partner, 403, "<html><title>Blocked</title></html>", run.PartnerCredential, 1, "Check HTTPS_PROXY"},
		{"a redirect is not followed", contoso, 302, "", run.ServiceFault, 1, ""},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := &entra{answer: func(int) (int, string) { return tt.status, tt.body }}
				_, err := openSecret(t, e).Token(t.Context(), tt.tenant, scope)
				f := runtest.WantFailure(t, err, tt.class)
				if e.requests() != tt.requests || !strings.Contains(f.Remedy, tt.remedy) || tt.tenant == partner && strings.Contains(f.Remedy, "CUSTOMERS_EXCLUDE") {
					t.Errorf("%d requests, remedy %q", e.requests(), f.Remedy)
				}
			})
		})
	}
}

// cutting breaks off the first answer.
type cutting struct{ entra }

func (c *cutting) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := c.entra.RoundTrip(req)
	if c.requests() == 1 {
		resp.Body = io.NopCloser(io.MultiReader(io.LimitReader(resp.Body, 20), iotest.ErrReader(io.ErrUnexpectedEOF)))
	}
	return resp, err
}

func TestATokenThatBreaksOffIsRequestedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &cutting{}
		o := options(&e.entra, "secret", vault{"partner-client-secret": {Value: secret}})
		o.HTTP = &http.Client{Transport: e}
		p, err := signin.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if token, err := p.Token(t.Context(), contoso, scope); err != nil || token != tokenOf(contoso, 2) {
			t.Errorf("got %q, %v", token, err)
		}
	})
}

func TestAMinuteInWhichEntraRefusesEverybodyIsWaitedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		e := &entra{answer: func(int) (int, string) {
			if time.Since(began) < time.Minute {
				return 429, ""
			}
			return 0, ""
		}}
		p := openSecret(t, e)
		var calls sync.WaitGroup
		for i := range 20 {
			calls.Go(func() {
				tenant := fmt.Sprintf("00000000-0000-0000-0000-0000000001%02d", i)
				if _, err := p.Token(t.Context(), tenant, scope); err != nil {
					t.Errorf("%s: %v", tenant, err)
				}
			})
		}
		calls.Wait()
	})
}

func TestNoSecretIsEverShown(t *testing.T) {
	key, cert := newCertificate(t, time.Now().Add(time.Hour))
	v := vault{
		"partner-client-secret": {Value: secret}, "partner-certificate": {Value: pemOf(t, key, cert)},
		"partner-refresh-token": {Value: "user's own", Created: time.Now()},
	}
	for _, mode := range []string{"secret", "certificate", "federated", "refresh-token"} {
		e := &entra{}
		// The worst service: it repeats what it was told.
		e.answer = func(n int) (int, string) {
			form := e.forms[n-1]
			return 401, refusal("invalid_client", 7000215,
				"you sent "+form.Get("client_secret")+form.Get("client_assertion")+form.Get("refresh_token"))
		}
		o := options(e, mode, v)
		o.Identity = &identity{}
		p, err := signin.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Token(t.Context(), contoso, scope)
		text := fmt.Sprintf("%v %+v %q", err, err, err)
		for _, hidden := range []string{secret, e.forms[0].Get("client_assertion"), e.forms[0].Get("refresh_token")} {
			if hidden != "" && strings.Contains(text, hidden) {
				t.Errorf("%s mode shows %s", mode, hidden)
			}
		}
		if !strings.Contains(text, "you sent [secret]") {
			t.Errorf("%s mode: got %s", mode, text)
		}
	}
}

func TestAModeThatNeedsAVaultSaysThatNoneIsNamed(t *testing.T) {
	for _, mode := range []string{"certificate", "secret", "refresh-token"} {
		o := options(&entra{}, mode, nil)
		o.Vault = signin.NoVault{}
		_, err := signin.Open(t.Context(), o)
		if f := runtest.WantFailure(t, err, run.PartnerCredential); !strings.Contains(f.Remedy, "KEY_VAULT_URL") {
			t.Errorf("%s: %+v", mode, f)
		}
		for _, secret := range signin.CheckSecrets(t.Context(), o.Vault, mode) {
			runtest.WantFailure(t, secret.Err, run.PartnerCredential)
		}
	}
}
