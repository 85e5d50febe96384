//go:build certificates

package signin_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/signin"
)

// How a file is read.
const (
	isRead    = ""
	isForeign = "it is a PKCS#12 in a form that this program does not read"
	isLocked  = "the PKCS#12 has a password"
)

// makersFiles are those of test/certificates/make.sh, and how each is read.
var makersFiles = map[string]string{
	"openssl.p12":               isRead,
	"openssl-legacy.p12":        isRead,
	"openssl-sha512.p12":        isRead,
	"openssl-chain-before.p12":  isRead,
	"openssl-chain-behind.p12":  isRead,
	"openssl-chain-before.pem":  isRead,
	"openssl-chain-behind.pem":  isRead,
	"openssl-password.p12":      isLocked,
	"keytool.p12":               isLocked,
	"nss.p12":                   isForeign,
	"gnutls.p12":                isRead,
	"gnutls-ca.p12":             isForeign,
	"forge.p12":                 isRead,
	"forge-chain-behind.p12":    isRead,
	"forge-chain-before.p12":    isRead,
	"cryptography.p12":          isRead,
	"cryptography-password.p12": isLocked,
}

// TestCertificatesOfEveryMaker signs in with certificates as their makers write
// them, or follows the remedy to what does. make test-certificates runs it.
func TestCertificatesOfEveryMaker(t *testing.T) {
	folder, leaf := makersFolder(t)
	for name, becomes := range makersFiles {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(folder, name)
			if becomes == isRead {
				signsInAs(t, file, leaf)
				return
			}
			wantUnusable(t, "certificate", signin.Secret{Value: asStored(t, file)}, becomes, export)
			signsInAs(t, converted(t, file), leaf)
		})
	}
}

// makersFolder makes every maker write a certificate of one CA.
func makersFolder(t *testing.T) (string, *x509.Certificate) {
	t.Helper()
	scripts := os.Getenv("CERTIFICATES")
	if scripts == "" {
		t.Fatal("CERTIFICATES is not set; make test-certificates sets it")
	}
	folder := t.TempDir()
	authority, key := rsaKeys()[1], rsaKeys()[0]
	ca := issued(t, "Contoso CA", 1, authority, nil, authority)
	leaf := issued(t, "rollup.contoso.example", 2, key, ca, authority)
	for name, text := range map[string]string{
		"leaf.key": keyPEM(t, key), "leaf.pem": block("CERTIFICATE", leaf.Raw), "ca.pem": block("CERTIFICATE", ca.Raw),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.CommandContext(t.Context(), filepath.Join(scripts, "make.sh"), folder)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return folder, leaf
}

// issued is a certificate by an issuer, or self-signed if that is nil.
func issued(t *testing.T, name string, serial int64, key *rsa.PrivateKey, issuer *x509.Certificate, by *rsa.PrivateKey) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().AddDate(0, 0, -1), NotAfter: time.Now().AddDate(1, 0, 0),
		IsCA: issuer == nil, BasicConstraintsValid: true,
	}
	if issuer == nil {
		issuer = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// asStored is a file as Key Vault has it.
func asStored(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if block, _ := pem.Decode(raw); block != nil {
		return string(raw)
	}
	return base64.StdEncoding.EncodeToString(raw)
}

func signsInAs(t *testing.T, file string, leaf *x509.Certificate) {
	t.Helper()
	e := &entra{}
	p := open(t, e, "certificate", vault{"partner-certificate": {Value: asStored(t, file)}})
	if _, err := p.Token(t.Context(), contoso, scope); err != nil {
		t.Fatal(err)
	}
	checkAssertion(t, e.forms[0].Get("client_assertion"), leaf, contoso)
}

// converted follows the remedy: to PEM, and to PKCS#12 again.
func converted(t *testing.T, file string) string {
	t.Helper()
	folder := t.TempDir()
	pemFile, p12File := filepath.Join(folder, "new.pem"), filepath.Join(folder, "new.pfx")
	password := "pass:"
	if strings.Contains(makersFiles[filepath.Base(file)], "password") {
		password = "pass:geheim"
	}
	for _, arguments := range [][]string{
		{"pkcs12", "-in", file, "-nodes", "-out", pemFile, "-passin", password},
		{"pkcs12", "-export", "-in", pemFile, "-passout", "pass:", "-out", p12File},
	} {
		if output, err := exec.CommandContext(t.Context(), "openssl", arguments...).CombinedOutput(); err != nil {
			t.Fatalf("openssl %v: %v\n%s", arguments, err, output)
		}
	}
	return p12File
}
