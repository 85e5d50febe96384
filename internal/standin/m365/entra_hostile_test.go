package m365_test

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

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
		t.Run("that no service takes: "+string(fault), func(t *testing.T) {
			l.SetFault(0, fault)
			if a := l.graph(l.token(tenant), "/v1.0/organization"); a.status != http.StatusUnauthorized {
				t.Errorf("got %d %s", a.status, a.body)
			}
		})
	}
}

func TestHostileClock(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Faults: map[int]m365.Fault{0: m365.HostileClock}, Tuning: m365.Tuning{RetryAfter: 7 * time.Second}})
	all := l.askOften(l.Customers()[0].TenantID, counts7, 3)
	for _, a := range all[:2] {
		date, err := http.ParseTime(a.header.Get("Date"))
		again, err2 := http.ParseTime(a.header.Get("Retry-After"))
		if wait := again.Sub(date); a.status != 429 || err != nil || err2 != nil || time.Until(date) < 2*time.Hour || wait < 7*time.Second || wait > 9*time.Second {
			t.Errorf("got %d %v", a.status, a.header)
		}
	}
	if all[2].status != 302 {
		t.Errorf("it does not end: %d", all[2].status)
	}
}

func TestStorms(t *testing.T) {
	l := start(t, m365.Options{Customers: 1})
	tenant := l.Customers()[0].TenantID
	for storm, waits := range map[m365.Outage]func(string) bool{
		m365.ThrottledAllAbsurd: func(text string) bool { return text == "99999999" },
		m365.ThrottledAllByDate: func(text string) bool {
			at, err := http.ParseTime(text)
			return err == nil && time.Until(at) > time.Second && time.Until(at) < 5*time.Second
		},
	} {
		l.SetOutage(storm, true)
		if a := l.askOften(tenant, counts7, 1)[0]; a.status != 429 || !waits(a.header.Get("Retry-After")) {
			t.Errorf("%s: got %d %v", storm, a.status, a.header)
		}
		l.SetOutage(storm, false)
	}
}

func TestHostileRecords(t *testing.T) {
	l := start(t, m365.Options{Customers: 1, Today: due})
	tenant := l.Customers()[0].TenantID
	ask := func(f m365.Fault) (string, error) {
		l.SetFault(0, f)
		if l.ServedRows(tenant, trafficCmdlet, nil) != nil {
			t.Errorf("%s: rows are served", f)
		}
		a := l.run(l.cmdletCall(tenant, trafficCmdlet, "{}"))
		var body any
		return a.body, json.Unmarshal([]byte(a.body), &body)
	}
	if body, err := ask(m365.HostilePage); err != nil || len(body) < 40<<20 {
		t.Errorf("a page of %d bytes, %v", len(body), err)
	}
	if body, err := ask(m365.HostileRecords); err != nil || !strings.HasPrefix(body, `{"value":{`) {
		t.Errorf("got %s, %v", body, err)
	}
	if _, err := ask(m365.HostileNesting); err == nil {
		t.Error("the nesting can be read")
	}
	l.SetFault(0, m365.HostileEndless)
	seen := map[string]bool{}
	all, pages := l.collect(l.cmdletCall(tenant, trafficCmdlet, "{}"))
	for _, page := range pages {
		seen[page.Next] = true
	}
	if len(all) != 0 || len(pages) != 10 || len(seen) != 10 || seen[""] {
		t.Errorf("%d records on %d pages with %d links", len(all), len(pages), len(seen))
	}
}

func TestStorageThatMayOnlyBeRead(t *testing.T) {
	l := start(t, m365.Options{Customers: 1})
	const host = "contosoreports.blob.core.windows.net"
	certPEM, keyPEM, err := l.Leaf(host)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		t.Fatal(err)
	}
	storage := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.Method+" "+r.Host+r.URL.RequestURI())
	}))
	storage.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	storage.StartTLS()
	defer storage.Close()
	l.SetBlobAddr(storage.Listener.Addr().String())
	l.SetOutage(m365.BlobReadOnly, true)
	ask := func(method, path string) string {
		r, err := http.NewRequestWithContext(t.Context(), method, "https://"+host+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := l.do(r)
		if err != nil {
			t.Fatal(err)
		}
		return a.header.Get("x-ms-error-code") + a.body
	}
	if got := ask("GET", "/reports/a?comp=list"); got != "GET "+host+"/reports/a?comp=list" {
		t.Errorf("a read: %s", got)
	}
	if got := ask("POST", "/?restype=service&comp=userdelegationkey"); !strings.HasPrefix(got, "POST ") {
		t.Errorf("a delegation key: %s", got)
	}
	if got := ask("PUT", "/reports/a"); !strings.HasPrefix(got, "AuthorizationPermissionMismatch<?xml") {
		t.Errorf("a write: %s", got)
	}
	l.SetOutage(m365.BlobReadOnly, false)
	if got := ask("PUT", "/reports/a"); got != "PUT "+host+"/reports/a" {
		t.Errorf("a write after it: %s", got)
	}
}
