package signin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"tenantrollup/internal/refusal"
	"tenantrollup/internal/run"
)

// Lend returns the handler's own Azure identity for a client of the service, e.g.
// "Key Vault contoso.vault.azure.net". If it has no token, the error is a
// *run.Failure that names the service and what the identity's endpoint said,
// without the secrets, or ctx's own.
func Lend(identity azcore.TokenCredential, service string, secrets *refusal.Secrets) azcore.TokenCredential {
	return lent{identity, service, secrets}
}

type lent struct {
	identity azcore.TokenCredential
	service  string
	secrets  *refusal.Secrets
}

// GetToken implements azcore.TokenCredential.
func (l lent) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := l.identity.GetToken(ctx, o)
	if err != nil {
		return azcore.AccessToken{}, l.noToken(ctx, err)
	}
	return token, nil
}

// Remedies for an identity without a token.
const (
	giveIdentity  = "Give the function app a managed identity (AZURE_CLIENT_ID names a user-assigned one), or sign in with az login."
	checkIdentity = "Check AZURE_CLIENT_ID: it must be the client id of an identity that is assigned to the function app; without it, the app needs its system-assigned identity."
	awaitIdentity = "Nothing: the run asks again. If that does not help, restart the function app."
	checkEndpoint = "If a proxy answered instead of the endpoint, add the endpoint's host to NO_PROXY; otherwise correct what this credential signs in with, or remove its settings so that the managed identity is used."
)

// noToken says why the handler's identity has no token for the service. The
// endpoint's status distinguishes a missing identity from an endpoint that is
// temporarily down: azidentity asks four times within ten seconds and then gives up
// either way. It is the partner's problem, not a customer's, even if it is
// temporary.
//
// Sources: https://learn.microsoft.com/azure/app-service/overview-managed-identity,
// and errors.go and chained_token_credential.go of azidentity 1.15.0.
func (l lent) noToken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("request a token for %s: %w", l.service, context.Cause(ctx))
	}
	f := &run.Failure{Class: run.PartnerCredential}
	said := attempts(err)
	switch failed, ok := errors.AsType[*azidentity.AuthenticationFailedError](err); {
	case ok && failed.RawResponse != nil:
		said, f.Remedy, f.Transient = answered(said, failed.RawResponse)
	case strings.Contains(said, metadataService), isUnavailable(err) && !ok:
		f.Remedy = giveIdentity
	default: // nobody answered, or the answer is not understood
		f.Remedy, f.Transient = awaitIdentity, true
	}
	f.Message = l.secrets.Sentence("No Azure token for "+l.service, said)
	return f
}

// metadataService answers for the identity of a virtual machine. azidentity uses it
// if the environment names no other endpoint.
const metadataService = "169.254.169.254"

// isUnavailable reports whether none of azidentity's credentials could even be
// tried: it marks these errors as not worth another attempt.
func isUnavailable(err error) bool {
	_, marked := errors.AsType[interface {
		error
		NonRetriable()
	}](err)
	return marked
}

// answered says what a credential's endpoint answered, and whether another try
// may bring a token.
func answered(said string, response *http.Response) (text, todo string, passes bool) {
	name, _, _ := strings.Cut(said, " ")
	text = fmt.Sprintf("%s: its endpoint answered %d", strings.TrimRight(name, ":"), response.StatusCode)
	if words := wordsOf(response); words != "" {
		text += ": " + words
	}
	switch status := response.StatusCode; {
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout:
		return text, awaitIdentity, true
	case status == http.StatusBadRequest, status == http.StatusNotFound:
		return text, checkIdentity, false
	}
	return text, checkEndpoint, false
}

// wordsOf returns the words of App Service's endpoint, of the metadata service or
// of Entra.
func wordsOf(response *http.Response) string {
	var body struct {
		Message     string `json:"message"`
		Description string `json:"error_description"`
	}
	text, _ := runtime.Payload(response)
	_ = json.Unmarshal(text, &body)
	words, _, _ := strings.Cut(cmp.Or(body.Message, body.Description), "Trace ID:")
	return strings.TrimSpace(words)
}

var (
	attempt = regexp.MustCompile(`(?m)^\t((\w+)\b.*)$`) // of a chain, one line each; what it quotes is further in
	advice  = regexp.MustCompile(`[. ]*(?:To troubleshoot, visit|See) https://aka\.ms/.*$`)
)

// attempts returns the lines that matter: that of the credential at which
// azidentity's chain ended or, if none could be tried, those of the two that people
// use.
func attempts(err error) string {
	said, _, _ := strings.Cut(err.Error(), "\n")
	_, ended := errors.AsType[*azidentity.AuthenticationFailedError](err)
	var both []string
	for _, line := range attempt.FindAllStringSubmatch(err.Error(), -1) {
		said = advice.ReplaceAllString(line[1], "")
		if line[2] == "ManagedIdentityCredential" || line[2] == "AzureCLICredential" {
			both = append(both, said)
		}
	}
	if !ended && len(both) > 0 {
		return strings.Join(both, "; ")
	}
	return advice.ReplaceAllString(said, "")
}
