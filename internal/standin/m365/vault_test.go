package m365_test

import (
	"encoding/pem"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/standin/m365"
)

func TestVaultRefuses(t *testing.T) {
	l := start(t, m365.Options{})
	const path = "/secrets/partner-client-secret?api-version=7.5"
	vault := l.env["KEY_VAULT_URL"]
	t.Run("a request without a token, with a challenge", func(t *testing.T) {
		a := l.get(vault+path, "")
		want := `Bearer authorization="https://login.microsoftonline.com/` + l.env["PARTNER_TENANT_ID"] + `", resource="https://vault.azure.net"`
		if a.status != http.StatusUnauthorized || a.header.Get("WWW-Authenticate") != want {
			t.Errorf("got %d %v", a.status, a.header)
		}
	})
	t.Run("a token of another audience", func(t *testing.T) {
		if a := l.get(vault+path, l.identity("https://storage.azure.com")); a.status != http.StatusUnauthorized {
			t.Errorf("got %d %s", a.status, a.body)
		}
	})
	for _, test := range []struct {
		rule, path string
		outage     m365.Outage
		status     int
		code       string
	}{
		{"a request without api-version", "/secrets/partner-client-secret", "", 400, "BadParameter"},
		{"a version that not every cloud's vaults know", "/secrets/partner-client-secret?api-version=2026-04-01", "", 400, "BadParameter"},
		{"an unknown secret", "/secrets/partner-refresh-token?api-version=7.5", "", 404, "SecretNotFound"},
		{"a certificate that is not there", "/secrets/partner-certificate?api-version=7.5", "", 404, "SecretNotFound"},
		{"an unknown version", "/secrets/partner-client-secret/0123?api-version=7.5", "", 404, "SecretNotFound"},
		{"everything, when forbidden", path, m365.VaultForbidden, 403, "Forbidden"},
		{"everything, when down", path, m365.VaultDown, 503, "ServiceUnavailable"},
		{"a secret that was removed", path, m365.VaultEmpty, 404, "SecretNotFound"},
	} {
		t.Run(test.rule, func(t *testing.T) {
			l.SetOutage(test.outage, true)
			defer l.SetOutage(test.outage, false)
			if a := l.vault(test.path); a.status != test.status || a.find("error", "code") != test.code {
				t.Errorf("got %d %s, want %d %s", a.status, a.body, test.status, test.code)
			}
		})
	}
}

func TestVaultHandsThePEMOutAsKeyVaultDoes(t *testing.T) {
	l := start(t, m365.Options{Auth: m365.CertificatePEM})
	a := l.vault("/secrets/partner-certificate?api-version=7.5")
	if a.find("contentType") != "application/x-pem-file" {
		t.Errorf("content type %q", a.find("contentType"))
	}
	key, rest := pem.Decode([]byte(a.find("value")))
	cert, _ := pem.Decode(rest)
	if key == nil || key.Type != "PRIVATE KEY" || cert == nil || cert.Type != "CERTIFICATE" {
		t.Fatal("the value is not a key and then a certificate")
	}
	for _, secret := range l.Secrets() {
		if strings.Contains(a.find("value"), secret) {
			return
		}
	}
	t.Error("no line of the key is among the secrets")
}

func TestVaultStoresTheRefreshToken(t *testing.T) {
	l := start(t, m365.Options{Auth: m365.RefreshTokenSecret})
	before := l.vault(refreshPath + "?api-version=7.5")
	stored := l.store("partner-refresh-token", `{"value":"next","attributes":{"exp":4102444800}}`)
	if stored.status != 200 || stored.find("value") != "next" || !strings.Contains(stored.body, `"exp":4102444800`) {
		t.Fatalf("%d %s", stored.status, stored.body)
	}
	t.Run("as the current version, and keeps the old ones", func(t *testing.T) {
		if l.current() != "next" || !slices.Equal(l.StoredRefreshTokens(), []string{before.find("value"), "next"}) {
			t.Errorf("current %q of %q", l.current(), l.StoredRefreshTokens())
		}
		id := before.find("id")
		old := l.vault(refreshPath + "/" + id[strings.LastIndexByte(id, '/')+1:] + "?api-version=7.5")
		if old.body != before.body || stored.find("id") == id {
			t.Errorf("old version %s, was %s", old.body, before.body)
		}
	})
	t.Run("whose dates age with it", func(t *testing.T) {
		l.AgeRefreshTokens(time.Hour)
		if a := l.vault(refreshPath + "?api-version=7.5"); !strings.Contains(a.body, `"exp":4102441200`) {
			t.Errorf("an hour later %s", a.body)
		}
	})
	t.Run("and refuses everything else", func(t *testing.T) {
		for body, status := range map[string]int{`{"value":""}`: 400, `{"value":"x","name":"y"}`: 400, "": 400} {
			if a := l.store("partner-refresh-token", body); a.status != status {
				t.Errorf("%s: %d %s", body, a.status, a.body)
			}
		}
		if a := l.store("partner-client-secret", `{"value":"x"}`); a.status != 403 {
			t.Errorf("another secret: %d %s", a.status, a.body)
		}
		l.SetOutage(m365.VaultReadOnly, true)
		refused := l.store("partner-refresh-token", `{"value":"x"}`)
		for _, part := range []string{`"innererror":{"code":"ForbiddenByRbac"}`, `\r\nAction: 'Microsoft.KeyVault/vaults/secrets/setSecret/action'\r\n`, "/secrets/partner-refresh-token'"} {
			if !strings.Contains(refused.body, part) {
				t.Errorf("%s lacks %s", refused.body, part)
			}
		}
		if a := l.store("partner-refresh-token", `{"value":"x"}`); a.status != 403 || l.current() != "next" {
			t.Errorf("read-only: %d %s", a.status, a.body)
		}
	})
}

func TestARotatedSecretIsTheOnlyOneThatSignsIn(t *testing.T) {
	l := start(t, m365.Options{Customers: 1})
	customer := l.Customers()[0].TenantID
	before, token := l.secret(), l.token(customer)
	l.RotateSecret()
	if a := l.signIn(customer, l.form("client_secret", before)); a.status != 401 {
		t.Errorf("the old one: got %d %s", a.status, a.body)
	}
	if a := l.signIn(customer, l.form()); a.status != http.StatusOK || l.secret() == before {
		t.Errorf("the vault's: got %d %s", a.status, a.body)
	}
	if a := l.graph(token, "/v1.0/organization"); a.status != http.StatusOK {
		t.Errorf("a token from before: got %d %s", a.status, a.body)
	}
}

func TestOldBuildsMayAskTheVaultInTheirVersion(t *testing.T) {
	l := start(t, m365.Options{TakeVaultVersionOfOldBuilds: true})
	if a := l.vault("/secrets/partner-client-secret?api-version=2026-04-01"); a.status != http.StatusOK {
		t.Errorf("got %d %s", a.status, a.body)
	}
}
