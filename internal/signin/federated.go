package signin

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"tenantrollup/internal/run"
)

// federatedCredential proves the app with a token of the function's managed
// identity, which the app registration trusts
// (https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity).
// One such token serves all tenants until shortly before it expires; callers that
// need it at the same time wait for the same request.
type federatedCredential struct {
	identity azcore.TokenCredential
	audience string
	cache    cache
}

// assertionMargin covers the retries of the request that carries the token.
const assertionMargin = 5 * time.Minute

func (c *federatedCredential) prove(ctx context.Context, form url.Values, _, _ string) ([]string, error) {
	assertion, err := c.cache.get(ctx, cacheKey{scope: c.audience}, c.ask)
	if err != nil {
		return nil, err
	}
	setAssertion(form, assertion)
	return []string{assertion}, nil
}

func (c *federatedCredential) ask(ctx context.Context) (grant, error) {
	token, err := c.identity.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{c.audience + "/.default"}})
	if err != nil {
		if f, ok := errors.AsType[*run.Failure](err); ok && f.Remedy == giveIdentity {
			f.Remedy = "Give the function app a user-assigned managed identity, name it in AZURE_CLIENT_ID, and make a federated credential of the app registration trust it."
		}
		return grant{}, err
	}
	return grant{token: token.Token, until: token.ExpiresOn.Add(-assertionMargin)}, nil
}

// warnings returns none: the platform renews what the identity has.
func (*federatedCredential) warnings() []string { return nil }

func (*federatedCredential) stored() string { return "" }
