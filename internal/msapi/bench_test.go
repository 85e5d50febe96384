package msapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/customers"
	"tenantrollup/internal/graphreport"
	"tenantrollup/internal/msapi"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/signin"
)

const (
	tokenAnswer  = `{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"opaque"}`
	tenantAnswer = `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#organization(id,displayName,verifiedDomains)",` +
		`"value":[{"id":"11111111-1111-1111-1111-111111111111","displayName":"Contoso","verifiedDomains":[` +
		`{"capabilities":"Email, OfficeCommunicationsOnline","isDefault":true,"isInitial":false,"name":"contoso.com","type":"Managed"},` +
		`{"capabilities":"Email, OfficeCommunicationsOnline","isDefault":false,"isInitial":true,"name":"contoso.onmicrosoft.com","type":"Managed"}]}]}`
)

// inMemory is Entra, Graph and a report host without a network.
type inMemory struct{}

func (inMemory) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		req.Body.Close()
	}
	resp := &http.Response{StatusCode: http.StatusOK, Request: req, Header: http.Header{
		"Content-Type": {"application/json"}, "Request-Id": {"0b4ba0a2-7d3f-4c47-8d3a-4b6b0f4a3c11"},
	}}
	text := ""
	switch {
	case req.Method == http.MethodPost:
		text = tokenAnswer
	case strings.HasPrefix(req.URL.Path, "/v1.0/organization"):
		text = tenantAnswer
	case strings.HasPrefix(req.URL.Path, "/v1.0/reports"):
		resp.StatusCode = http.StatusFound
		resp.Header.Set("Location", "https://reportsncu.office.com/data/download/x?token=y")
	default:
		text = "Report Refresh Date,Total\r\n2026-11-22,5\r\n"
	}
	resp.Body = io.NopCloser(strings.NewReader(text))
	return resp, nil
}

type vault struct{}

func (vault) Secret(context.Context, string) (signin.Secret, error) {
	return signin.Secret{Value: "a secret"}, nil
}

func (vault) Store(context.Context, string, string, time.Time) error { return nil }

type discard struct{ io.Writer }

func (discard) Reset() {}

func (discard) Warn(run.Class, string) {}

func (discard) Columns([]string) {}

// BenchmarkCustomer makes the calls that one customer needs: a token, the organization,
// the report's address, the report.
func BenchmarkCustomer(b *testing.B) {
	client := &http.Client{Transport: inMemory{}}
	partner, err := signin.Open(b.Context(), signin.Options{
		Login: "login.microsoftonline.com", PartnerTenantID: tenant, ClientID: tenant,
		Mode: "secret", HTTP: client, Vault: vault{},
	})
	if err != nil {
		b.Fatal(err)
	}
	graph := msapi.NewClient("graph.microsoft.com", client, partner)
	directory := customers.New(customers.Options{Graph: graph, Log: slog.New(slog.DiscardHandler)})
	fetcher := graphreport.New(graph, client, []string{".office.com"})
	call, err := report.Parse("getMailboxUsageDetail(period='D7')")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		c := run.Customer{TenantID: fmt.Sprintf("11111111-1111-1111-1111-%012d", n)}
		if err := fetcher.Fetch(b.Context(), c, call, "2026-11-24", discard{io.Discard}); err != nil {
			b.Fatal(err)
		}
		if c = directory.Identify(b.Context(), c); c.Domain != "contoso.onmicrosoft.com" {
			b.Fatal(c)
		}
	}
}

// BenchmarkPlainLoop makes the same calls with only net/http.
func BenchmarkPlainLoop(b *testing.B) {
	client := &http.Client{Transport: inMemory{}}
	get := func(address, token string) *http.Response {
		req, _ := http.NewRequestWithContext(b.Context(), http.MethodGet, address, nil)
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := client.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		return resp
	}
	b.ReportAllocs()
	for b.Loop() {
		resp, err := client.PostForm("https://login.microsoftonline.com/"+tenant+"/oauth2/v2.0/token", url.Values{
			"client_id": {tenant}, "client_secret": {"a secret"},
			"grant_type": {"client_credentials"}, "scope": {"https://graph.microsoft.com/.default"},
		})
		if err != nil {
			b.Fatal(err)
		}
		var token struct{ Access_token string }
		json.NewDecoder(resp.Body).Decode(&token)
		resp.Body.Close()
		resp = get("https://graph.microsoft.com/v1.0/organization?$select=id,displayName,verifiedDomains", token.Access_token)
		var organization struct {
			Value []struct{ VerifiedDomains []struct{ Name string } }
		}
		json.NewDecoder(resp.Body).Decode(&organization)
		resp.Body.Close()
		resp = get("https://graph.microsoft.com/v1.0/reports/getMailboxUsageDetail(period='D7')", token.Access_token)
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
}
