package m365_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"tenantrollup/internal/standin/m365"
)

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		goleak.VerifyTestMain(m)
		return
	}
	if err := program(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

const counts7 = "getMailboxUsageMailboxCounts(period='D7')"

// lab is a cloud and a client of it that follows no redirect.
type lab struct {
	*m365.Cloud
	t      *testing.T
	client *http.Client
	env    map[string]string
}

func start(t *testing.T, o m365.Options) *lab {
	t.Helper()
	if o.Auth == "" {
		o.Auth = m365.SecretOnly // the certificate's key takes a while to make
	}
	cloud, err := m365.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{Cloud: cloud, t: t, client: cloud.Client(), env: cloud.Settings()}
	l.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t.Cleanup(func() {
		if err := cloud.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// answer is a response, read.
type answer struct {
	status int
	header http.Header
	body   string
}

// find returns a value deep in a JSON answer, or "" if there is none.
func (a answer) find(path ...string) string {
	var value any
	json.Unmarshal([]byte(a.body), &value)
	for _, name := range path {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	text, _ := value.(string)
	return text
}

func (l *lab) do(r *http.Request) (answer, error) {
	l.t.Helper()
	response, err := l.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(body)}, err
}

func (l *lab) request(ctx context.Context, address, token string) *http.Request {
	l.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r
}

// get fails the test if the connection fails.
func (l *lab) get(address, token string, headers ...string) answer {
	l.t.Helper()
	r := l.request(l.t.Context(), address, token)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	a, err := l.do(r)
	if err != nil {
		l.t.Fatalf("GET %s: %v", address, err)
	}
	return a
}

func (l *lab) identity(resource string) string {
	l.t.Helper()
	a := l.get(l.env["IDENTITY_ENDPOINT"]+"?api-version=2019-08-01&resource="+url.QueryEscape(resource), "",
		"X-IDENTITY-HEADER", l.env["IDENTITY_HEADER"])
	if a.status != http.StatusOK {
		l.t.Fatalf("identity: %d %s", a.status, a.body)
	}
	return a.find("access_token")
}

func (l *lab) vault(path string) answer {
	l.t.Helper()
	return l.get(l.env["KEY_VAULT_URL"]+path, l.identity("https://vault.azure.net"))
}

func (l *lab) secret() string {
	l.t.Helper()
	return l.vault("/secrets/partner-client-secret?api-version=7.5").find("value")
}

// form is a good token request with a secret, changed by name and value pairs; an empty
// value removes the parameter.
func (l *lab) form(changes ...string) url.Values {
	f := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {l.env["PARTNER_CLIENT_ID"]},
		"client_secret": {l.secret()}, "scope": {"https://graph.microsoft.com/.default"},
	}
	for i := 0; i+1 < len(changes); i += 2 {
		f.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			f.Del(changes[i])
		}
	}
	return f
}

func (l *lab) signIn(tenant string, form url.Values) answer {
	l.t.Helper()
	return l.post(tenant, form.Encode(), "application/x-www-form-urlencoded")
}

func (l *lab) post(tenant, body, contentType string) answer {
	l.t.Helper()
	return l.postTo("https://login.microsoftonline.com/"+tenant+"/oauth2/v2.0/token", body, contentType)
}

func (l *lab) postTo(address, body, contentType string) answer {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		l.t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	a, err := l.do(r)
	if err != nil {
		l.t.Fatal(err)
	}
	return a
}

func (l *lab) token(tenant string, changes ...string) string {
	l.t.Helper()
	a := l.signIn(tenant, l.form(changes...))
	if a.status != http.StatusOK {
		l.t.Fatalf("token of %s: %d %s", tenant, a.status, a.body)
	}
	return a.find("access_token")
}

func (l *lab) partnerToken() string { return l.token(l.env["PARTNER_TENANT_ID"]) }

func (l *lab) graph(token, path string) answer {
	l.t.Helper()
	return l.get("https://graph.microsoft.com"+path, token)
}

// download requests a customer's report and fetches it as a careful client does.
func (l *lab) download(tenant, call string) (string, error) {
	l.t.Helper()
	a := l.graph(l.token(tenant), "/v1.0/reports/"+call)
	if a.status != http.StatusFound {
		l.t.Fatalf("report %s: %d %s", call, a.status, a.body)
	}
	a, err := l.do(l.request(l.t.Context(), a.header.Get("Location"), ""))
	return a.body, err
}
