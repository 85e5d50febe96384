package m365

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

const appName = "Tenant Rollup"

// appCredential is the credential registered for the partner's app, and the form in
// which the vault returns it.
type appCredential struct {
	mu     sync.Mutex
	secret string

	// The certificate's; nil and empty without one.
	cert        *x509.Certificate
	thumbprint  [sha256.Size]byte
	vaultValue  string
	contentType string
}

// appKey is that of all clouds of a process, because making one takes longer than a
// cloud. Each has a certificate of its own.
var appKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func newAppCredential(mode Auth, keys *keyring) (*appCredential, error) {
	app := new(appCredential)
	app.rotate(keys)
	if mode == SecretOnly || mode == Federated || mode == RefreshTokenSecret {
		return app, nil
	}
	key, err := appKey()
	if err != nil {
		return nil, fmt.Errorf("make the app's key: %w", err)
	}
	template := certificateTemplate(appName)
	template.NotAfter = time.Now().AddDate(0, 6, 0)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("sign the app's certificate: %w", err)
	}
	if app.cert, err = x509.ParseCertificate(der); err != nil {
		return nil, fmt.Errorf("read the app's certificate back: %w", err)
	}
	app.thumbprint = sha256.Sum256(der)
	if err := app.pack(mode, key); err != nil {
		return nil, err
	}
	keys.remember(keyLine(app.vaultValue))
	return app, nil
}

// rotate replaces the secret.
func (a *appCredential) rotate(keys *keyring) {
	// Its end has what encodings change; the secrets of the first years had some of it.
	secret := "mZb8Q~" + rand.Text() + "+/=&\"abcdef"
	keys.remember(secret)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.secret = secret
}

func (a *appCredential) current() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.secret
}

// pack writes the certificate and its key as Key Vault returns them: as PKCS#12
// without a password, or as PEM with the key first.
func (a *appCredential) pack(mode Auth, key *rsa.PrivateKey) error {
	switch mode {
	case CertificatePFX, RefreshToken:
		pfx, err := pkcs12.Modern2023.Encode(key, a.cert, nil, "")
		if err != nil {
			return fmt.Errorf("pack the app's certificate: %w", err)
		}
		a.vaultValue, a.contentType = base64.StdEncoding.EncodeToString(pfx), "application/x-pkcs12"
	case CertificatePEM:
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return fmt.Errorf("pack the app's key: %w", err)
		}
		a.vaultValue = string(pemBlock("PRIVATE KEY", der)) + string(pemBlock("CERTIFICATE", a.cert.Raw))
		a.contentType = "application/x-pem-file"
	default:
		return fmt.Errorf("auth %q: want %q", mode,
			[]Auth{CertificatePFX, CertificatePEM, SecretOnly, Federated, RefreshToken, RefreshTokenSecret})
	}
	return nil
}

// keyLine returns the part of a vault value that tests search for to find leaks. For
// PKCS#12 it is the only line. For PEM it is a line from the middle of the key, which
// a leak contains no matter how its line breaks were escaped.
func keyLine(value string) string {
	lines := strings.Split(value, "\n")
	return lines[min(10, len(lines)-1)]
}
