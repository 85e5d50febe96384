package signin

import (
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

// credential proves at the token endpoint audience that the app asks.
type credential interface {
	// prove sets the form fields of the proof and returns the values in them
	// that must never be shown.
	prove(ctx context.Context, form url.Values, clientID, audience string) (hide []string, err error)
	// warnings tell what ends soon.
	warnings() []string
	// stored is what the vault has of it: another one is another credential.
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

type secretCredential struct {
	value string
	ends  time.Time // zero where Key Vault does not say
}

func parseSecret(s Secret) (credential, error) {
	value := strings.TrimSpace(s.Value)
	if value == "" {
		return nil, broken("Key Vault secret "+clientSecret+" is empty.", renewSecret)
	}
	if !s.Expires.IsZero() && !time.Now().Before(s.Expires) {
		return nil, broken(fmt.Sprintf("Key Vault secret %s expired on %s.", clientSecret, day(s.Expires)), renewSecret)
	}
	return secretCredential{value, s.Expires}, nil
}

const (
	renewSecret      = "Create a new client secret in the app registration and put its value into Key Vault secret " + clientSecret + ", with its expiry date."
	renewCertificate = "Create a new version of Key Vault certificate " + certificateSecret + " and upload its public part to the app registration."
	fixCertificate   = "Store an RSA certificate with its private key, as PEM or PKCS#12 without password, as Key Vault certificate " + certificateSecret + "."
)

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func (s secretCredential) prove(_ context.Context, form url.Values, _, _ string) ([]string, error) {
	form.Set("client_secret", s.value)
	return []string{s.value}, nil
}

func (s secretCredential) warnings() []string {
	return endsSoon("secret "+clientSecret, s.ends, renewSecret)
}

func (s secretCredential) stored() string { return s.value }

type certificateCredential struct {
	key        *rsa.PrivateKey
	thumbprint string // x5t#S256
	ends       time.Time
}

// parseCertificate reads a certificate as Key Vault hands it out: PEM, or
// base64 of a PKCS#12 without a password
// (https://learn.microsoft.com/azure/key-vault/certificates/about-certificates).
func parseCertificate(s Secret) (credential, error) {
	read := readPKCS12
	if strings.Contains(s.Value, "-----BEGIN ") {
		read = readPEM
	}
	key, certificates, err := read(s.Value)
	if err != nil {
		remedy := fixCertificate
		if errors.Is(err, errLocked) || errors.Is(err, errForeign) {
			remedy = exportCertificate
		}
		return nil, broken(fmt.Sprintf("Key Vault certificate %s cannot be read: %v.", certificateSecret, err), remedy)
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, broken(fmt.Sprintf("Key Vault certificate %s has no RSA key, and Entra accepts no other.", certificateSecret), fixCertificate)
	}
	for _, c := range certificates {
		if !private.PublicKey.Equal(c.PublicKey) {
			continue
		}
		if err := inForce(c); err != nil {
			return nil, err
		}
		sum := sha256.Sum256(c.Raw)
		return certificateCredential{private, base64.RawURLEncoding.EncodeToString(sum[:]), c.NotAfter}, nil
	}
	return nil, broken(fmt.Sprintf("Key Vault certificate %s: its key matches none of its certificates.", certificateSecret), fixCertificate)
}

func inForce(c *x509.Certificate) error {
	now := time.Now()
	if !now.Before(c.NotAfter) {
		return broken(fmt.Sprintf("Key Vault certificate %s expired on %s.", certificateSecret, day(c.NotAfter)), renewCertificate)
	}
	if now.Before(c.NotBefore) {
		return broken(fmt.Sprintf("Key Vault certificate %s is not valid before %s.", certificateSecret, day(c.NotBefore)),
			"Wait for that day, or set the clock of the machine that the handler runs on.")
	}
	return nil
}

// The errors of both readers are our own words: a library's may quote its input.

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
		case "ENCRYPTED PRIVATE KEY":
			err = errors.New("encrypted")
		}
		if err != nil {
			return nil, nil, errors.New("the private key in the PEM is encrypted or damaged")
		}
	}
	if key == nil || len(certificates) == 0 {
		return nil, nil, errors.New("the PEM lacks the certificate or its private key")
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
		return nil, broken("Key Vault certificate "+certificateSecret+" cannot sign.", fixCertificate)
	}
	setAssertion(form, assertion)
	return []string{assertion}, nil
}

func (c certificateCredential) warnings() []string {
	return endsSoon("certificate "+certificateSecret, c.ends, renewCertificate)
}

func (c certificateCredential) stored() string { return c.thumbprint }

// setAssertion sets a proof in the form of RFC 7523.
func setAssertion(form url.Values, assertion string) {
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	form.Set("client_assertion", assertion)
}
