package signin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/refusal"
	"tenantrollup/internal/run"
)

// Vault keeps secrets. Its errors are *run.Failure, NotStored, or ctx's own.
type Vault interface {
	Secret(ctx context.Context, name string) (Secret, error)
	Store(ctx context.Context, name, value string, expires time.Time) error
}

// NoVault is the vault if none is named. It always fails, and says so.
type NoVault struct{}

// Secret implements Vault.
func (v NoVault) Secret(context.Context, string) (Secret, error) { return Secret{}, v.failure() }

// Store implements Vault.
func (v NoVault) Store(context.Context, string, string, time.Time) error { return v.failure() }

func (NoVault) failure() error {
	return broken("No Key Vault is named.", "Set KEY_VAULT_URL, or PARTNER_AUTH to federated; handler night also takes AZURE_CLIENT_CERTIFICATE_PATH or AZURE_CLIENT_SECRET.")
}

// NotStored is the failure of a secret that a vault does not have.
type NotStored struct{ *run.Failure }

// Unwrap returns the failure.
func (n NotStored) Unwrap() error { return n.Failure }

// Secret is one version of a secret of a vault.
type Secret struct {
	Value   string
	Expires time.Time // zero if it never does
	Version string
	Created time.Time // when this version was created

	password string // of a PKCS#12
	words    words  // the vault's, if it is the zero value
}

// text is the value as it was meant: a file that Windows PowerShell has written
// begins with a byte order mark, and most end with a line break.
func (s Secret) text() string { return strings.TrimSpace(strings.TrimPrefix(s.Value, "\ufeff")) }

// KeyVault is an Azure Key Vault.
type KeyVault struct {
	host    string
	client  *azsecrets.Client
	secrets *refusal.Secrets
}

// vaultVersion is accepted by the vaults of every cloud. The client's own default
// is newer than that.
//
// Source: https://learn.microsoft.com/rest/api/keyvault/key-vault-versions
const vaultVersion = "7.6"

// NewKeyVault returns the vault at address, e.g. https://contoso.vault.azure.net.
// What it reads and stores is added to secrets, if there are any.
func NewKeyVault(address string, cred azcore.TokenCredential, transport policy.Transporter, secrets *refusal.Secrets) (*KeyVault, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("key vault %q: want an address such as https://contoso.vault.azure.net", address)
	}
	secrets = cmp.Or(secrets, new(refusal.Secrets))
	client, err := azsecrets.NewClient(address, Lend(cred, "Key Vault "+u.Host, secrets), &azsecrets.ClientOptions{
		ClientOptions: policy.ClientOptions{
			APIVersion: vaultVersion,
			Transport:  transport,
			Telemetry:  policy.TelemetryOptions{ApplicationID: "tenant-rollup"},
			Retry:      policy.RetryOptions{MaxRetries: 3, RetryDelay: 300 * time.Millisecond, MaxRetryDelay: 30 * time.Second},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("key vault %s: %w", u.Host, err)
	}
	return &KeyVault{host: u.Host, client: client, secrets: secrets}, nil
}

// Secret reads the current version of a secret.
func (v *KeyVault) Secret(ctx context.Context, name string) (Secret, error) {
	answer, err := v.client.GetSecret(ctx, name, "", nil)
	if err != nil {
		return Secret{}, v.failure(ctx, name, err)
	}
	var s Secret
	if answer.Value != nil {
		s.Value = *answer.Value
		v.secrets.Hold(s.text())
	}
	if answer.ID != nil {
		s.Version = answer.ID.Version()
	}
	if a := answer.Attributes; a != nil {
		s.Expires, s.Created = orZero(a.Expires), orZero(a.Created)
	}
	return s, nil
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// Store makes value the current version of a secret and sets when it expires. Its
// errors are *run.Failure, or ctx's own.
func (v *KeyVault) Store(ctx context.Context, name, value string, expires time.Time) error {
	v.secrets.Hold(value)
	_, err := v.client.SetSecret(ctx, name, azsecrets.SetSecretParameters{
		Value: &value, SecretAttributes: &azsecrets.SecretAttributes{Expires: &expires},
	}, nil)
	if err == nil {
		return nil
	}
	err = v.failure(ctx, name, err)
	if f, ok := errors.AsType[*run.Failure](err); ok {
		switch f.Remedy {
		case grantReading:
			f.Remedy = "Give the handler's identity the role Key Vault Secrets Officer, or another with secrets/setSecret, on this vault."
		case allowReading:
			f.Remedy = "Give the handler's identity the secret permission Set in this vault's access policies; roles have no effect there."
		}
	}
	return err
}

const (
	grantReading = "Give the handler's identity the role Key Vault Secrets User on this vault."
	// allowReading is for a vault that goes by access policies, as in the answer that
	// https://github.com/Azure/azure-libraries-for-net/issues/1067 quotes.
	allowReading = "Give the handler's identity the secret permission Get in this vault's access policies; roles have no effect there."
)

func (v *KeyVault) failure(ctx context.Context, name string, err error) error {
	if refused, ok := errors.AsType[*azcore.ResponseError](err); ok {
		return v.refused(name, refused)
	}
	if f, ok := errors.AsType[*run.Failure](err); ok { // from the identity: the vault was not asked
		return f
	}
	err = msapi.ConnectionFailure(ctx, v.secrets, "Key Vault "+v.host, err)
	if f, ok := errors.AsType[*run.Failure](err); ok {
		f.Remedy = "Check KEY_VAULT_URL. " + f.Remedy
	}
	return err
}

func (v *KeyVault) refused(name string, refused *azcore.ResponseError) error {
	r := refusal.Answer{Host: "Key Vault " + v.host, Status: refused.StatusCode, Secrets: v.secrets}
	if refused.RawResponse != nil {
		r.Header = refused.RawResponse.Header
		r.Text, _ = runtime.Payload(refused.RawResponse)
	}
	f := refusal.Graph(r) // the vault's errors have Graph's form
	if f.Transient {
		return f
	}
	f.Class = run.PartnerCredential
	f.Remedy = "Check KEY_VAULT_URL and the handler's access to it."
	switch inner := innerCode(r.Text); {
	case refused.StatusCode == http.StatusNotFound:
		f.Message = fmt.Sprintf("Key Vault %s has no secret %s.", v.host, name)
		f.Remedy = "Store it there under this name, or choose another PARTNER_AUTH."
		return NotStored{f}
	case inner == "SecretDisabled":
		f.Message = fmt.Sprintf("Secret %s of Key Vault %s is disabled.", name, v.host)
		f.Remedy = "Enable its current version."
	case inner == "ForbiddenByFirewall" || inner == "ForbiddenByConnection":
		f.Remedy = "Allow the function app's network in the vault's firewall."
	case inner == "AccessDenied":
		f.Remedy = allowReading
	case refused.StatusCode == http.StatusForbidden:
		f.Remedy = grantReading
	}
	return f
}

// innerCode returns what a 403 of Key Vault is about.
func innerCode(text []byte) string {
	var answer struct {
		Error struct {
			Inner struct {
				Code string `json:"code"`
			} `json:"innererror"`
		} `json:"error"`
	}
	_ = json.Unmarshal(text, &answer)
	return answer.Error.Inner.Code
}
