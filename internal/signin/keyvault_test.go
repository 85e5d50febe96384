package signin_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
	"tenantrollup/internal/signin"
)

// azureVault is a Key Vault: it challenges, then answers.
type azureVault struct {
	status int
	body   string
	err    error

	sent []string // method, path and body of each request with a token
}

func (v *azureVault) Do(req *http.Request) (*http.Response, error) {
	if v.err != nil {
		return nil, v.err
	}
	if req.Header.Get("Authorization") != "" {
		var text []byte
		if req.Body != nil {
			text, _ = io.ReadAll(req.Body)
		}
		v.sent = append(v.sent, req.Method+" "+req.URL.Path+" "+string(text))
	}
	status, body, header := v.status, v.body, http.Header{"Content-Type": {"application/json"}}
	if req.Header.Get("Authorization") == "" {
		status, body = 401, ""
		header.Set("WWW-Authenticate", `Bearer authorization="https://login.microsoftonline.com/`+partner+`", resource="https://vault.azure.net"`)
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
}

// failingIdentity cannot get a token.
type failingIdentity struct{ err error }

func (i failingIdentity) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{}, i.err
}

func read(t *testing.T, v *azureVault, identity azcore.TokenCredential) (signin.Secret, error) {
	t.Helper()
	kv, err := signin.NewKeyVault("https://contoso.vault.azure.net", identity, v, nil)
	if err != nil {
		t.Fatal(err)
	}
	return kv.Secret(t.Context(), "partner-certificate")
}

func TestKeyVaultHandsOutASecret(t *testing.T) {
	v := &azureVault{status: 200, body: `{"value":"x","contentType":"application/x-pkcs12","attributes":{"enabled":true,"exp":1798761600,"created":1767225600},"id":"https://contoso.vault.azure.net/secrets/partner-certificate/4f2a"}`}
	s, err := read(t, v, &fake.TokenCredential{})
	s.Expires, s.Created = s.Expires.UTC(), s.Created.UTC()
	want := signin.Secret{
		Value: "x", Version: "4f2a",
		Expires: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), Created: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	if err != nil || s != want {
		t.Errorf("got %+v, %v", s, err)
	}
}

func TestKeyVaultStoresASecret(t *testing.T) {
	store := func(t *testing.T, v *azureVault) error {
		kv, err := signin.NewKeyVault("https://contoso.vault.azure.net", &fake.TokenCredential{}, v, nil)
		if err != nil {
			t.Fatal(err)
		}
		return kv.Store(t.Context(), "partner-refresh-token", "x", time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))
	}
	t.Run("with its expiry date", func(t *testing.T) {
		v := &azureVault{status: 200, body: `{"value":"x"}`}
		err := store(t, v)
		want := `PUT /secrets/partner-refresh-token {"attributes":{"exp":1798761600},"value":"x"}`
		if err != nil || len(v.sent) != 1 || v.sent[0] != want {
			t.Errorf("sent %q, %v", v.sent, err)
		}
	})
	t.Run("and names the role or permission that is needed", func(t *testing.T) {
		for inner, needed := range map[string]string{"ForbiddenByRbac": "Key Vault Secrets Officer", "AccessDenied": "permission Set in this vault's access policies"} {
			v := &azureVault{status: 403, body: `{"error":{"code":"Forbidden","message":"no","innererror":{"code":"` + inner + `"}}}`}
			if f := runtest.WantFailure(t, store(t, v), run.PartnerCredential); !strings.Contains(f.Remedy, needed) {
				t.Errorf("%s: got %+v", inner, f)
			}
		}
	})
}

func TestKeyVaultFailures(t *testing.T) {
	forbidden := func(inner string) string {
		return `{"error":{"code":"Forbidden","message":"no","innererror":{"code":"` + inner + `"}}}`
	}
	unavailable := azidentity.NewCredentialUnavailableError("DefaultAzureCredential: failed to acquire a token.\nAttempted credentials:\n…")
	tests := []struct {
		rule            string
		vault           azureVault
		identity        azcore.TokenCredential
		class           run.Class
		transient       bool
		message, remedy string
	}{
		{"a missing secret", azureVault{status: 404, body: `{"error":{"code":"SecretNotFound","message":"x"}}`}, &fake.TokenCredential{},
			run.PartnerCredential, false, "Key Vault contoso.vault.azure.net has no secret partner-certificate.", "PARTNER_AUTH"},
		{"a missing role", azureVault{status: 403, body: forbidden("ForbiddenByRbac")}, &fake.TokenCredential{},
			run.PartnerCredential, false, "contoso.vault.azure.net answered 403", "Key Vault Secrets User"},
		{"a missing access policy", azureVault{status: 403, body: forbidden("AccessDenied")}, &fake.TokenCredential{},
			run.PartnerCredential, false, "contoso.vault.azure.net answered 403", "the secret permission Get in this vault's access policies"},
		{"a disabled secret", azureVault{status: 403, body: forbidden("SecretDisabled")}, &fake.TokenCredential{},
			run.PartnerCredential, false, "partner-certificate of Key Vault contoso.vault.azure.net is disabled", "Enable"},
		{"a firewall", azureVault{status: 403, body: forbidden("ForbiddenByFirewall")}, &fake.TokenCredential{},
			run.PartnerCredential, false, "answered 403", "firewall"},
		{"a vault that is down", azureVault{status: 503}, &fake.TokenCredential{},
			run.ServiceFault, true, "contoso.vault.azure.net answered 503", "next run"},
		{"a vault out of reach", azureVault{err: errors.New("no such host")}, &fake.TokenCredential{},
			run.ServiceFault, true, "contoso.vault.azure.net: no such host", "KEY_VAULT_URL"},
		{"no Azure identity", azureVault{}, failingIdentity{unavailable},
			run.PartnerCredential, false, "No Azure token for Key Vault contoso.vault.azure.net: DefaultAzureCredential: failed to acquire a token.", "managed identity"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, err := read(t, &tt.vault, tt.identity)
				f := runtest.WantFailure(t, err, tt.class)
				if f.Transient != tt.transient || !strings.Contains(f.Message, tt.message) || !strings.Contains(f.Remedy, tt.remedy) {
					t.Errorf("got %+v", f)
				}
				if strings.Contains(f.Error(), "\n") {
					t.Errorf("more than one line: %q", f.Error())
				}
			})
		})
	}
	t.Run("an invalid address", func(t *testing.T) {
		if _, err := signin.NewKeyVault("contoso", &fake.TokenCredential{}, &azureVault{}, nil); err == nil {
			t.Error("want an error")
		}
	})
}
