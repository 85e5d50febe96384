package config

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Mistakes is everything that is wrong with the settings, one line each. It is
// the error of Load.
type Mistakes []string

// Error returns the lines under a heading that counts them.
func (m Mistakes) Error() string {
	if len(m) == 1 {
		return m[0]
	}
	return fmt.Sprintf("%d settings need attention:\n%s", len(m), strings.Join(m, "\n"))
}

// reader reads settings and collects what is wrong with them. After a mistake its
// methods return the zero value, so that every setting is looked at.
type reader struct {
	getenv   func(string) string
	byHand   bool // there is no Functions host
	mistakes Mistakes
	warnings []string
}

func (r *reader) get(name string) string { return strings.TrimSpace(r.getenv(name)) }

func (r *reader) mistake(line string) { r.mistakes = append(r.mistakes, line) }

func (r *reader) refuse(name, value, want string) {
	if isReference(value) {
		r.refuseUnshown(name, unresolved)
		return
	}
	r.mistake(fmt.Sprintf("%s=%q: %s", name, value, want))
}

// refuseUnshown is for values that are, or might contain, a secret.
func (r *reader) refuseUnshown(name, want string) {
	if isReference(r.get(name)) {
		want = unresolved
	}
	r.mistake(name + " (its value is not shown): " + want)
}

func (r *reader) unset(name, want string) { r.mistake(name + " is not set: " + want) }

var guidForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// guid hides a client secret that was pasted in place of the client id, a common
// mistake: Entra puts a ~ into every secret it makes.
func (r *reader) guid(name, meaning string) string {
	want := "want " + meaning + ", a GUID such as 5b2a6c1e-0f4d-4a77-9c3b-2d8e7f601a94"
	value := r.get(name)
	switch {
	case value == "":
		r.unset(name, want)
	case guidForm.MatchString(strings.ToLower(value)):
		return strings.ToLower(value)
	case strings.Contains(value, "~"):
		r.refuseUnshown(name, "it looks like a client secret: "+want)
	default:
		r.refuse(name, value, want)
	}
	return ""
}

// vaultName is Key Vault's own rule except for the length, which the service
// checks.
var vaultName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`)

// keyVault reads the one setting that depends on another: a federated credential is
// not stored anywhere.
func (r *reader) keyVault(cloud Cloud) string {
	const name = "KEY_VAULT_URL"
	want := "want the address of the vault and nothing after it, such as https://contoso." + cloud.VaultSuffix
	value := r.get(name)
	if value == "" {
		mode := r.authMode()
		ownCredential := r.ownCredential() && (mode == AuthCertificate || mode == AuthSecret)
		if mode != AuthFederated && !ownCredential {
			r.unset(name, want+"; only PARTNER_AUTH=federated needs none")
		}
		return ""
	}
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		r.refuseUnshown(name, want)
		return ""
	}
	vault, known := strings.CutSuffix(strings.ToLower(u.Host), "."+cloud.VaultSuffix)
	if u.Scheme != "https" || !known || !vaultName.MatchString(vault) || strings.Trim(u.Path, "/") != "" {
		r.refuse(name, value, want)
		return ""
	}
	return "https://" + strings.ToLower(u.Host)
}

func (r *reader) concurrency() int {
	const name, most = "CONCURRENCY", 512
	value := r.get(name)
	if value == "" {
		return 64
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > most {
		r.refuse(name, value, fmt.Sprintf("want a whole number from 1 to %d", most))
		return 0
	}
	return n
}

// budget leaves room within the host's time-out for the slice's last checkpoint and
// answer: the host kills the process at functionTimeout without a warning.
func (r *reader) budget(functionTimeout time.Duration) time.Duration {
	const name, least = "EXECUTION_BUDGET", 2 * time.Second
	if r.byHand {
		return r.budgetByHand(name, least)
	}
	most := functionTimeout - min(30*time.Second, functionTimeout/2)
	value := r.get(name)
	if value == "" && functionTimeout >= 2*least {
		return functionTimeout - min(time.Minute, functionTimeout/2)
	}
	if most < least {
		r.mistake(fmt.Sprintf("host.json: functionTimeout is %s: want at least %s", functionTimeout, 2*least))
		return 0
	}
	budget, err := time.ParseDuration(value)
	if err != nil || budget < least || budget > most {
		r.refuse(name, value, fmt.Sprintf("want a Go duration such as 5m or 90s, from %s to %s, "+
			"which is host.json's functionTimeout (%s) less what the last checkpoint may take", least, most, functionTimeout))
		return 0
	}
	return budget
}

// webhook never shows its value: the address of a webhook is its password. A night
// runs without one that cannot be used.
func (r *reader) webhook() Secret {
	const name = "NOTIFY_WEBHOOK_URL"
	value := r.get(name)
	want := "want an https address without a user name in it"
	if isReference(value) {
		want = unresolved
	}
	if u, err := url.Parse(value); value != "" && (err != nil || u.User != nil || !isSecure(value)) {
		r.warnings = append(r.warnings, name+" (its value is not shown): nobody is notified: "+want)
		return ""
	}
	return Secret(value)
}
