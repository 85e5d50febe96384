// Package signin holds the partner's credential, read from Key Vault or lent by the
// function's managed identity, and gets tokens for any tenant and service with it.
//
// It promises that there is one token request at a time for a tenant and scope,
// whoever asks; that tokens and definite refusals are kept while they are valid (of
// the last thousand tenants at least: a customer's token is needed a few times
// within seconds and then no more, so memory does not grow with the number of
// customers); that a token of a tenant other than the requested one is never passed
// on; and that no secret, assertion or token is ever in an error or a warning. A
// Partner lives for one slice of a run, so the next slice reads a rotated
// credential.
//
// If Options.Kept is given, tokens also serve the next slices in the process, until
// five minutes before they expire, and only under the same credential. Refusals
// don't. A refusal of an earlier slice's token is not final: package msapi asks
// again with a new one.
//
// A refresh token is redeemed in the partner's own tenant, and its successor stored
// in Key Vault, before the first customer is asked and not more than once a day.
// The vault has no conditional writes. What is stored is therefore compared again
// just before: a version that somebody else stored in the meantime stays. If two
// are stored at the same moment, either may win, because both are equally new.
package signin

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/refusal"
	"tenantrollup/internal/run"
)

// Names of the Key Vault secrets.
const (
	certificateSecret = "partner-certificate"
	clientSecret      = "partner-client-secret"
	refreshSecret     = "partner-refresh-token"
)

// Options say who signs in, and where.
type Options struct {
	Login           string // host of the cloud's Entra, e.g. login.microsoftonline.com
	PartnerTenantID string
	ClientID        string
	Mode            string // certificate, secret, federated or refresh-token
	HTTP            *http.Client
	Vault           Vault            // federated needs none
	Secrets         *refusal.Secrets // is given those that the partner signs in with

	Kept  *msapi.Kept // tokens for the slices that follow; may be nil
	Fresh bool        // no token of an earlier slice is used

	// For federated: the function's managed identity, and the cloud's audience of a
	// token that proves the app, e.g. api://AzureADTokenExchange.
	Identity      azcore.TokenCredential
	TokenExchange string

	// For refresh-token: a service that the app may ask in the partner's own
	// tenant, e.g. https://graph.microsoft.com/.default.
	PartnerScope string
}

// Partner signs the partner's app in to tenants. It is safe for concurrent use.
type Partner struct {
	login, tenantID, clientID string
	credential                credential
	pipeline                  runtime.Pipeline
	cache                     cache
	shelf                     *msapi.Shelf
	fresh                     bool
	secrets                   *refusal.Secrets
}

// Open reads the partner's credential. One that is missing, unreadable or
// expired is a *run.Failure of class PartnerCredential.
func Open(ctx context.Context, o Options) (*Partner, error) {
	p := &Partner{
		login: o.Login, tenantID: o.PartnerTenantID, clientID: o.ClientID,
		pipeline: msapi.NewPipeline(o.HTTP, tokenWorthRetrying),
		fresh:    o.Fresh,
		secrets:  cmp.Or(o.Secrets, new(refusal.Secrets)),
	}
	var err error
	switch o.Mode {
	case "certificate":
		p.credential, err = readProof(ctx, o.Vault, certificateSecret)
	case "secret":
		p.credential, err = readProof(ctx, o.Vault, clientSecret)
	case "federated":
		p.credential = &federatedCredential{identity: Lend(o.Identity, o.TokenExchange, p.secrets), audience: o.TokenExchange}
	case "refresh-token":
		err = p.openRefreshToken(ctx, o)
	default:
		err = fmt.Errorf("sign-in mode %q: want certificate, secret, federated or refresh-token", o.Mode)
	}
	if err != nil {
		return nil, err
	}
	p.shelf = o.Kept.Of(mark(p.credential))
	return p, nil
}

// mark distinguishes credentials without revealing them.
func mark(c credential) string {
	sum := sha256.Sum256([]byte(c.stored()))
	return string(sum[:])
}

// Shelf holds what tenants answered to earlier slices under the same credential.
func (p *Partner) Shelf() *msapi.Shelf { return p.shelf }

// Warnings says which of the credentials in use expire within 14 days, and what
// keeps a refresh token from being renewed, each with what to do. All are of class
// run.WarnCredentialExpiring.
func (p *Partner) Warnings() []string { return p.credential.warnings() }

// Token returns a token for the tenant and scope that is valid for at least two
// more minutes. Errors are *run.Failure, or ctx's own.
func (p *Partner) Token(ctx context.Context, tenantID, scope string) (string, error) {
	return p.cache.get(ctx, cacheKey{tenantID, scope}, func(ctx context.Context) (grant, error) {
		if g, ok := p.shelved(tenantID, scope); ok && !p.fresh {
			return g, nil
		}
		g, _, err := p.request(ctx, tenantID, scope)
		if err == nil {
			p.shelf.Put(tenantID, scope, g, len(g.token), g.until.Add(expiryMargin-keptMargin))
		}
		return g, err
	})
}

// shelved is the token that an earlier slice left.
func (p *Partner) shelved(tenantID, scope string) (grant, bool) {
	value, ok := p.shelf.Get(tenantID, scope)
	if !ok {
		return grant{}, false
	}
	g := value.(grant)
	g.earlier = true
	return g, true
}

// Forget implements msapi.TokenSource: the next Token asks again, if token is still
// the one kept.
func (p *Partner) Forget(tenantID, scope, token string) {
	p.unshelve(tenantID, scope, token)
	p.cache.forget(cacheKey{tenantID, scope}, token)
}

// Doubt implements msapi.TokenSource: this slice continues with a token that it got
// itself.
func (p *Partner) Doubt(tenantID, scope, token string) (outdated bool) {
	p.unshelve(tenantID, scope, token)
	return p.cache.doubt(cacheKey{tenantID, scope}, token)
}

func (p *Partner) unshelve(tenantID, scope, token string) {
	if g, ok := p.shelved(tenantID, scope); ok && g.token == token {
		p.shelf.Drop(tenantID, scope)
	}
}

// ConsentURL is where an administrator of the tenant consents to the app.
func (p *Partner) ConsentURL(tenantID string) string {
	return fmt.Sprintf("https://%s/%s/adminconsent?client_id=%s", p.login, tenantID, p.clientID)
}

// broken returns a failure of the partner's own credential.
func broken(message, remedy string) *run.Failure {
	return &run.Failure{Class: run.PartnerCredential, Message: message, Remedy: remedy}
}

const warnAhead = run.EndsSoonDays * 24 * time.Hour

// endsSoon returns the warning if something expires within 14 days; zero never
// does.
func endsSoon(what string, ends time.Time, remedy string) []string {
	if ends.IsZero() || time.Until(ends) >= warnAhead {
		return nil
	}
	return []string{fmt.Sprintf("%s ends on %s. What to do: %s", what, day(ends), remedy)}
}
