package m365_test

import (
	"strings"
	"testing"

	"tenantrollup/internal/standin/m365"
)

func TestRareRefusals(t *testing.T) {
	l := start(t, m365.Options{Customers: 1})
	tenant := l.Customers()[0].TenantID
	for fault, want := range map[m365.Fault]struct {
		status int
		says   string
	}{
		m365.IdentityNotFound: {401, "Authorization_IdentityNotFound"},
		m365.UnknownTenant:    {404, "UnknownTenantId"},
		m365.TextError:        {403, `"error":"unauthorized_client"`},
		m365.ObjectMessage:    {403, `"value":"Invalid permission."`},
		m365.NestedError:      {400, `{"error":{"error":{"code":"InvalidFilter"`},
		m365.ProxyRefusal:     {403, "served elsewhere"},
	} {
		t.Run(string(fault), func(t *testing.T) {
			l.SetFault(0, fault)
			a := l.get("https://graph.microsoft.com/v1.0/reports/getMailboxUsageMailboxCounts(period='D7')", l.token(tenant))
			if a.status != want.status || !strings.Contains(a.body, want.says) {
				t.Errorf("answered %d %s", a.status, a.body)
			}
		})
	}
	t.Run("a lapsed subscription is refused at the sign-in", func(t *testing.T) {
		l.SetFault(0, m365.SubscriptionLapsed)
		wantRefusal(t, l.signIn(tenant, l.form()), 400, 500014)
	})
}
