package m365_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
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

func TestAssertion(t *testing.T) {
	l := start(t, m365.Options{Customers: 2, Auth: m365.CertificatePFX})
	key, cert := l.certificate()
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	tenant, app := l.Customers()[0].TenantID, l.env["PARTNER_CLIENT_ID"]
	thumbprint := sha256.Sum256(cert.Raw)
	in := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	// sign makes a good assertion, but for the claims given; thumb "" stands for no header.
	sign := func(method jwt.SigningMethod, key any, thumb string, changed jwt.MapClaims) string {
		claims := jwt.MapClaims{
			"aud": "https://login.microsoftonline.com/" + tenant + "/oauth2/v2.0/token",
			"iss": app, "sub": app, "nbf": in(0), "exp": in(2 * time.Minute), "jti": "1",
		}
		maps.Copy(claims, changed)
		token := jwt.NewWithClaims(method, claims)
		if thumb != "" {
			token.Header["x5t#S256"] = thumb
		}
		signed, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	send := func(assertion string) answer {
		return l.signIn(tenant, l.form("client_secret", "", "client_assertion", assertion,
			"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"))
	}
	good := base64.RawURLEncoding.EncodeToString(thumbprint[:])
	ps256 := jwt.SigningMethodPS256

	t.Run("PS256 and RS256 are good", func(t *testing.T) {
		for _, method := range []jwt.SigningMethod{ps256, jwt.SigningMethodRS256} {
			if a := send(sign(method, key, good, nil)); a.status != 200 {
				t.Errorf("%s: %d %s", method.Alg(), a.status, a.body)
			}
		}
	})
	for rule, test := range map[string]struct {
		assertion string
		code      int
	}{
		"another key's signature":     {sign(ps256, other, good, nil), 700027},
		"another thumbprint":          {sign(ps256, key, "AAAA", nil), 700027},
		"no thumbprint":               {sign(ps256, key, "", nil), 700027},
		"another algorithm":           {sign(jwt.SigningMethodPS512, key, good, nil), 700027},
		"no JWT":                      {"guess", 50027},
		"another tenant's audience":   {sign(ps256, key, good, jwt.MapClaims{"aud": "https://login.microsoftonline.com/" + l.Customers()[1].TenantID + "/oauth2/v2.0/token"}), 700023},
		"another app":                 {sign(ps256, key, good, jwt.MapClaims{"iss": "x", "sub": "x"}), 700021},
		"a subject of its own":        {sign(ps256, key, good, jwt.MapClaims{"sub": "x"}), 700021},
		"an assertion that is over":   {sign(ps256, key, good, jwt.MapClaims{"exp": in(-time.Hour)}), 700024},
		"an assertion without an end": {sign(ps256, key, good, jwt.MapClaims{"exp": nil}), 700024},
		"more than a day":             {sign(ps256, key, good, jwt.MapClaims{"exp": in(25 * time.Hour)}), 700024},
		"one from the future":         {sign(ps256, key, good, jwt.MapClaims{"nbf": in(time.Hour), "exp": in(2 * time.Hour)}), 700024},
	} {
		t.Run("refuses "+rule, func(t *testing.T) { wantRefusal(t, send(test.assertion), 401, test.code) })
	}
	t.Run("refuses an assertion without its type", func(t *testing.T) {
		wantRefusal(t, l.signIn(tenant, l.form("client_secret", "", "client_assertion", sign(ps256, key, good, nil))), 400, 900144)
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
		wantRefusal(t, send(sign(ps256, key, good, nil)), 401, 700027)
	})
}

func TestVaultHandsThePEMOutAsKeyVaultDoes(t *testing.T) {
	l := start(t, m365.Options{Auth: m365.CertificatePEM})
	a := l.vault("/secrets/partner-certificate?api-version=7.5")
	if a.find("contentType") != "application/x-pem-file" {
		t.Errorf("content type %q", a.find("contentType"))
	}
	key, rest := pem.Decode([]byte(a.find("value")))
	cert, _ := pem.Decode(rest)
	if key == nil || key.Type != "PRIVATE KEY" || cert == nil || cert.Type != "CERTIFICATE" {
		t.Fatal("the value is not a key and then a certificate")
	}
	for _, secret := range l.Secrets() {
		if strings.Contains(a.find("value"), secret) {
			return
		}
	}
	t.Error("no line of the key is among the secrets")
}
