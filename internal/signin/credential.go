package signin

import (
	"cmp"
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// credential proves to the token endpoint audience that the app is asking.
type credential interface {
	// prove sets the form fields of the proof and returns the values in them
	// that must never be shown.
	prove(ctx context.Context, form url.Values, clientID, audience string) (hide []string, err error)
	// warnings say what expires soon.
	warnings() []string
	// stored is the vault's part of it: a different value is a different
	// credential.
	stored() string
}

// readProof reads the app's own credential.
func readProof(ctx context.Context, v Vault, name string) (credential, error) {
	s, err := v.Secret(ctx, name)
	if err != nil {
		return nil, err
	}
	if name == certificateSecret {
		return parseCertificate(s)
	}
	return parseSecret(s)
}

// words are what a credential is called, and what helps if there is something wrong
// with it.
type words struct {
	name    string
	renew   string // it has expired, or expires soon
	fix     string // it can't be used
	convert string // it is in a form that is not supported
}

var (
	secretWords      = words{name: "Key Vault secret " + clientSecret, renew: renewSecret}
	certificateWords = words{"Key Vault certificate " + certificateSecret, renewCertificate, fixCertificate, exportCertificate}
)

type secretCredential struct {
	value string
	ends  time.Time // zero if Key Vault does not say
	words
}

func parseSecret(s Secret) (credential, error) {
	value, w := s.text(), cmp.Or(s.words, secretWords)
	if value == "" {
		return nil, broken(w.name+" is empty.", w.renew)
	}
	if !s.Expires.IsZero() && !time.Now().Before(s.Expires) {
		return nil, broken(fmt.Sprintf("%s expired on %s.", w.name, day(s.Expires)), w.renew)
	}
	return secretCredential{value, s.Expires, w}, nil
}

const (
	renewSecret      = "Create a new client secret in the app registration and store its value in Key Vault secret " + clientSecret + ", with its expiry date."
	renewCertificate = "Create a new version of Key Vault certificate " + certificateSecret + " and upload its public part to the app registration."
	fixCertificate   = "Store an RSA certificate with its private key, as PEM or PKCS#12 without a password, as Key Vault certificate " + certificateSecret + "."
)

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func (s secretCredential) prove(_ context.Context, form url.Values, _, _ string) ([]string, error) {
	form.Set("client_secret", s.value)
	return []string{s.value}, nil
}

func (s secretCredential) warnings() []string {
	return endsSoon(s.name, s.ends, s.renew)
}

func (s secretCredential) stored() string { return s.value }

type certificateCredential struct {
	key        *rsa.PrivateKey
	thumbprint string // x5t#S256
	ends       time.Time
	words
}

// parseCertificate reads a certificate as Key Vault hands it out: PEM, or
// base64 of a PKCS#12 without a password
// (https://learn.microsoft.com/azure/key-vault/certificates/about-certificates).
func parseCertificate(s Secret) (credential, error) {
	w := cmp.Or(s.words, certificateWords)
	key, certificates, err := readCertificate(s)
	if err != nil {
		remedy := w.fix
		if errors.Is(err, errLocked) || errors.Is(err, errOther) || errors.Is(err, errForeign) {
			remedy = w.convert
		}
		return nil, broken(fmt.Sprintf("%s cannot be read: %v.", w.name, err), remedy)
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, broken(w.name+" has no RSA key, and Entra accepts no other.", w.fix)
	}
	for _, c := range certificates {
		if !private.PublicKey.Equal(c.PublicKey) {
			continue
		}
		if err := w.inForce(c); err != nil {
			return nil, err
		}
		sum := sha256.Sum256(c.Raw)
		return certificateCredential{private, base64.RawURLEncoding.EncodeToString(sum[:]), c.NotAfter, w}, nil
	}
	return nil, broken(w.name+": its key matches none of its certificates.", w.fix)
}

func readCertificate(s Secret) (key any, certificates []*x509.Certificate, err error) {
	if text := s.text(); strings.Contains(text, "-----BEGIN ") {
		return readPEM(text)
	}
	return readPKCS12(s.text(), s.password)
}

// clockSkew is how far the clocks of two machines may differ: Entra, which judges by
// its own, may know a certificate as valid before we do.
const clockSkew = 5 * time.Minute

func (w words) inForce(c *x509.Certificate) error {
	now := time.Now()
	if !now.Before(c.NotAfter) {
		return broken(fmt.Sprintf("%s expired on %s.", w.name, day(c.NotAfter)), w.renew)
	}
	if now.Add(clockSkew).Before(c.NotBefore) {
		return broken(fmt.Sprintf("%s is not valid before %s.", w.name, day(c.NotBefore)),
			"Wait until that day, or correct the clock of the machine that the handler runs on.")
	}
	return nil
}

// Both readers word their errors themselves: a library's error may quote its input.

func readPEM(value string) (key any, certificates []*x509.Certificate, err error) {
	for rest := []byte(value); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		switch block.Type {
		case "CERTIFICATE":
			c, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, nil, errors.New("a certificate in the PEM is damaged")
			}
			certificates = append(certificates, c)
		case "PRIVATE KEY":
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		case "RSA PRIVATE KEY":
			key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			key, err = x509.ParseECPrivateKey(block.Bytes)
		case "ENCRYPTED PRIVATE KEY":
			err = errors.New("encrypted")
		}
		if err != nil {
			return nil, nil, errors.New("the private key in the PEM is encrypted or damaged")
		}
	}
	switch {
	case len(certificates) == 0:
		return nil, nil, errors.New("the PEM lacks the certificate")
	case key == nil:
		return nil, nil, errors.New("the PEM lacks the certificate's private key")
	}
	return key, certificates, nil
}

// assertionLife covers the retries of one request.
const assertionLife = 10 * time.Minute

// prove signs an assertion as Entra wants it
// (https://learn.microsoft.com/entra/identity-platform/certificate-credentials).
func (c certificateCredential) prove(_ context.Context, form url.Values, clientID, audience string) ([]string, error) {
	now := time.Now()
	token := jwt.NewWithClaims(jwt.SigningMethodPS256, jwt.MapClaims{
		"aud": audience, // one string; RegisteredClaims writes a list, which Entra refuses
		"iss": clientID, "sub": clientID, "jti": newID(),
		"nbf": now.Unix(), "iat": now.Unix(), "exp": now.Add(assertionLife).Unix(),
	})
	token.Header["x5t#S256"] = c.thumbprint
	assertion, err := token.SignedString(c.key)
	if err != nil {
		return nil, broken(c.name+" cannot sign.", c.fix)
	}
	setAssertion(form, assertion)
	return []string{assertion}, nil
}

func (c certificateCredential) warnings() []string {
	return endsSoon(c.name, c.ends, c.renew)
}

func (c certificateCredential) stored() string { return c.thumbprint }

// setAssertion sets a proof in the form of RFC 7523.
func setAssertion(form url.Values, assertion string) {
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	form.Set("client_assertion", assertion)
}
