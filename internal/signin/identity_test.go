package signin_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
	"tenantrollup/internal/signin"
)

// identityEndpoint plays the endpoint that an identity's tokens come from.
type identityEndpoint struct {
	status int
	body   string
	err    error

	requests int
}

func (e *identityEndpoint) Do(req *http.Request) (*http.Response, error) {
	e.requests++
	if e.err != nil {
		return nil, e.err
	}
	return &http.Response{
		StatusCode: e.status, Status: fmt.Sprint(e.status), Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(e.body)), Request: req,
	}, nil
}

// credential is the handler's own, on a machine whose environment says env.
func (e *identityEndpoint) credential(t *testing.T, env map[string]string) azcore.TokenCredential {
	t.Helper()
	for _, name := range []string{"IDENTITY_ENDPOINT", "IDENTITY_HEADER", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID", "AZURE_TOKEN_CREDENTIALS"} {
		if value, ok := env[name]; ok {
			t.Setenv(name, value)
		}
	}
	t.Setenv("PATH", t.TempDir()) // nobody is signed in with the Azure CLI
	credential, err := azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{
		ClientOptions: azcore.ClientOptions{Transport: e}, DisableInstanceDiscovery: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return credential
}

var (
	appService = map[string]string{
		"IDENTITY_ENDPOINT": "http://127.0.0.1:41000/msi/token", "IDENTITY_HEADER": "s3cr3t", "AZURE_CLIENT_ID": "0c5b7c1e-0000-4000-8000-000000000001",
	}
	laptop    = map[string]string{}
	noneGiven = map[string]string{"AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential"}
	own       = map[string]string{"AZURE_TENANT_ID": "contoso", "AZURE_CLIENT_ID": "0c5b7c1e-0000-4000-8000-000000000002", "AZURE_CLIENT_SECRET": "s3cr3t"}
)

func TestAnIdentityWithoutAToken(t *testing.T) {
	const (
		unassigned = `{"statusCode":400,"message":"No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId."}`
		unexpected = `{"statusCode":500,"message":"An unexpected error occured while fetching the AAD Token.","correlationId":"7d0c9763-ff1d-4842-a3f3-6d49e64f4513"}`
		managed    = "ManagedIdentityCredential: "
		stays      = false
		passes     = true
	)
	for _, c := range []struct {
		rule     string
		env      map[string]string
		endpoint identityEndpoint
		requests int // zero: any number
		passes   bool
		says     string // after what the token was for
		todo     string
	}{
		{"if the identity is not assigned to the app: AZURE_CLIENT_ID is wrong", appService, identityEndpoint{status: 400, body: unassigned}, 1, stays,
			managed + "its endpoint answered 400: No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.", "Check AZURE_CLIENT_ID: "},
		{"if the app's endpoint knows no identity", appService, identityEndpoint{status: 404}, 1, stays, managed + "its endpoint answered 404.", "Check AZURE_CLIENT_ID: "},
		{"while the endpoint has a fault", appService, identityEndpoint{status: 500, body: unexpected}, 4, passes,
			managed + "its endpoint answered 500: An unexpected error occured while fetching the AAD Token.", "Nothing: the run asks again."},
		{"while the endpoint is down", appService, identityEndpoint{status: 503, body: "<html>\n<p>busy</p>"}, 4, passes, managed + "its endpoint answered 503.", "Nothing: "},
		{"while the endpoint throttles", appService, identityEndpoint{status: 429}, 4, passes, managed + "its endpoint answered 429.", "Nothing: "},
		{"while nothing listens there", appService, identityEndpoint{err: errors.New("connection refused")}, 4, passes, managed + "connection refused.", "Nothing: "},
		{"while the endpoint answers nonsense", appService, identityEndpoint{status: 200, body: "<html>"}, 0, passes, managed + "error parsing the json error: ", "Nothing: "},
		{"if a proxy answers instead", appService, identityEndpoint{status: 403, body: "<html>"}, 0, stays, managed + "its endpoint answered 403.", "NO_PROXY"},
		{"on a machine that has none", noneGiven, identityEndpoint{err: errors.New("dial tcp 169.254.169.254:80: i/o timeout")}, 0, stays,
			managed + "dial tcp 169.254.169.254:80: i/o timeout.", "Give the function app a managed identity"},
		{"whose own secret is wrong", own, identityEndpoint{status: 401, body: `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided. Trace ID: x Correlation ID: y"}`},
			0, stays, "ClientSecretCredential: its endpoint answered 401: AADSTS7000215: Invalid client secret provided.", "correct what this credential signs in with"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			credential := c.endpoint.credential(t, c.env)
			synctest.Test(t, func(t *testing.T) {
				_, err := signin.Lend(credential, "storage contoso.blob.core.windows.net", nil).GetToken(t.Context(), forStorage)
				f := runtest.WantFailure(t, err, run.PartnerCredential)
				if !strings.HasPrefix(f.Message, "No Azure token for storage contoso.blob.core.windows.net: "+c.says) || !strings.Contains(f.Remedy, c.todo) || f.Transient != c.passes {
					t.Errorf("got %+v", f)
				}
				if strings.ContainsAny(f.Error(), "\n\t?") || strings.Contains(f.Error(), "s3cr3t") {
					t.Errorf("shows too much: %q", f.Error())
				}
				if c.requests > 0 && c.endpoint.requests != c.requests {
					t.Errorf("%d requests, want %d", c.endpoint.requests, c.requests)
				}
			})
		})
	}

	t.Run("on a laptop where nobody has signed in", func(t *testing.T) {
		endpoint := &identityEndpoint{err: errors.New("no route to host")}
		_, err := signin.Lend(endpoint.credential(t, laptop), "Key Vault contoso", nil).GetToken(t.Context(), forStorage)
		f := runtest.WantFailure(t, err, run.PartnerCredential)
		if !strings.HasPrefix(f.Message, "No Azure token for Key Vault contoso: ManagedIdentityCredential: ") || !strings.Contains(f.Message, "; AzureCLICredential: ") ||
			!strings.Contains(f.Remedy, "az login") || f.Transient {
			t.Errorf("got %+v", f)
		}
	})

	t.Run("is not a failure if the caller gave up", func(t *testing.T) {
		credential := (&identityEndpoint{status: 503}).credential(t, appService)
		synctest.Test(t, func(t *testing.T) {
			over := errors.New("budget is over")
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, over)
			defer cancel()
			_, err := signin.Lend(credential, "storage", nil).GetToken(ctx, forStorage)
			if _, failure := errors.AsType[*run.Failure](err); failure || !errors.Is(err, over) {
				t.Errorf("got %v", err)
			}
		})
	})
}

var forStorage = policy.TokenRequestOptions{Scopes: []string{"https://storage.azure.com/.default"}}

func TestAVaultIsNotBlamedForTheIdentity(t *testing.T) {
	credential := (&identityEndpoint{status: 503}).credential(t, appService)
	synctest.Test(t, func(t *testing.T) {
		_, err := read(t, &azureVault{status: 200}, credential)
		f := runtest.WantFailure(t, err, run.PartnerCredential)
		if !strings.HasPrefix(f.Message, "No Azure token for Key Vault contoso.vault.azure.net: ManagedIdentityCredential: its endpoint answered 503") ||
			!f.Transient || strings.Contains(f.Remedy, "KEY_VAULT_URL") {
			t.Errorf("got %+v", f)
		}
	})
}
