package m365

import (
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// longestAssertion is how far away an assertion's end may be.
const longestAssertion = 24 * time.Hour

// checkAssertion verifies a certificate assertion as Entra does (RFC 7523 and
// the identity platform's page on certificate credentials).
func (c *Cloud) checkAssertion(form url.Values, tenant string) *entraRefusal {
	assertion := form.Get("client_assertion")
	c.keys.remember(strings.Clone(signatureOf(assertion)))
	switch kind := form.Get("client_assertion_type"); kind {
	case assertionType:
	case "":
		return missing("client_assertion_type")
	default:
		return malformed("The client assertion type '" + kind + "' is not supported.")
	}
	if c.opts.Auth == Federated {
		return c.checkFederated(assertion)
	}
	var got jwt.RegisteredClaims
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"PS256", "RS256"}), jwt.WithExpirationRequired(), jwt.WithLeeway(5*time.Minute))
	_, err := parser.ParseWithClaims(assertion, &got, c.assertionKey)
	switch {
	case errors.Is(err, errUnknownKey):
		return &entraRefusal{401, "invalid_client", 700027, "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found.]"}
	case errors.Is(err, jwt.ErrTokenMalformed):
		return &entraRefusal{401, "invalid_client", 50027, "JWT token is invalid or malformed."}
	case errors.Is(err, jwt.ErrTokenSignatureInvalid), errors.Is(err, jwt.ErrTokenUnverifiable):
		return &entraRefusal{401, "invalid_client", 700027, "Client assertion failed signature validation. [Reason - The key used is expired or does not match.]"}
	case err != nil:
		return outsideTime()
	}
	return c.checkAssertionClaims(got, tenant)
}

func (c *Cloud) checkAssertionClaims(got jwt.RegisteredClaims, tenant string) *entraRefusal {
	if got.ExpiresAt.Time.After(time.Now().Add(longestAssertion)) {
		return outsideTime()
	}
	if got.Issuer != got.Subject || !strings.EqualFold(got.Issuer, c.opts.PartnerClientID) {
		return &entraRefusal{401, "invalid_client", 700021, "Client assertion application identifier doesn't match 'client_id' parameter."}
	}
	base := "https://" + loginHost + "/" + tenant
	accepted := []string{base + "/oauth2/v2.0/token", base + "/v2.0", base + "/oauth2/token"}
	if !slices.ContainsFunc(got.Audience, func(a string) bool { return slices.Contains(accepted, strings.ToLower(a)) }) {
		return &entraRefusal{401, "invalid_client", 700023, "Client assertion audience claim does not match Realm issuer."}
	}
	return nil
}

// checkFederated verifies a token of the managed identity against the app's one
// federated credential: its issuer, its audience and, as the subject, the
// identity's principal (workload-identity-federation-config-app-trust-managed-identity).
func (c *Cloud) checkFederated(assertion string) *entraRefusal {
	got, valid := c.keys.read(assertion)
	refuse := func(code int, what, given string) *entraRefusal {
		return &entraRefusal{401, "invalid_client", code, "No matching federated identity record found for presented assertion " + what + " '" + given +
			"'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion."}
	}
	switch {
	case got.Expires == 0:
		return &entraRefusal{401, "invalid_client", 50013, "Assertion failed signature validation. [Reason - The key was not found.]"}
	case !valid:
		return outsideTime()
	case got.Issuer != c.exchangeIssuer():
		return refuse(700211, "issuer", got.Issuer)
	case got.Audience != exchangeForToken:
		return refuse(700212, "audience", got.Audience)
	case got.Subject != objectID(c.opts.PartnerTenantID), c.out(SecretExpired, SecretWrong):
		return refuse(700213, "subject", got.Subject)
	}
	return nil
}

func outsideTime() *entraRefusal {
	return &entraRefusal{401, "invalid_client", 700024, "Client assertion is not within its valid time range."}
}

var errUnknownKey = errors.New("no certificate of that thumbprint")

// assertionKey finds the registered certificate by the header's thumbprint.
func (c *Cloud) assertionKey(t *jwt.Token) (any, error) {
	if c.app.cert == nil || c.out(SecretExpired, SecretWrong) {
		return nil, errUnknownKey
	}
	sha1Sum := sha1.Sum(c.app.cert.Raw)
	for header, want := range map[string][]byte{"x5t#S256": c.app.thumbprint[:], "x5t": sha1Sum[:]} {
		given, ok := t.Header[header].(string)
		if !ok {
			continue
		}
		if got, err := decodeThumbprint(given); err != nil || string(got) != string(want) {
			return nil, fmt.Errorf("header %s: %w", header, errUnknownKey)
		}
		return c.app.cert.PublicKey, nil
	}
	return nil, errUnknownKey
}

// decodeThumbprint takes base64url as documented, and MSAL's padded base64.
func decodeThumbprint(s string) ([]byte, error) {
	s = strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(s)
	return base64.RawURLEncoding.DecodeString(s)
}
