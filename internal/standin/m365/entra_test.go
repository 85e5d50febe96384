package m365_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"tenantrollup/internal/standin/m365"
)

func TestTokenEndpointRefuses(t *testing.T) {
	l := start(t, m365.Options{Customers: 2})
	tenant := l.Customers()[0].TenantID
	for _, test := range []struct {
		rule    string
		changes []string
		status  int
		code    int
	}{
		{"a body without grant_type", []string{"grant_type", ""}, 400, 900144},
		{"a body without client_id", []string{"client_id", ""}, 400, 900144},
		{"a body without scope", []string{"scope", ""}, 400, 900144},
		{"an unknown parameter", []string{"resource", "https://graph.microsoft.com"}, 400, 9002313},
		{"another grant", []string{"grant_type", "password"}, 400, 70003},
		{"a scope without .default", []string{"scope", "https://graph.microsoft.com/Reports.Read.All"}, 400, 1002012},
		{"two resources", []string{"scope", "https://graph.microsoft.com/.default https://outlook.office365.com/.default"}, 400, 28000},
		{"an unknown resource", []string{"scope", "https://fabrikam.example/.default"}, 400, 500011},
		{"another app", []string{"client_id", "11111111-2222-4333-8444-555555555555"}, 400, 700016},
		{"a wrong secret", []string{"client_secret", "guess"}, 401, 7000215},
		{"no proof at all", []string{"client_secret", ""}, 401, 7000216},
	} {
		t.Run(test.rule, func(t *testing.T) {
			wantRefusal(t, l.signIn(tenant, l.form(test.changes...)), test.status, test.code)
		})
	}
	t.Run("a body that is no form", func(t *testing.T) {
		wantRefusal(t, l.post(tenant, l.form().Encode(), "application/json"), 400, 900144)
	})
	t.Run("a parameter given twice", func(t *testing.T) {
		wantRefusal(t, l.post(tenant, l.form().Encode()+"&scope=x", "application/x-www-form-urlencoded"), 400, 9002313)
	})
	t.Run("an unknown tenant", func(t *testing.T) {
		wantRefusal(t, l.signIn("11111111-2222-4333-8444-555555555555", l.form()), 400, 90002)
	})
}

func wantRefusal(t *testing.T, a answer, status, code int) {
	t.Helper()
	if a.status != status || !strings.HasPrefix(a.find("error_description"), fmt.Sprintf("AADSTS%d: ", code)) {
		t.Errorf("got %d %s, want %d AADSTS%d", a.status, a.body, status, code)
	}
}

func TestTokenRefusalHasEntrasShape(t *testing.T) {
	l := start(t, m365.Options{Customers: 1})
	a := l.signIn(l.Customers()[0].TenantID, l.form("client_secret", "guess"))
	shape := regexp.MustCompile(`^AADSTS7000215: Invalid client secret provided\..* Trace ID: [0-9a-f-]{36} Correlation ID: [0-9a-f-]{36} Timestamp: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$`)
	if !shape.MatchString(a.find("error_description")) {
		t.Errorf("description %q", a.find("error_description"))
	}
	for _, field := range []string{"error", "timestamp", "trace_id", "correlation_id", "error_uri"} {
		if a.find(field) == "" {
			t.Errorf("no %s in %s", field, a.body)
		}
	}
	if !strings.Contains(a.body, `"error_codes":[7000215]`) {
		t.Errorf("no error_codes in %s", a.body)
	}
}

func TestSignInFaults(t *testing.T) {
	faults := map[m365.Fault]struct{ status, code int }{
		m365.NoServicePrincipal: {401, 7000229},
		m365.NotConsented:       {400, 65001},
		m365.ConditionalAccess:  {400, 53003},
		m365.TenantGone:         {400, 90002},
		m365.RelationshipEnded:  {400, 50020},
	}
	l := start(t, m365.Options{Customers: 1})
	for fault, want := range faults {
		t.Run(string(fault), func(t *testing.T) {
			l.SetFault(0, fault)
			wantRefusal(t, l.signIn(l.Customers()[0].TenantID, l.form()), want.status, want.code)
		})
	}
	l.SetFault(0, m365.None)
	l.token(l.Customers()[0].TenantID)
}

func TestPartnerSecretOutages(t *testing.T) {
	l := start(t, m365.Options{Customers: 1})
	for outage, code := range map[m365.Outage]int{m365.SecretExpired: 7000222, m365.SecretWrong: 7000215} {
		t.Run(string(outage), func(t *testing.T) {
			l.SetOutage(outage, true)
			defer l.SetOutage(outage, false)
			wantRefusal(t, l.signIn(l.env["PARTNER_TENANT_ID"], l.form()), 401, code)
		})
	}
}

func TestTokenIsAsLongAsARealOne(t *testing.T) {
	l := start(t, m365.Options{})
	if n := len(l.partnerToken()); n < 1600 || n > 1900 {
		t.Errorf("token of %d bytes", n)
	}
}

func TestManagedIdentityRefuses(t *testing.T) {
	l := start(t, m365.Options{})
	endpoint, header := l.env["IDENTITY_ENDPOINT"], l.env["IDENTITY_HEADER"]
	const vault = "&resource=https://vault.azure.net"
	for _, test := range []struct {
		rule, query, header string
		status              int
	}{
		{"a wrong header", "?api-version=2019-08-01" + vault, "guess", 401},
		{"another version of its protocol", "?api-version=2017-09-01" + vault, header, 400},
		{"a resource that is not ours to ask", "?api-version=2019-08-01&resource=https://graph.microsoft.com", header, 400},
		{"an identity that is not assigned", "?api-version=2019-08-01&client_id=x" + vault, header, 400},
	} {
		t.Run(test.rule, func(t *testing.T) {
			if a := l.get(endpoint+test.query, "", "X-IDENTITY-HEADER", test.header); a.status != test.status {
				t.Errorf("got %d %s, want %d", a.status, a.body, test.status)
			}
		})
	}
}

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
