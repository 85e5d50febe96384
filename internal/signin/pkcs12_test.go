package signin_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"os"
	"strings"
	"testing"
	"time"

	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"tenantrollup/internal/signin"
)

const export = "openssl pkcs12 -in OLD.pfx -nodes"

// stored is a file of testdata (its README says who made it) as Key Vault has it.
func stored(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(name, ".pem") {
		return string(raw)
	}
	return base64.StdEncoding.EncodeToString(raw)
}

func TestAPKCS12InAFormThatIsNotReadIsCalledOneAndCanBeExported(t *testing.T) {
	for _, maker := range []string{"nss", "gnutls", "bouncycastle", "sha384"} {
		t.Run(maker, func(t *testing.T) {
			wantUnusable(t, "certificate", signin.Secret{Value: stored(t, maker+".p12")}, "it is a PKCS#12 in a form", export)
		})
	}
	t.Run("so is a damaged one", func(t *testing.T) {
		whole := stored(t, "exported.p12")
		wantUnusable(t, "certificate", signin.Secret{Value: whole[:len(whole)/8*4]}, "or is damaged", export)
	})
}

func TestWhatOpensslExportsSignsInWithTheKeysOwnCertificate(t *testing.T) {
	block, _ := pem.Decode([]byte(stored(t, "exported.pem"))) // the CA and the key follow
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"exported.pem", "exported.p12"} {
		t.Run(name, func(t *testing.T) {
			e := &entra{}
			p := open(t, e, "certificate", vault{"partner-certificate": {Value: stored(t, name)}})
			if _, err := p.Token(t.Context(), contoso, scope); err != nil {
				t.Fatal(err)
			}
			checkAssertion(t, e.forms[0].Get("client_assertion"), leaf, contoso)
		})
	}
}

func TestAPKCS12WithAPasswordSaysSo(t *testing.T) {
	key, cert := newCertificate(t, time.Now().AddDate(0, 1, 0))
	raw, err := pkcs12.Modern2023.Encode(key, cert, nil, "geheim")
	if err != nil {
		t.Fatal(err)
	}
	wantUnusable(t, "certificate", signin.Secret{Value: base64.StdEncoding.EncodeToString(raw)}, "has a password", export)
}

func TestAPKCS12WithoutAPrivateKeySaysSo(t *testing.T) {
	_, cert := newCertificate(t, time.Now().AddDate(0, 1, 0))
	raw, err := pkcs12.Modern2023.EncodeTrustStore([]*x509.Certificate{cert}, "")
	if err != nil {
		t.Fatal(err)
	}
	wantUnusable(t, "certificate", signin.Secret{Value: base64.StdEncoding.EncodeToString(raw)}, "the PKCS#12 lacks the certificate or its private key", "RSA certificate with its private key")
}

func TestWhatIsNotPKCS12IsNotCalledThat(t *testing.T) {
	key, cert := newCertificate(t, time.Now().AddDate(0, 1, 0))
	for rule, raw := range map[string][]byte{
		"a certificate in DER": cert.Raw,
		"a private key in DER": x509.MarshalPKCS1PrivateKey(key),
		"a secret in base64":   []byte(secret),
		"a byte":               {0x30},
		"bytes that only look like the beginning of one": {0x31, 0x06, 0x02, 0x01, 0x03, 0x30, 0x01, 0x00},
	} {
		t.Run(rule, func(t *testing.T) {
			wantUnusable(t, "certificate", signin.Secret{Value: base64.StdEncoding.EncodeToString(raw)}, "it is neither PEM nor a PKCS#12", "RSA certificate with its private key")
		})
	}
}
