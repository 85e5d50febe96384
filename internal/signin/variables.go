package signin

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"tenantrollup/internal/refusal"
)

// Variables is the vault for people who have none: it reads the app's own
// credential from the variables of Azure's tools.
type Variables struct {
	CertificatePath     string           // AZURE_CLIENT_CERTIFICATE_PATH
	CertificatePassword string           // AZURE_CLIENT_CERTIFICATE_PASSWORD
	ClientSecret        string           // AZURE_CLIENT_SECRET
	Secrets             *refusal.Secrets // is given what is read
}

// Secret implements Vault.
func (v Variables) Secret(_ context.Context, name string) (Secret, error) {
	switch {
	case name == certificateSecret && v.CertificatePath != "":
		return v.certificate()
	case name == clientSecret && v.ClientSecret != "":
		v.Secrets.Hold(v.ClientSecret)
		return Secret{Value: v.ClientSecret, words: words{
			name:  "AZURE_CLIENT_SECRET",
			renew: "Create a new client secret in the app registration and set AZURE_CLIENT_SECRET to its value.",
		}}, nil
	}
	return Secret{}, NoVault{}.failure()
}

// certificate reads the file again for each slice: it may have been renewed.
func (v Variables) certificate() (Secret, error) {
	w := words{
		name:  "Certificate file " + v.Secrets.Words(v.CertificatePath), // which may be the certificate itself
		renew: "Create a new certificate, upload its public part to the app registration, and name its file in AZURE_CLIENT_CERTIFICATE_PATH.",
		fix:   "Name a file with an RSA certificate and its private key, as PEM or PKCS#12, in AZURE_CLIENT_CERTIFICATE_PATH.",
		convert: "Set AZURE_CLIENT_CERTIFICATE_PASSWORD to its password. If that does not help, convert it to PEM: openssl pkcs12 -in OLD.pfx -nodes -out NEW.pem " +
			"(with -legacy if openssl answers 'unsupported').",
	}
	text, err := os.ReadFile(v.CertificatePath)
	if err != nil {
		if failed, ok := errors.AsType[*fs.PathError](err); ok {
			err = failed.Err
		}
		return Secret{words: w}, broken(fmt.Sprintf("%s cannot be read: %v.", w.name, err), w.fix)
	}
	value := string(text)
	if !strings.Contains(value, "-----BEGIN ") {
		value = base64.StdEncoding.EncodeToString(text)
	}
	v.Secrets.Hold(value, v.CertificatePassword)
	return Secret{Value: value, password: v.CertificatePassword, words: w}, nil
}

// Store implements Vault: nothing is stored in variables.
func (Variables) Store(context.Context, string, string, time.Time) error { return NoVault{}.failure() }
