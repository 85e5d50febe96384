package m365_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"tenantrollup/internal/standin/m365"
)

func TestHostileTokens(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Today: due})
	tenant := l.Customers()[0].TenantID
	ask := func(f m365.Fault) (answer, error) {
		l.SetFault(0, f)
		a := l.signIn(tenant, l.form())
		var body any
		return a, json.Unmarshal([]byte(a.body), &body)
	}
	t.Run("of another type", func(t *testing.T) {
		if a, err := ask(m365.HostileTokenTypes); a.status != 200 || err != nil || !strings.Contains(a.body, `"access_token":[1]`) {
			t.Errorf("got %d %s", a.status, a.body)
		}
	})
	t.Run("without end", func(t *testing.T) {
		if a, err := ask(m365.HostileTokenSize); a.status != 200 || err != nil || len(a.body) < 10<<20 {
			t.Errorf("got %d, %d bytes", a.status, len(a.body))
		}
	})
	t.Run("refused with JSON that nests without end", func(t *testing.T) {
		if a, err := ask(m365.HostileTokenDepth); a.status != 400 || err == nil {
			t.Errorf("got %d, %v", a.status, err)
		}
	})
	t.Run("at another host", func(t *testing.T) {
		if a, _ := ask(m365.HostileTokenRedirect); a.status != 302 || a.header.Get("Location") != "https://login.microsoftonline.com.fabrikam.example/token" {
			t.Errorf("got %d %v", a.status, a.header)
		}
	})
	t.Run("refused for another cloud", func(t *testing.T) {
		if a, err := ask(m365.HostileCloud); a.status != 401 || err != nil || !strings.Contains(a.body, `"error_codes":[900382]`) {
			t.Errorf("got %d %s", a.status, a.body)
		}
	})
	for _, fault := range []m365.Fault{m365.HostileTokenPast, m365.HostileTokenFuture} {
		t.Run("that no service accepts: "+string(fault), func(t *testing.T) {
			l.SetFault(0, fault)
			if a := l.graph(l.token(tenant), "/v1.0/organization"); a.status != http.StatusUnauthorized {
				t.Errorf("got %d %s", a.status, a.body)
			}
		})
	}
}
