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

// longestAssertion is how far in the future an assertion may end.
const longestAssertion = 24 * time.Hour

// assertionClaims keeps aud as it was sent.
type assertionClaims struct {
	jwt.RegisteredClaims
	Audience any `json:"aud"`
}

// checkAssertion verifies a certificate assertion as Entra does (RFC 7523 and the
// identity platform's page on certificate credentials). Its refusals have been
// observed in real answers:
//   - 50027 for an aud that is a list: https://github.com/panva/openid-client/issues/348
//   - 700023: https://github.com/AzureAD/microsoft-authentication-library-for-dotnet/issues/2746
//   - 700027: https://learn.microsoft.com/answers/questions/5915574
//   - 5002723, 90014, 700021, and which of them are an invalid_request: MockHelpers.cs
//     among the tests of AzureAD/microsoft-authentication-library-for-dotnet
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
	var got assertionClaims
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"PS256", "RS256"}), jwt.WithExpirationRequired(), jwt.WithLeeway(5*time.Minute))
	_, err := parser.ParseWithClaims(assertion, &got, c.assertionKey)
	switch {
	case errors.Is(err, errNamesNoKey):
		return &entraRefusal{401, "invalid_client", 5002723, "Invalid JWT token. No certificate SHA-1 thumbprint, certificate SHA-256 thumbprint, nor keyId specified in token header."}
	case errors.Is(err, errUnknownKey):
		return &entraRefusal{401, "invalid_client", 700027, "The certificate with identifier used to sign the client assertion is not registered on application. " +
			"[Reason - The key was not found., Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '" + c.opts.PartnerClientID + "'.]"}
	case errors.Is(err, jwt.ErrTokenMalformed):
		return malformedToken()
	case errors.Is(err, jwt.ErrTokenSignatureInvalid), errors.Is(err, jwt.ErrTokenUnverifiable):
		return &entraRefusal{401, "invalid_client", 700027, "Client assertion failed signature validation. [Reason - The key used is expired or does not match.]"}
	case err != nil:
		return outsideTime()
	}
	return c.checkAssertionClaims(got, tenant)
}

func (c *Cloud) checkAssertionClaims(got assertionClaims, tenant string) *entraRefusal {
	if got.ExpiresAt.Time.After(time.Now().Add(longestAssertion)) {
		return outsideTime()
	}
	if got.Issuer != got.Subject || !strings.EqualFold(got.Issuer, c.opts.PartnerClientID) {
		return &entraRefusal{401, "invalid_client", 700021, "Client assertion application identifier doesn't match 'client_id' parameter." + reviewCertificates}
	}
	if list, ok := got.Audience.([]any); ok && c.opts.TakeAudienceListOfOldBuilds && len(list) == 1 {
		got.Audience = list[0]
	}
	if got.Audience == nil {
		return &entraRefusal{400, "invalid_request", 90014, "The required field 'aud' is missing from the credential. Ensure that you have all the necessary parameters for the login request."}
	}
	audience, ok := got.Audience.(string)
	if !ok {
		return malformedToken()
	}
	base := "https://" + loginHost + "/" + tenant
	if accepted := []string{base + "/oauth2/v2.0/token", base + "/v2.0", base + "/oauth2/token"}; !slices.Contains(accepted, strings.ToLower(audience)) {
		return &entraRefusal{401, "invalid_client", 700023, "Client assertion audience claim does not match Realm issuer." + reviewCertificates}
	}
	return nil
}

const reviewCertificates = " Review the documentation at https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials ."

func malformedToken() *entraRefusal {
	return &entraRefusal{400, "invalid_request", 50027, "JWT token is invalid or malformed."}
}

// checkFederated verifies a token of the managed identity against the app's only
// federated credential: issuer, audience and, as the subject, the identity's
// principal must match exactly
// (https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity).
// The refusals are from TROUBLESHOOTING.md of the Azure SDKs' identity packages.
func (c *Cloud) checkFederated(assertion string) *entraRefusal {
	if _, _, err := jwt.NewParser().ParseUnverified(assertion, &assertionClaims{}); err != nil {
		return malformedToken()
	}
	got, valid := c.keys.read(assertion)
	refuse := func(code int, what, given string) *entraRefusal {
		return &entraRefusal{401, "invalid_client", code, "No matching federated identity record found for presented assertion " + what + " '" + given +
			"'. Please note that the matching is done using a case-sensitive comparison. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. " +
			"https://learn.microsoft.com/entra/workload-id/workload-identity-federation"}
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

var (
	errNamesNoKey = errors.New("neither a thumbprint nor a key id")
	errUnknownKey = errors.New("no certificate of that thumbprint")
)

// assertionKey finds the registered certificate by the header's thumbprint. A key id
// alone matches none.
func (c *Cloud) assertionKey(t *jwt.Token) (any, error) {
	if c.app.cert == nil || c.out(SecretExpired, SecretWrong) {
		return nil, errUnknownKey
	}
	sha1Sum := sha1.Sum(c.app.cert.Raw)
	matched := false
	for header, want := range map[string][]byte{"x5t#S256": c.app.thumbprint[:], "x5t": sha1Sum[:]} {
		given, ok := t.Header[header].(string)
		if !ok {
			continue
		}
		if got, err := decodeThumbprint(given); err != nil || string(got) != string(want) {
			return nil, fmt.Errorf("header %s: %w", header, errUnknownKey)
		}
		matched = true
	}
	if matched {
		return c.app.cert.PublicKey, nil
	}
	if _, ok := t.Header["kid"]; ok {
		return nil, errUnknownKey
	}
	return nil, errNamesNoKey
}

// decodeThumbprint accepts base64url, as documented, and the padded base64 of MSAL.
func decodeThumbprint(s string) ([]byte, error) {
	s = strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(s)
	return base64.RawURLEncoding.DecodeString(s)
}
