package m365_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/golang-jwt/jwt/v5"
	"software.sslmate.com/src/go-pkcs12"

	"tenantrollup/internal/standin/m365"
)

func (l *lab) certificate() (*rsa.PrivateKey, *x509.Certificate) {
	l.t.Helper()
	pfx, err := base64.StdEncoding.DecodeString(l.vault("/secrets/partner-certificate?api-version=7.5").find("value"))
	if err != nil {
		l.t.Fatal(err)
	}
	key, cert, err := pkcs12.Decode(pfx, "")
	if err != nil {
		l.t.Fatal(err)
	}
	return key.(*rsa.PrivateKey), cert
}

// assertion signs a good assertion for the tenant's endpoint, except for the changed
// claims.
func (l *lab) assertion(method jwt.SigningMethod, key any, header map[string]any, tenant string, changed jwt.MapClaims) string {
	l.t.Helper()
	app, now := l.env["PARTNER_CLIENT_ID"], time.Now()
	claims := jwt.MapClaims{
		"aud": tokenEndpoint(tenant), "iss": app, "sub": app, "nbf": now.Unix(), "exp": now.Add(2 * time.Minute).Unix(), "jti": "1",
	}
	maps.Copy(claims, changed)
	token := jwt.NewWithClaims(method, claims)
	maps.Copy(token.Header, header)
	signed, err := token.SignedString(key)
	if err != nil {
		l.t.Fatal(err)
	}
	return signed
}

func tokenEndpoint(tenant string) string {
	return "https://login.microsoftonline.com/" + tenant + "/oauth2/v2.0/token"
}

// prove signs in by an assertion.
func (l *lab) prove(tenant, assertion string) answer {
	l.t.Helper()
	return l.signIn(tenant, l.form("client_secret", "", "client_assertion", assertion,
		"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"))
}

// named is the header that names the certificate.
func named(cert *x509.Certificate) map[string]any {
	sum := sha256.Sum256(cert.Raw)
	return map[string]any{"x5t#S256": base64.RawURLEncoding.EncodeToString(sum[:])}
}

