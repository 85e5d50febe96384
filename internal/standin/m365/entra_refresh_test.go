package m365_test

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/standin/m365"
)

const refreshPath = "/secrets/partner-refresh-token"

// current is the vault's refresh token.
func (l *lab) current() string {
	l.t.Helper()
	return l.vault(refreshPath + "?api-version=7.5").find("value")
}

func (l *lab) redeem(tenant, token string, changes ...string) answer {
	l.t.Helper()
	return l.signIn(tenant, l.form(append([]string{"grant_type", "refresh_token", "refresh_token", token}, changes...)...))
}

// store puts a new version into the vault.
func (l *lab) store(name, body string) answer {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), http.MethodPut, l.env["KEY_VAULT_URL"]+"/secrets/"+name+"?api-version=7.5", bytes.NewReader([]byte(body)))
	if err != nil {
		l.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+l.identity("https://vault.azure.net"))
	a, err := l.do(r)
	if err != nil {
		l.t.Fatal(err)
	}
	return a
}

func TestRefreshToken(t *testing.T) {
	l := start(t, m365.Options{Customers: 2, Auth: m365.RefreshTokenSecret})
	first, second := l.Customers()[0].TenantID, l.Customers()[1].TenantID
	stored := l.current()
	if l.env["PARTNER_AUTH"] != "refresh-token" {
		t.Errorf("environment %v", l.env)
	}
	t.Run("every use returns a new one, and the old one works on", func(t *testing.T) {
		seen := map[string]bool{stored: true}
		token := stored
		for _, tenant := range []string{l.env["PARTNER_TENANT_ID"], first, second} {
			for _, use := range []string{token, stored} {
				a := l.redeem(tenant, use)
				if token = a.find("refresh_token"); a.status != 200 || seen[token] {
					t.Errorf("%d %s", a.status, a.body)
				}
				seen[token] = true
			}
		}
	})
	t.Run("its access token is good for one tenant and service", func(t *testing.T) {
		graph := l.redeem(first, stored).find("access_token")
		if a := l.graph(graph, "/v1.0/reports/"+counts7); a.status != http.StatusFound {
			t.Errorf("%d %s", a.status, a.body)
		}
		if a := l.graph(graph, "/v1.0/contracts"); a.status != http.StatusForbidden {
			t.Errorf("a customer's token lists the partner's customers: %d", a.status)
		}
		exchange := l.redeem(first, stored, "scope", "https://outlook.office365.com/.default").find("access_token")
		if a := l.graph(exchange, "/v1.0/reports/"+counts7); a.status != http.StatusUnauthorized {
			t.Errorf("Graph accepts a token of Exchange: %d", a.status)
		}
		if a := l.graph(stored, "/v1.0/reports/"+counts7); a.status != http.StatusUnauthorized {
			t.Errorf("Graph accepts a refresh token: %d", a.status)
		}
	})
	t.Run("without the user the app has no permissions", func(t *testing.T) {
		if a := l.graph(l.token(first), "/v1.0/organization"); a.status != http.StatusForbidden {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
	t.Run("it is among the secrets", func(t *testing.T) {
		if !slices.ContainsFunc(l.Secrets(), func(s string) bool { return strings.Contains(stored, s) }) {
			t.Error("it does not")
		}
	})
	t.Run("refuses", func(t *testing.T) {
		wantRefusal(t, l.redeem(first, ""), 400, 900144)
		wantRefusal(t, l.redeem(first, "guess"), 400, 70000)
		wantRefusal(t, l.redeem(first, stored, "client_secret", ""), 401, 7000216)
		wantRefusal(t, l.redeem(first, stored, "client_secret", "guess"), 401, 7000215)
		l.SetOutage(m365.UserRevoked, true)
		defer l.SetOutage(m365.UserRevoked, false)
		wantRefusal(t, l.redeem(first, stored), 400, 50173)
	})
	t.Run("expires 90 days after its issue, used or not", func(t *testing.T) {
		newer := l.redeem(first, stored).find("refresh_token")
		l.AgeRefreshTokens(59 * 24 * time.Hour) // the first was a month old
		if a := l.redeem(first, stored); a.status != 200 {
			t.Errorf("%d %s", a.status, a.body)
		}
		l.AgeRefreshTokens(2 * 24 * time.Hour)
		wantRefusal(t, l.redeem(first, stored), 400, 700082)
		if a := l.redeem(first, newer); a.status != 200 {
			t.Errorf("the newer one: %d %s", a.status, a.body)
		}
	})
	t.Run("is not valid for another partner", func(t *testing.T) {
		other := start(t, m365.Options{Customers: 1, Auth: m365.RefreshTokenSecret})
		wantRefusal(t, other.redeem(other.Customers()[0].TenantID, stored), 400, 70000)
	})
}
