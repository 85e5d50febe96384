package m365_test

import (
	"strings"
	"testing"

	"tenantrollup/internal/standin/m365"
)

func TestReportSettings(t *testing.T) {
	l := start(t, m365.Options{Customers: 4, Faults: map[int]m365.Fault{1: m365.Concealed}})
	for _, test := range []struct {
		rule          string
		index, status int
		holds         string
	}{
		{"of a customer that let the app read them", 0, 200, `"displayConcealedNames":false`},
		{"of one that conceals names", 1, 200, `"displayConcealedNames":true`},
		{"of one that did not let it", 3, 403, "S2SUnauthorized"},
	} {
		t.Run(test.rule, func(t *testing.T) {
			a := l.graph(l.token(l.Customers()[test.index].TenantID), "/v1.0/admin/reportSettings")
			if a.status != test.status || !strings.Contains(a.body, test.holds) {
				t.Errorf("got %d %s, want %d %s", a.status, a.body, test.status, test.holds)
			}
		})
	}
}
