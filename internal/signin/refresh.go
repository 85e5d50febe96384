package signin

import (
	"context"
	"errors"
	"net/url"
	"time"
)

const (
	refreshLife = 90 * 24 * time.Hour // of a refresh token from its issue
	renewAfter  = 24 * time.Hour      // a vault can't delete single versions, and becomes hard to back up
)

const (
	signInAgain = "Sign the partner's user in again and store the new refresh token in Key Vault secret " + refreshSecret + ", with its expiry date."
	storeProof  = "Store the app's certificate or its client secret there: a refresh token works only together with one of them."
)

// refreshCredential proves the app, and the partner's user with a refresh token:
// one serves all tenants and services
// (https://learn.microsoft.com/entra/identity-platform/refresh-tokens).
type refreshCredential struct {
	app     credential
	token   string
	vault   string    // the token in the vault
	ends    time.Time // of that one; zero if the vault does not say
	unsaved error     // why the vault does not have token
}

func (c *refreshCredential) prove(ctx context.Context, form url.Values, clientID, audience string) ([]string, error) {
	form.Set("grant_type", "refresh_token")
	form.Set("refresh_token", c.token)
	hide, err := c.app.prove(ctx, form, clientID, audience)
	return append(hide, c.token), err
}

func (c *refreshCredential) warnings() []string {
	all := append(c.app.warnings(), endsSoon("Key Vault secret "+refreshSecret, c.ends, signInAgain)...)
	if c.unsaved != nil {
		all = append(all, "The partner's renewed refresh token could not be stored: "+c.unsaved.Error())
	}
	return all
}

func (c *refreshCredential) stored() string { return c.app.stored() + " " + c.vault }

// openRefreshToken reads the app's credential and the refresh token, and renews the
// token if it is due.
func (p *Partner) openRefreshToken(ctx context.Context, o Options) error {
	app, err := readEitherProof(ctx, o.Vault)
	if err != nil {
		return err
	}
	stored, err := o.Vault.Secret(ctx, refreshSecret)
	if err != nil {
		return err
	}
	c := &refreshCredential{app: app, vault: stored.text(), ends: stored.Expires}
	if c.token = c.vault; c.token == "" {
		return broken("Key Vault secret "+refreshSecret+" is empty.", signInAgain)
	}
	p.credential = c
	if time.Since(stored.Created) <= renewAfter {
		return nil
	}
	return p.renew(ctx, o, c, stored.Version)
}

// readEitherProof prefers the certificate.
func readEitherProof(ctx context.Context, v Vault) (credential, error) {
	app, err := readProof(ctx, v, certificateSecret)
	if _, missing := errors.AsType[NotStored](err); !missing {
		return app, err
	}
	app, err = readProof(ctx, v, clientSecret)
	if _, missing := errors.AsType[NotStored](err); missing {
		return nil, broken("Key Vault has neither secret "+certificateSecret+" nor secret "+clientSecret+".", storeProof)
	}
	return app, err
}

// renew redeems the token and stores its successor. The access token that comes
// with it is kept for whoever lists the customers. A successor that cannot be
// stored is a warning: it still serves this slice.
func (p *Partner) renew(ctx context.Context, o Options, c *refreshCredential, version string) error {
	issued := time.Now() // at the earliest: better to warn early than late
	var successor string
	key := cacheKey{p.tenantID, o.PartnerScope}
	_, err := p.cache.get(ctx, key, func(ctx context.Context) (g grant, err error) {
		g, successor, err = p.request(ctx, p.tenantID, o.PartnerScope)
		return g, err
	})
	if err != nil {
		return err
	}
	if successor == "" || successor == c.token {
		return nil
	}
	c.token = successor
	p.secrets.Hold(successor)
	current, err := o.Vault.Secret(ctx, refreshSecret)
	if err == nil && current.Version != version {
		c.vault, c.ends = current.text(), current.Expires
		return nil
	}
	ends := issued.Add(refreshLife)
	if err == nil {
		err = o.Vault.Store(ctx, refreshSecret, successor, ends)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err == nil {
		c.vault, c.ends = successor, ends
	}
	c.unsaved = err
	return nil
}
