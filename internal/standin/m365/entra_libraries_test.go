package m365_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"tenantrollup/internal/standin/m365"
)

// claimsOf are those of a token.
func claimsOf(t *testing.T, token string) map[string]any {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestTokenRequestMaySayWhichLibraryAsks(t *testing.T) {
	l := start(t, m365.Options{Customers: 1})
	tenant := l.Customers()[0].TenantID
	ask := func(query string, changes ...string) answer {
		return l.postTo("https://login.microsoftonline.com/"+tenant+"/oauth2/v2.0/token"+query, l.form(changes...).Encode(), "application/x-www-form-urlencoded")
	}
	if a := ask("?client-request-id=abc", "x-client-SKU", "msal.js.node", "x-ms-lib-capability", "retry-after, h429"); a.status != 200 {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := ask("?client-request-id=abc", "client_secret", "wrong"); a.find("correlation_id") != "abc" {
		t.Errorf("the refusal doesn't name the request: %s", a.body)
	}
	if a := ask("?scope=x"); a.status != 400 || !strings.Contains(a.body, "AADSTS9002313") {
		t.Errorf("another parameter in the address: %d %s", a.status, a.body)
	}
	if a := ask("", "x-client-shoe-size", "44"); a.status != 400 || !strings.Contains(a.body, "AADSTS9002313") {
		t.Errorf("another one in the body: %d %s", a.status, a.body)
	}
}

func TestTokenSaysWhoseItIs(t *testing.T) {
	l := start(t, m365.Options{Customers: 1})
	got := claimsOf(t, l.token(l.Customers()[0].TenantID))
	if got["idtyp"] != "app" || got["app_displayname"] != "Tenant Rollup" || got["appidacr"] != "1" || got["upn"] != nil {
		t.Errorf("of the app: %v", got)
	}
}

func TestRefreshTokenIdentifiesItsUser(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Auth: m365.RefreshTokenSecret})
	tenant := l.Customers()[0].TenantID
	ask := func(changes ...string) answer {
		return l.signIn(tenant, l.form(append(changes, "grant_type", "refresh_token", "refresh_token", l.StoredRefreshTokens()[0])...))
	}
	a := ask("scope", "https://graph.microsoft.com/.default openid profile offline_access", "client_info", "1")
	if a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	access, identity := claimsOf(t, a.find("access_token")), claimsOf(t, a.find("id_token"))
	if access["idtyp"] != "user" || access["upn"] != "reports@partner.contoso.example" || access["roles"] != nil || access["scp"] == "" {
		t.Errorf("access token %v", access)
	}
	if identity["preferred_username"] != access["upn"] || identity["aud"] != l.env["PARTNER_CLIENT_ID"] || identity["ver"] != "2.0" {
		t.Errorf("id token %v", identity)
	}
	if text, err := base64.RawURLEncoding.DecodeString(a.find("client_info")); err != nil || !strings.Contains(string(text), `"utid":"`+tenant+`"`) {
		t.Errorf("client_info %s %v", text, err)
	}
	if a := ask(); a.find("id_token") != "" || a.find("client_info") != "" {
		t.Errorf("unasked: %s", a.body)
	}
}

func TestDiscovery(t *testing.T) {
	l := start(t, m365.Options{Customers: 2, Faults: map[int]m365.Fault{1: m365.TenantGone}})
	const login = "https://login.microsoftonline.com/"
	const instance = login + "common/discovery/instance?api-version=1.1&authorization_endpoint="
	known, gone := l.Customers()[0].TenantID, l.Customers()[1].TenantID
	for _, test := range []struct {
		rule, address string
		status        int
		holds         string
	}{
		{"of a tenant", login + known + "/v2.0/.well-known/openid-configuration", 200, `"issuer":"` + login + known + `/v2.0"`},
		{"of a tenant that is gone", login + gone + "/v2.0/.well-known/openid-configuration", 400, "AADSTS90002"},
		{"of an authority", instance + login + known + "/oauth2/v2.0/authorize", 200, `"tenant_discovery_endpoint":"` + login + known + `/v2.0/`},
		{"of an authority under another name", instance + "https://login.windows.net/common/oauth2/authorize", 200, `"aliases":["login.microsoftonline.com"`},
		{"of an authority that is not Microsoft's", instance + "https://login.fabrikam.example/common/oauth2/v2.0/authorize", 400, `"error":"invalid_instance"`},
		{"of no authority", login + "common/discovery/instance?api-version=1.1", 400, "AADSTS900144"},
		{"in no version", login + "common/discovery/instance?authorization_endpoint=" + login, 400, "AADSTS900144"},
	} {
		t.Run(test.rule, func(t *testing.T) {
			if a := l.get(test.address, ""); a.status != test.status || !strings.Contains(a.body, test.holds) {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
}

func TestReportWithoutParametersMayHaveBrackets(t *testing.T) {
	l := start(t, m365.Options{Customers: 1})
	token := l.token(l.Customers()[0].TenantID)
	for call, status := range map[string]int{
		"getOffice365ActivationCounts":              http.StatusFound,
		"getOffice365ActivationCounts()":            http.StatusFound, // as the SDKs write it
		"getOffice365ActivationCounts(period='D7')": http.StatusBadRequest,
		"getMailboxUsageMailboxCounts()":            http.StatusBadRequest,
	} {
		if a := l.graph(token, "/v1.0/reports/"+call); a.status != status {
			t.Errorf("%s: %d %s", call, a.status, a.body)
		}
	}
}
