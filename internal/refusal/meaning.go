package refusal

import (
	"strings"

	"tenantrollup/internal/run"
)

// meaning is what a code means. Its class says whose problem it is:
// run.PartnerCredential is the partner's own and stops the run, all others are one
// customer's.
type meaning struct {
	class run.Class
	again bool   // stays or passes
	says  string // what is wrong, as a sentence without its full stop
	todo  string // what a person can do about it
}

// Whether another attempt may succeed.
const (
	stays  = false
	passes = true
)

// consentPlaceholder is replaced in a remedy by the customer's admin-consent
// address.
const consentPlaceholder = "{consent}"

// Remedies of several rows.
const (
	grantConsent = "Have an administrator of the customer open " + consentPlaceholder + " and accept."
	subscribe    = "License the customer for this service, or add the tenant to CUSTOMERS_EXCLUDE."
	signInAgain  = "Sign the partner's user in again, with multifactor authentication, and store the new refresh token in Key Vault secret partner-refresh-token."
)

// then makes a remedy the second step of another one.
func then(remedy string) string { return " Then " + strings.ToLower(remedy[:1]) + remedy[1:] }

// NextRun is the remedy for what passes by itself.
const NextRun = "Nothing: the next run asks again."
