package m365_test

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"tenantrollup/internal/standin/m365"
)

// BenchmarkCustomer is one customer's four requests without the connections:
// token, organization, report and its body. kept-B/customer is what stays in
// memory of each, the customer itself included.
func BenchmarkCustomer(b *testing.B) {
	for _, bench := range []struct{ name, call string }{{"counts", counts7}, {"200 details", mailboxDetail}} {
		b.Run(bench.name, func(b *testing.B) {
			before := heap()
			const customers = 2_000
			cloud, err := m365.Start(m365.Options{Customers: customers, Auth: m365.SecretOnly, Rows: 200, CallLimit: 1 << 30})
			if err != nil {
				b.Fatal(err)
			}
			defer cloud.Close()
			all, form := cloud.Customers(), signIn(cloud)
			for _, customer := range all {
				ask(b, cloud, customer.TenantID, form, bench.call)
			}
			kept := heap() - before
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				ask(b, cloud, all[i%customers].TenantID, form, bench.call)
				i++
			}
			b.ReportMetric(float64(kept)/customers, "kept-B/customer")
		})
	}
}

// signIn is the body of a token request.
func signIn(cloud *m365.Cloud) string {
	return url.Values{
		"grant_type": {"client_credentials"}, "scope": {"https://graph.microsoft.com/.default"},
		"client_id": {cloud.Settings()["PARTNER_CLIENT_ID"]}, "client_secret": {cloud.ClientSecret()},
	}.Encode()
}

func ask(b *testing.B, cloud *m365.Cloud, tenant, form, call string) {
	b.Helper()
	serve := func(method, address, token string, body io.Reader) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, address, body)
		r.TLS = &tls.ConnectionState{ServerName: r.Host}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		w := httptest.NewRecorder()
		cloud.Dispatch(w, r)
		if w.Code != http.StatusOK && w.Code != http.StatusFound {
			b.Fatalf("%s: %d %s", address, w.Code, w.Body)
		}
		return w
	}
	var token struct {
		Text string `json:"access_token"`
	}
	answer := serve(http.MethodPost, "https://login.microsoftonline.com/"+tenant+"/oauth2/v2.0/token", "", strings.NewReader(form))
	if err := json.Unmarshal(answer.Body.Bytes(), &token); err != nil {
		b.Fatal(err)
	}
	serve(http.MethodGet, "https://graph.microsoft.com/v1.0/organization?$select=id,displayName,verifiedDomains", token.Text, nil)
	report := serve(http.MethodGet, "https://graph.microsoft.com/v1.0/reports/"+call, token.Text, nil)
	serve(http.MethodGet, report.Header().Get("Location"), "", nil)
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
