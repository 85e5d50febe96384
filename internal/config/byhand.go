package config

import (
	"strings"
	"time"

	"tenantrollup/internal/report"
)

// Credential is the partner's, taken from the variables that every Azure tool
// knows. It has a certificate or a secret, or neither if they are in a vault.
//
// Source: https://learn.microsoft.com/dotnet/api/azure.identity.environmentcredential
type Credential struct {
	CertificatePath     string // of a file in PEM or PKCS#12
	CertificatePassword Secret // of the PKCS#12
	ClientSecret        Secret
}

// HostVariables are set by the Functions host, or by the platform that runs it.
var HostVariables = []string{"FUNCTIONS_CUSTOMHANDLER_PORT", "FUNCTIONS_WORKER_RUNTIME", "WEBSITE_INSTANCE_ID"}

// sliceByHand is the longest slice if no host sets a limit: each slice reads the
// partner's credential again.
const sliceByHand = time.Hour

// LoadByHand is Load for runs without a Functions host. Neither NIGHTLY_SCHEDULE
// nor storage is required. Without KEY_VAULT_URL, the partner's credential is in
// Credential; under the host it never is.
func LoadByHand(getenv func(string) string, variables []string, today report.Date) (Config, error) {
	return (&reader{getenv: getenv, byHand: true}).load(variables, 0, today)
}

// underHost reports whether this is a Functions host.
func (r *reader) underHost() bool {
	for _, name := range HostVariables {
		if r.get(name) != "" {
			return true
		}
	}
	return false
}

const (
	certificateVariable = "AZURE_CLIENT_CERTIFICATE_PATH"
	passwordVariable    = "AZURE_CLIENT_CERTIFICATE_PASSWORD"
	secretVariable      = "AZURE_CLIENT_SECRET"
)

// ownCredential reports whether the variables of Azure's tools are the partner's.
func (r *reader) ownCredential() bool {
	return r.byHand && r.get("KEY_VAULT_URL") == "" && !r.underHost()
}

// credential reads what the mode needs.
func (r *reader) credential() Credential {
	if !r.ownCredential() {
		return Credential{}
	}
	switch mode := r.authMode(); {
	case mode == AuthCertificate && r.get(certificateVariable) != "":
		return Credential{CertificatePath: r.get(certificateVariable), CertificatePassword: Secret(r.getenv(passwordVariable))}
	case mode == AuthCertificate:
		r.unset(certificateVariable, "want the file with the partner's certificate and its private key, in PEM or PKCS#12; "+
			"or KEY_VAULT_URL with the vault that has it, or PARTNER_AUTH=secret and "+secretVariable)
	case mode == AuthSecret && r.get(secretVariable) != "":
		return Credential{ClientSecret: Secret(r.get(secretVariable))}
	case mode == AuthSecret:
		r.unset(secretVariable, "want the app's client secret, or KEY_VAULT_URL with the vault that has it")
	}
	return Credential{}
}

// authMode returns PARTNER_AUTH, or what follows from the credential that is set.
func (r *reader) authMode() AuthMode {
	value := r.get("PARTNER_AUTH")
	if value == "" && r.ownCredential() && r.get(secretVariable) != "" && r.get(certificateVariable) == "" {
		return AuthSecret
	}
	if value == "" {
		return AuthCertificate
	}
	return AuthMode(strings.ToLower(value))
}

// budgetByHand accepts any length: nobody kills a slice here.
func (r *reader) budgetByHand(name string, least time.Duration) time.Duration {
	value := r.get(name)
	if value == "" {
		return sliceByHand
	}
	budget, err := time.ParseDuration(value)
	if err != nil || budget < least {
		r.refuse(name, value, "want a Go duration such as 5m or 90s, of "+least.String()+" or more")
	}
	return budget
}
