package signin_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
	"tenantrollup/internal/signin"
	"tenantrollup/internal/standin/m365"
)

// place is a stand-in for Microsoft, and signs in to it as the handler does.
type place struct {
	*m365.Cloud
	options signin.Options
	vault   *signin.KeyVault
}

// seed gives each stand-in an identity with another name: azidentity keeps the tokens
// of a managed identity by its name, for the whole process.
var seed atomic.Uint64

func standIn(t *testing.T, auth m365.Auth) place {
	t.Helper()
	cloud, err := m365.Start(m365.Options{Customers: 20, Auth: auth, Seed: seed.Add(1)})
	if err != nil {
		t.Fatal(err)
	}
	client := cloud.Client()
	t.Cleanup(func() { cloud.Close() })
	env := cloud.Settings()
	for name, value := range env {
		if strings.HasPrefix(name, "IDENTITY_") || name == "AZURE_CLIENT_ID" {
			t.Setenv(name, value)
		}
	}
	var identity azcore.TokenCredential = nameless{env["IDENTITY_ENDPOINT"], env["IDENTITY_HEADER"]}
	if auth == m365.Federated {
		identity, err = azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{ClientOptions: azcore.ClientOptions{Transport: client}})
		if err != nil {
			t.Fatal(err)
		}
	}
	p := place{Cloud: cloud, options: signin.Options{
		Login: "login.microsoftonline.com", PartnerTenantID: env["PARTNER_TENANT_ID"], ClientID: env["PARTNER_CLIENT_ID"], Mode: env["PARTNER_AUTH"],
		HTTP: client, Identity: identity, TokenExchange: "api://AzureADTokenExchange", PartnerScope: scope,
	}}
	if address := env["KEY_VAULT_URL"]; address != "" {
		if p.vault, err = signin.NewKeyVault(address, identity, client, nil); err != nil {
			t.Fatal(err)
		}
		p.options.Vault = p.vault
	}
	return p
}

// nameless is the system-assigned identity, which has no name to be kept under.
type nameless struct{ endpoint, header string }

func (i nameless) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	resource := url.QueryEscape(strings.TrimSuffix(o.Scopes[0], "/.default"))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, i.endpoint+"?api-version=2019-08-01&resource="+resource, nil)
	if err != nil {
		return azcore.AccessToken{}, err
	}
	req.Header.Set("X-IDENTITY-HEADER", i.header)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return azcore.AccessToken{}, err
	}
	defer resp.Body.Close()
	var answer struct {
		Token string `json:"access_token"`
	}
	err = json.NewDecoder(resp.Body).Decode(&answer)
	return azcore.AccessToken{Token: answer.Token, ExpiresOn: time.Now().Add(time.Hour)}, err
}

func (p place) open(t *testing.T) *signin.Partner {
	t.Helper()
	partner, err := signin.Open(t.Context(), p.options)
	if err != nil {
		t.Fatal(err)
	}
	return partner
}

// ask asks Graph for the tenant's organization.
func (p place) ask(ctx context.Context, partner *signin.Partner, tenantID string) (int, error) {
	token, err := partner.Token(ctx, tenantID, scope)
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://graph.microsoft.com/v1.0/organization", nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := p.options.HTTP.Do(req)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

func TestEveryWayToSignIn(t *testing.T) {
	for _, auth := range []m365.Auth{m365.CertificatePFX, m365.CertificatePEM, m365.SecretOnly, m365.Federated, m365.RefreshToken, m365.RefreshTokenSecret} {
		t.Run(string(auth), func(t *testing.T) {
			p := standIn(t, auth)
			partner := p.open(t)
			tenants := []string{p.options.PartnerTenantID}
			for _, c := range p.Customers() {
				tenants = append(tenants, c.TenantID)
			}
			var wg sync.WaitGroup
			for _, tenant := range tenants {
				for range 2 {
					wg.Go(func() {
						if status, err := p.ask(t.Context(), partner, tenant); err != nil || status != 200 {
							t.Errorf("%s: %d %v", tenant, status, err)
						}
					})
				}
			}
			wg.Wait()
			counts := p.Counts()
			for _, tenant := range tenants {
				if n := counts.Tenants[tenant][m365.KindToken]; n != 1 {
					t.Errorf("%d token requests of %s", n, tenant)
				}
			}
			if n := counts.Kinds[m365.KindVault].Requests; (n == 0) != (auth == m365.Federated) {
				t.Errorf("%d requests to the vault", n)
			}
			if len(partner.Warnings()) > 0 {
				t.Errorf("warnings %q", partner.Warnings())
			}
		})
	}
}

func TestNightsOfARefreshToken(t *testing.T) {
	p := standIn(t, m365.RefreshTokenSecret)
	customer := p.Customers()[0].TenantID
	night := func() *signin.Partner {
		t.Helper()
		partner := p.open(t)
		if status, err := p.ask(t.Context(), partner, customer); err != nil || status != 200 {
			t.Fatalf("%d %v", status, err)
		}
		return partner
	}
	versions := func(want int) {
		t.Helper()
		if n := len(p.StoredRefreshTokens()); n != want {
			t.Fatalf("the vault has %d versions, want %d", n, want)
		}
	}
	night()
	versions(2) // the first was a month old
	night()
	versions(2)
	for range 30 { // a hundred and twenty days
		p.AgeRefreshTokens(4 * 24 * time.Hour)
		night()
	}
	versions(32)

	p.SetOutage(m365.VaultReadOnly, true)
	p.AgeRefreshTokens(80 * 24 * time.Hour)
	warnings := strings.Join(night().Warnings(), "\n")
	if !strings.Contains(warnings, "partner-refresh-token ends on") || !strings.Contains(warnings, "Key Vault Secrets Officer") {
		t.Errorf("warnings %q", warnings)
	}
	versions(32)
	p.AgeRefreshTokens(11 * 24 * time.Hour)
	_, err := signin.Open(t.Context(), p.options)
	if f := runtest.WantFailure(t, err, run.PartnerCredential); !strings.Contains(f.Message, "AADSTS700082") {
		t.Errorf("got %+v", f)
	}
}

func TestAnIdentityThatTheAppDoesNotTrustIsThePartnersTrouble(t *testing.T) {
	p := standIn(t, m365.Federated)
	p.SetOutage(m365.SecretWrong, true)
	_, err := p.open(t).Token(t.Context(), p.options.PartnerTenantID, scope)
	if f := runtest.WantFailure(t, err, run.PartnerCredential); !strings.Contains(f.Message, "AADSTS700213") {
		t.Errorf("got %+v", f)
	}
}
