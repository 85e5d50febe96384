package signin_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
	"tenantrollup/internal/signin"
)

var rsaKeys = sync.OnceValue(func() (keys [2]*rsa.PrivateKey) {
	for i := range keys {
		keys[i], _ = rsa.GenerateKey(rand.Reader, 2048)
	}
	return keys
})

func newCertificate(t *testing.T, ends time.Time) (*rsa.PrivateKey, *x509.Certificate) {
	key := rsaKeys()[0]
	return key, certificateOf(t, key, ends.AddDate(-1, 0, 0), ends)
}

func certificateOf(t *testing.T, key crypto.Signer, begins, ends time.Time) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "contoso"}, NotBefore: begins, NotAfter: ends,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func keyPEM(t *testing.T, key crypto.Signer) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return block("PRIVATE KEY", der)
}

func pemOf(t *testing.T, key crypto.Signer, cert *x509.Certificate) string {
	return keyPEM(t, key) + block("CERTIFICATE", cert.Raw)
}

func TestOpenReadsCertificatesAsKeyVaultHandsThemOut(t *testing.T) {
	key, cert := newCertificate(t, time.Now().AddDate(0, 1, 0))
	other := certificateOf(t, rsaKeys()[1], time.Now().AddDate(-1, 0, 0), time.Now().AddDate(1, 0, 0))
	pfx := func(e *pkcs12.Encoder, first, second *x509.Certificate) string {
		raw, err := e.Encode(key, first, []*x509.Certificate{second}, "")
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(raw)
	}
	tests := []struct{ rule, value string }{
		{"PEM, key first", pemOf(t, key, cert)},
		{"PEM, certificate first", block("CERTIFICATE", cert.Raw) + keyPEM(t, key)},
		{"PEM as Windows PowerShell writes it, with a byte order mark", "\ufeff" + strings.ReplaceAll(pemOf(t, key, cert), "\n", "\r\n")},
		{"PEM with a PKCS#1 key", block("CERTIFICATE", cert.Raw) + block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))},
		{"PEM with a chain, issuer first", block("CERTIFICATE", other.Raw) + pemOf(t, key, cert)},
		{"PKCS#12 with a SHA-256 MAC", pfx(pkcs12.Modern2023, cert, other)},
		{"PKCS#12 with old algorithms", pfx(pkcs12.LegacyRC2, cert, other)},
		{"PKCS#12 with a chain, issuer first", pfx(pkcs12.Modern2023, other, cert)},
		{"PKCS#12 in lines", inLines(pfx(pkcs12.LegacyDES, cert, other))},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			e := &entra{}
			p := open(t, e, "certificate", vault{"partner-certificate": {Value: tt.value}})
			if _, err := p.Token(t.Context(), contoso, scope); err != nil {
				t.Fatal(err)
			}
			checkAssertion(t, e.forms[0].Get("client_assertion"), cert, contoso)
		})
	}
}

func TestACertificateMadeWhereTheClockIsAheadOfOursSignsIn(t *testing.T) {
	key := rsaKeys()[0]
	cert := certificateOf(t, key, time.Now().Add(4*time.Minute), time.Now().AddDate(1, 0, 0))
	e := &entra{}
	p := open(t, e, "certificate", vault{"partner-certificate": {Value: pemOf(t, key, cert)}})
	if _, err := p.Token(t.Context(), contoso, scope); err != nil {
		t.Fatal(err)
	}
	checkAssertion(t, e.forms[0].Get("client_assertion"), cert, contoso)
}

func inLines(text string) string {
	var lines strings.Builder
	for chunk := range slices.Chunk([]byte(text), 76) {
		lines.Write(chunk)
		lines.WriteString("\r\n")
	}
	return lines.String()
}

func TestOpenRefusesWhatCannotSignIn(t *testing.T) {
	now := time.Now()
	key := rsaKeys()[0]
	good := certificateOf(t, key, now.AddDate(-1, 0, 0), now.AddDate(1, 0, 0))
	ended := certificateOf(t, key, now.AddDate(-1, 0, 0), time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC))
	early := certificateOf(t, key, now.AddDate(0, 0, 1), now.AddDate(1, 0, 0))
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	sec1, _ := x509.MarshalECPrivateKey(ec)
	tests := []struct {
		rule, mode    string
		secret        signin.Secret
		message, what string
	}{
		{"an expired certificate", "certificate", signin.Secret{Value: pemOf(t, key, ended)}, "partner-certificate expired on 2026-01-31", "new version"},
		{"a certificate that is not valid yet", "certificate", signin.Secret{Value: pemOf(t, key, early)}, "not valid before", "clock"},
		{"a certificate without its key", "certificate", signin.Secret{Value: block("CERTIFICATE", good.Raw)}, "the PEM lacks the certificate's private key", "RSA certificate"},
		{"a key without its certificate", "certificate", signin.Secret{Value: keyPEM(t, key)}, "the PEM lacks the certificate.", "RSA certificate"},
		{"another certificate's key", "certificate", signin.Secret{Value: pemOf(t, rsaKeys()[1], good)}, "matches none", "RSA certificate"},
		{"an elliptic key", "certificate", signin.Secret{Value: pemOf(t, ec, good)}, "no RSA key", "RSA certificate"},
		{"an elliptic key as openssl writes it", "certificate", signin.Secret{Value: block("EC PRIVATE KEY", sec1) + block("CERTIFICATE", good.Raw)}, "no RSA key", "RSA certificate"},
		{"an encrypted key", "certificate", signin.Secret{Value: block("ENCRYPTED PRIVATE KEY", []byte("x")) + block("CERTIFICATE", good.Raw)}, "encrypted", "RSA certificate"},
		{"a damaged certificate", "certificate", signin.Secret{Value: block("CERTIFICATE", []byte("x"))}, "damaged", "RSA certificate"},
		{"what is not a certificate", "certificate", signin.Secret{Value: secret}, "neither PEM nor base64", "RSA certificate"},
		{"an expired secret", "secret", signin.Secret{Value: secret, Expires: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)}, "partner-client-secret expired on 2026-01-31", "new client secret"},
		{"an empty secret", "secret", signin.Secret{Value: " \n"}, "partner-client-secret is empty", "new client secret"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) { wantUnusable(t, tt.mode, tt.secret, tt.message, tt.what) })
	}
}

// wantUnusable also checks that the error shows nothing of the secret.
func wantUnusable(t *testing.T, mode string, s signin.Secret, message, remedy string) {
	t.Helper()
	v := vault{"partner-certificate": s, "partner-client-secret": s}
	_, err := signin.Open(t.Context(), options(&entra{}, mode, v))
	f := runtest.WantFailure(t, err, run.PartnerCredential)
	if f.Transient || !strings.Contains(f.Message, message) || !strings.Contains(f.Remedy, remedy) {
		t.Errorf("got %q %q", f.Message, f.Remedy)
	}
	for line := range strings.Lines(s.Value) {
		if line = strings.TrimSpace(line); line != "" && strings.Contains(fmt.Sprintf("%v%+v", err, err), line) {
			t.Errorf("the error shows %q", line)
		}
	}
}
