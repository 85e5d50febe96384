package m365_test

import (
	"testing"

	"tenantrollup/internal/standin/m365"
)

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
		{"a resource that may not be requested", "?api-version=2019-08-01&resource=https://graph.microsoft.com", header, 400},
		{"an identity that is not assigned", "?api-version=2019-08-01&client_id=x" + vault, header, 400},
	} {
		t.Run(test.rule, func(t *testing.T) {
			if a := l.get(endpoint+test.query, "", "X-IDENTITY-HEADER", test.header); a.status != test.status {
				t.Errorf("got %d %s, want %d", a.status, a.body, test.status)
			}
		})
	}
}
