package signin_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	pkcs12 "software.sslmate.com/src/go-pkcs12"

	held "tenantrollup/internal/refusal"
	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
	"tenantrollup/internal/signin"
)

func TestWithoutAVaultTheVariablesOfAzuresToolsSignIn(t *testing.T) {
	key, cert := newCertificate(t, time.Now().AddDate(0, 1, 0))
	dir := t.TempDir()
	write := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	locked, err := pkcs12.Modern2023.Encode(key, cert, nil, "geheim")
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	pfx, pemFile := write("app.pfx", locked), write("app.pem", text)

	for name, v := range map[string]signin.Variables{
		"a PKCS#12 and its password": {CertificatePath: pfx, CertificatePassword: "geheim"},
		"a PEM":                      {CertificatePath: pemFile},
	} {
		t.Run(name, func(t *testing.T) {
			e := &entra{}
			v.Secrets = new(held.Secrets)
			p, err := signin.Open(t.Context(), options(e, "certificate", v))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.Token(t.Context(), contoso, scope); err != nil {
				t.Fatal(err)
			}
			checkAssertion(t, e.forms[0].Get("client_assertion"), cert, contoso)
		})
	}
	t.Run("a secret, which is removed from messages", func(t *testing.T) {
		e, secrets := &entra{}, new(held.Secrets)
		p, err := signin.Open(t.Context(), options(e, "secret", signin.Variables{ClientSecret: "abc~geheim", Secrets: secrets}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Token(t.Context(), contoso, scope); err != nil || e.forms[0].Get("client_secret") != "abc~geheim" {
			t.Errorf("%v, %v", err, e.forms)
		}
		if said := secrets.Clear("it was abc~geheim"); strings.Contains(said, "geheim") {
			t.Errorf("said %q", said)
		}
	})
	t.Run("a certificate in place of its file is not shown", func(t *testing.T) {
		for _, pasted := range [][]byte{text, text[bytes.Index(text, []byte("-----BEGIN PRIVATE")):]} {
			_, err := signin.Open(t.Context(), options(&entra{}, "certificate", signin.Variables{CertificatePath: string(pasted), Secrets: new(held.Secrets)}))
			said := runtest.WantFailure(t, err, run.PartnerCredential).Error()
			for line := range strings.Lines(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))) {
				if !strings.HasPrefix(line, "--") && strings.Contains(said, line[:20]) {
					t.Fatalf("said %s", said)
				}
			}
		}
	})
	for name, test := range map[string]struct {
		v               signin.Variables
		mode            string
		message, remedy string
	}{
		"a missing password":     {signin.Variables{CertificatePath: pfx}, "certificate", "app.pfx cannot be read: the PKCS#12 has a password.", "Set AZURE_CLIENT_CERTIFICATE_PASSWORD"},
		"a different password":   {signin.Variables{CertificatePath: pfx, CertificatePassword: "hunter2"}, "certificate", "the PKCS#12 has a different password.", "Set AZURE_CLIENT_CERTIFICATE_PASSWORD"},
		"no file":                {signin.Variables{CertificatePath: filepath.Join(dir, "none")}, "certificate", "none cannot be read: ", "AZURE_CLIENT_CERTIFICATE_PATH"},
		"an expired certificate": {signin.Variables{CertificatePath: write("old.pem", expired(t))}, "certificate", "old.pem expired on ", "AZURE_CLIENT_CERTIFICATE_PATH"},
		"no secret":              {signin.Variables{}, "secret", "No Key Vault is named.", "AZURE_CLIENT_SECRET"},
	} {
		t.Run(name, func(t *testing.T) {
			test.v.Secrets = new(held.Secrets)
			_, err := signin.Open(t.Context(), options(&entra{}, test.mode, test.v))
			f, ok := errors.AsType[*run.Failure](err)
			if !ok || f.Class != run.PartnerCredential || !strings.Contains(f.Message, test.message) || !strings.Contains(f.Remedy, test.remedy) || strings.Contains(f.Error(), "hunter2") {
				t.Errorf("%v", err)
			}
		})
	}
}

// expired is a PEM whose certificate has ended.
func expired(t *testing.T) []byte {
	t.Helper()
	key, cert := newCertificate(t, time.Now().AddDate(0, 0, -1))
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
}