func TestAssertion(t *testing.T) {
	l := start(t, m365.Options{Customers: 2, Auth: m365.CertificatePFX})
	key, cert := l.certificate()
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	tenant, app := l.Customers()[0].TenantID, l.env["PARTNER_CLIENT_ID"]
	in := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	good, ps256 := named(cert), jwt.SigningMethodPS256
	// claiming makes a good assertion, except for one claim; under makes one that names
	// its certificate differently.
	claiming := func(name string, value any) string {
		return l.assertion(ps256, key, good, tenant, jwt.MapClaims{name: value})
	}
	under := func(header map[string]any) string { return l.assertion(ps256, key, header, tenant, nil) }
	send := func(assertion string) answer { return l.prove(tenant, assertion) }

	t.Run("PS256 and RS256 are good", func(t *testing.T) {
		for _, method := range []jwt.SigningMethod{ps256, jwt.SigningMethodRS256} {
			if a := send(l.assertion(method, key, good, tenant, nil)); a.status != 200 {
				t.Errorf("%s: %d %s", method.Alg(), a.status, a.body)
			}
		}
	})
	t.Run("the SHA-1 thumbprint of older clients is good", func(t *testing.T) {
		sum := sha1.Sum(cert.Raw)
		if a := send(under(map[string]any{"x5t": base64.RawURLEncoding.EncodeToString(sum[:])})); a.status != 200 {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
	for rule, test := range map[string]struct {
		assertion string
		status    int
		code      int
		words     string
	}{
		"an audience in a list":            {claiming("aud", []string{tokenEndpoint(tenant)}), 400, 50027, "JWT token is invalid or malformed."},
		"two audiences":                    {claiming("aud", []string{tokenEndpoint(tenant), "x"}), 400, 50027, "JWT token is invalid or malformed."},
		"no audience":                      {claiming("aud", nil), 400, 90014, "The required field 'aud' is missing from the credential."},
		"another tenant's audience":        {claiming("aud", tokenEndpoint(l.Customers()[1].TenantID)), 401, 700023, "Client assertion audience claim does not match Realm issuer."},
		"no thumbprint":                    {under(nil), 401, 5002723, "No certificate SHA-1 thumbprint, certificate SHA-256 thumbprint, nor keyId specified in token header."},
		"a key id instead of a thumbprint": {under(map[string]any{"kid": good["x5t#S256"]}), 401, 700027, "The key was not found."},
		"another thumbprint":               {under(map[string]any{"x5t#S256": "AAAA"}), 401, 700027, "The key was not found."},
		"SHA-256 instead of SHA-1":         {under(map[string]any{"x5t": good["x5t#S256"]}), 401, 700027, "The key was not found."},
		"another key's signature":          {l.assertion(ps256, other, good, tenant, nil), 401, 700027, "Client assertion failed signature validation."},
		"another algorithm":                {l.assertion(jwt.SigningMethodPS512, key, good, tenant, nil), 401, 700027, ""},
		"no JWT":                           {"guess", 400, 50027, "JWT token is invalid or malformed."},
		"another app":                      {l.assertion(ps256, key, good, tenant, jwt.MapClaims{"iss": "x", "sub": "x"}), 401, 700021, ""},
		"another subject":                  {claiming("sub", "x"), 401, 700021, ""},
		"an expired assertion":             {claiming("exp", in(-time.Hour)), 401, 700024, ""},
		"an assertion without an end":      {claiming("exp", nil), 401, 700024, ""},
		"more than a day":                  {claiming("exp", in(25*time.Hour)), 401, 700024, ""},
		"one from the future":              {l.assertion(ps256, key, good, tenant, jwt.MapClaims{"nbf": in(time.Hour), "exp": in(2 * time.Hour)}), 401, 700024, ""},
	} {
		t.Run("refuses "+rule, func(t *testing.T) {
			a := send(test.assertion)
			wantRefusal(t, a, test.status, test.code)
			if !strings.Contains(a.find("error_description"), test.words) {
				t.Error(a.body)
			}
		})
	}
	t.Run("refuses an assertion without its type", func(t *testing.T) {
		wantRefusal(t, l.signIn(tenant, l.form("client_secret", "", "client_assertion", under(good))), 400, 900144)
	})
	t.Run("azidentity signs in unmodified", func(t *testing.T) {
		client := l.Client()
		defer client.CloseIdleConnections()
		cred, err := azidentity.NewClientCertificateCredential(tenant, app, []*x509.Certificate{cert}, key,
			&azidentity.ClientCertificateCredentialOptions{ClientOptions: azcore.ClientOptions{Transport: client}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://graph.microsoft.com/.default"}}); err != nil {
			t.Error(err)
		}
	})
	t.Run("an expired certificate is refused", func(t *testing.T) {
		l.SetOutage(m365.SecretExpired, true)
		defer l.SetOutage(m365.SecretExpired, false)
		wantRefusal(t, send(under(good)), 401, 700027)
	})
}

func TestAnOldBuildsListIsTakenWhereTheOptionSaysSoAndNothingElseOfIt(t *testing.T) {
	l := start(t, m365.Options{Customers: 2, Auth: m365.CertificatePFX, TakeAudienceListOfOldBuilds: true})
	key, cert := l.certificate()
	tenant, other := l.Customers()[0].TenantID, l.Customers()[1].TenantID
	send := func(audience any) answer {
		return l.prove(tenant, l.assertion(jwt.SigningMethodPS256, key, named(cert), tenant, jwt.MapClaims{"aud": audience}))
	}
	for _, audience := range []any{tokenEndpoint(tenant), []string{tokenEndpoint(tenant)}} {
		if a := send(audience); a.status != 200 {
			t.Errorf("%v: %d %s", audience, a.status, a.body)
		}
	}
	wantRefusal(t, send([]string{tokenEndpoint(other)}), 401, 700023)
	wantRefusal(t, send([]string{tokenEndpoint(tenant), tokenEndpoint(other)}), 400, 50027)
}
