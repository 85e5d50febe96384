package m365_test

import (
	"fmt"
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
	t.Run("a body that is not a form", func(t *testing.T) {
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
