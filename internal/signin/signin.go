// Package signin holds the partner's credential, read from Key Vault, and
// yields tokens for any tenant and service with it.
//
// It promises: one token request at a time for a tenant and scope, whoever
// asks; tokens and definite refusals are kept while they are good (of the last
// thousand tenants at least: a customer's token is asked for a few times within
// seconds and then no more, so memory does not grow with the number of
// customers); a token of another tenant than the one asked is never handed on;
// no secret, assertion or token ever stands in an error. A Partner lives for
// one slice of a run, so a rotated credential is read by the next.
package signin

import (
	"context"
	"fmt"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/run"
)

// Names of the Key Vault secrets.
const (
	certificateSecret = "partner-certificate"
	clientSecret      = "partner-client-secret"
)

// Options say who signs in, and where.
type Options struct {
	Login           string // host of the cloud's Entra, e.g. login.microsoftonline.com
	PartnerTenantID string
	ClientID        string
	Mode            string // certificate or secret
	HTTP            *http.Client
	Vault           Vault
}

// Partner signs the partner's app in to tenants. It is safe for concurrent use.
type Partner struct {
	login, tenantID, clientID string
	credential                credential
	pipeline                  runtime.Pipeline
	cache                     cache
}

// Open reads the partner's credential. One that is missing, unreadable or
// expired is a *run.Failure of class PartnerCredential.
func Open(ctx context.Context, o Options) (*Partner, error) {
	cred, err := readCredential(ctx, o)
	if err != nil {
		return nil, err
	}
	return &Partner{
		login: o.Login, tenantID: o.PartnerTenantID, clientID: o.ClientID,
		credential: cred,
		pipeline:   msapi.NewPipeline(o.HTTP, tokenWorthRetrying),
	}, nil
}

// Token returns a token for the tenant and scope that is good for two minutes
// more at least. Errors are *run.Failure, or ctx's own.
func (p *Partner) Token(ctx context.Context, tenantID, scope string) (string, error) {
	return p.cache.get(ctx, cacheKey{tenantID, scope}, func(ctx context.Context) (grant, error) {
		return p.request(ctx, tenantID, scope)
	})
}

// Forget makes the next Token ask anew, if token is still the one kept.
func (p *Partner) Forget(tenantID, scope, token string) {
	p.cache.forget(cacheKey{tenantID, scope}, token)
}

// ConsentURL is where an administrator of the tenant lets the app in.
func (p *Partner) ConsentURL(tenantID string) string {
	return fmt.Sprintf("https://%s/%s/adminconsent?client_id=%s", p.login, tenantID, p.clientID)
}

func readCredential(ctx context.Context, o Options) (credential, error) {
	name := clientSecret
	if o.Mode == "certificate" {
		name = certificateSecret
	} else if o.Mode != "secret" {
		return nil, fmt.Errorf("sign-in mode %q: want certificate or secret", o.Mode)
	}
	secret, err := o.Vault.Secret(ctx, name)
	if err != nil {
		return nil, err
	}
	if name == certificateSecret {
		return parseCertificate(secret)
	}
	return parseSecret(secret)
}

// broken is a failure of the partner's own credential.
func broken(message, remedy string) *run.Failure {
	return &run.Failure{Class: run.PartnerCredential, Message: message, Remedy: remedy}
}
