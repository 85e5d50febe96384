package m365_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tenantrollup/internal/standin/m365"
)

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
