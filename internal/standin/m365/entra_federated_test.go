package m365_test

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"tenantrollup/internal/standin/m365"
)

func TestFederatedAssertion(t *testing.T) {
	const exchange = "api://AzureADTokenExchange"
	l := start(t, m365.Options{Customers: 2, Auth: m365.Federated})
	tenant := l.Customers()[0].TenantID
	ask := func(resource, client string) answer {
		return l.get(l.env["IDENTITY_ENDPOINT"]+"?api-version=2019-08-01&resource="+url.QueryEscape(resource)+client, "",
			"X-IDENTITY-HEADER", l.env["IDENTITY_HEADER"])
	}
	assertion := func(resource string) string {
		return ask(resource, "&client_id="+l.env["AZURE_CLIENT_ID"]).find("access_token")
	}
	good := assertion(exchange)
	send := func(tenant, assertion string) answer {
		return l.signIn(tenant, url.Values{
			"grant_type": {"client_credentials"}, "client_id": {l.env["PARTNER_CLIENT_ID"]}, "scope": {"https://graph.microsoft.com/.default"},
			"client_assertion": {assertion}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		})
	}
	t.Run("no vault is needed, and no secret is accepted", func(t *testing.T) {
		if l.env["PARTNER_AUTH"] != "federated" || l.env["KEY_VAULT_URL"] != "" {
			t.Errorf("environment %v", l.env)
		}
		wantRefusal(t, l.signIn(tenant, url.Values{
			"grant_type": {"client_credentials"}, "client_id": {l.env["PARTNER_CLIENT_ID"]}, "scope": {"https://graph.microsoft.com/.default"},
			"client_secret": {l.ClientSecret()},
		}), 401, 7000215)
	})
	t.Run("the identity has to be requested by name", func(t *testing.T) {
		for _, client := range []string{"", "&client_id=x"} {
			if a := ask(exchange, client); a.status != 400 {
				t.Errorf("%q: %d %s", client, a.status, a.body)
			}
		}
	})
	t.Run("the endpoint fails for as many requests as it is told to", func(t *testing.T) {
		l.RefuseIdentity(exchange, 503, 2)
		var statuses []int
		for range 3 {
			statuses = append(statuses, ask(exchange, "&client_id="+l.env["AZURE_CLIENT_ID"]).status)
		}
		if !slices.Equal(statuses, []int{503, 503, 200}) {
			t.Errorf("answered %v", statuses)
		}
		l.RefuseIdentity(exchange, 400, 1)
		if a := ask("https://vault.azure.net", "&client_id="+l.env["AZURE_CLIENT_ID"]); a.status != 200 {
			t.Errorf("another resource: %d", a.status)
		}
		if a := ask(exchange, "&client_id="+l.env["AZURE_CLIENT_ID"]); a.status != 400 || !strings.Contains(a.body, "No User Assigned or Delegated Managed Identity found") {
			t.Errorf("an identity that is missing: %d %s", a.status, a.body)
		}
	})
	t.Run("one token serves every tenant", func(t *testing.T) {
		for _, cu := range l.Customers() {
			a := send(cu.TenantID, good)
			if a.status != 200 || l.graph(a.find("access_token"), "/v1.0/organization").status != 200 {
				t.Errorf("%d %s", a.status, a.body)
			}
		}
	})
	t.Run("refuses what the identity endpoint did not issue", func(t *testing.T) {
		claims := jwt.MapClaims{}
		if _, _, err := jwt.NewParser().ParseUnverified(good, claims); err != nil {
			t.Fatal(err)
		}
		forged, err := jwt.NewWithClaims(jwt.SigningMethodHS256, maps.Clone(claims)).SignedString([]byte("guess"))
		if err != nil {
			t.Fatal(err)
		}
		wantRefusal(t, send(tenant, forged), 401, 50013)
	})
	t.Run("refuses what is not a token", func(t *testing.T) {
		for _, text := range []string{"guess", good[:len(good)/2], "e30.e30", "e30.WyJhIl0.e30"} {
			wantRefusal(t, send(tenant, text), 400, 50027)
		}
	})
	t.Run("refuses a token of another issuer or audience", func(t *testing.T) {
		wantRefusal(t, send(tenant, assertion("https://vault.azure.net")), 401, 700211)
		wantRefusal(t, send(tenant, send(tenant, good).find("access_token")), 401, 700211)
	})
	t.Run("refuses an identity that the app does not trust", func(t *testing.T) {
		l.SetOutage(m365.SecretWrong, true)
		defer l.SetOutage(m365.SecretWrong, false)
		a := send(tenant, good)
		wantRefusal(t, a, 401, 700213)
		if !strings.Contains(a.body, "subject") {
			t.Error(a.body)
		}
	})
}
