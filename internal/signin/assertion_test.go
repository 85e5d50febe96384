package signin_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestAnAssertionNamesItsOneAudienceAsAStringNotAList(t *testing.T) {
	e := &entra{}
	key, cert := newCertificate(t, time.Now().Add(time.Hour))
	p := open(t, e, "certificate", vault{"partner-certificate": {Value: pemOf(t, key, cert)}})
	for n, tenant := range []string{contoso, partner} {
		if _, err := p.Token(t.Context(), tenant, scope); err != nil {
			t.Fatal(err)
		}
		if got := e.forms[n].Get("client_assertion_type"); got != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
			t.Errorf("client_assertion_type %q", got)
		}
		checkAssertion(t, e.forms[n].Get("client_assertion"), cert, tenant)
	}
}

// checkAssertion takes an assertion for the tenant's endpoint apart byte by byte: the
// library that makes it also reads what no server accepts.
func checkAssertion(t *testing.T, assertion string, cert *x509.Certificate, tenant string) {
	t.Helper()
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts", len(parts))
	}
	var raw [3][]byte
	for i, part := range parts {
		var err error
		if raw[i], err = base64.RawURLEncoding.DecodeString(part); err != nil {
			t.Fatal(err)
		}
	}
	header, claims, signature := raw[0], raw[1], raw[2]

	sum := sha256.Sum256(cert.Raw)
	if want := `{"alg":"PS256","typ":"JWT","x5t#S256":"` + base64.RawURLEncoding.EncodeToString(sum[:]) + `"}`; string(header) != want {
		t.Errorf("header %s, want %s", header, want)
	}
	if want := `"aud":"https://login.microsoftonline.com/` + tenant + `/oauth2/v2.0/token"`; !bytes.Contains(claims, []byte(want)) {
		t.Errorf("claims %s, want %s in them", claims, want)
	}
	var got struct {
		Issuer    string `json:"iss"`
		Subject   string `json:"sub"`
		ID        string `json:"jti"`
		IssuedAt  int64  `json:"iat"`
		NotBefore int64  `json:"nbf"`
		Expires   int64  `json:"exp"`
	}
	if err := json.Unmarshal(claims, &got); err != nil {
		t.Fatal(err)
	}
	now := time.Now().Unix()
	if got.Issuer != app || got.Subject != app || got.ID == "" || got.IssuedAt != got.NotBefore ||
		got.NotBefore > now || got.NotBefore < now-60 || got.Expires != got.NotBefore+600 {
		t.Errorf("claims %s", claims)
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	err := rsa.VerifyPSS(cert.PublicKey.(*rsa.PublicKey), crypto.SHA256, digest[:], signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	if err != nil {
		t.Error(err)
	}
}
