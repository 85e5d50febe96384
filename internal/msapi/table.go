package msapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"tenantrollup/internal/run"
)

// meaning is what a code tells. Its class says whose trouble it is:
// run.PartnerCredential is the partner's own and stops the run, all the others
// are one customer's.
type meaning struct {
	class run.Class
	again bool   // stays or passes
	says  string // what is wrong, in a sentence without its full stop
	todo  string // what a person can do about it
}

// Worth another try?
const (
	stays  = false
	passes = true
)

// consentPlaceholder stands in a remedy for the customer's admin-consent address.
const consentPlaceholder = "{consent}"

// What several rows ask for.
const (
	grantConsent = "Have an administrator of the customer open " + consentPlaceholder + " and accept."
	subscribe    = "The customer has no subscription with this service: license it, or name the tenant in CUSTOMERS_EXCLUDE."
	signInAgain  = "Sign the partner's user in again, with multifactor authentication, and store the new refresh token in Key Vault secret partner-refresh-token."
	wait         = "Nothing: the next run asks again."
)

// entraMeaning goes by the code, then by the status, then by error.
func entraMeaning(e tokenError, status int) meaning {
	for _, row := range entraTable {
		if slices.Contains(row.codes, e.code()) {
			return row.meaning
		}
	}
	if m, ok := statusMeaning(status); ok {
		return m
	}
	says, page := "", "https://login.microsoftonline.com/error"
	if e.code() != 0 {
		page += fmt.Sprintf("?code=%d", e.code())
		says = fmt.Sprintf("The code AADSTS%d is not one that we know; %s explains it", e.code(), page)
	}
	switch e.Error {
	case "temporarily_unavailable", "server_error":
		return meaning{run.ServiceFault, passes, says, wait}
	case "unauthorized_client":
		return meaning{run.ConsentMissing, stays, says, grantConsent + " If it stays, look at " + page + "."}
	case "interaction_required":
		return meaning{run.BlockedByPolicy, stays, says, signInAgain + " What the policy asks for is at " + page + "."}
	}
	return meaning{run.ServiceFault, stays, says, "Do what " + page + " says; if that doesn't help, open a support request with the correlation id."}
}

// serviceMeaning goes by the codes and words of the whole chain, then by the
// status. 429 is said by the status alone.
func serviceMeaning(chain graphChain, status int) meaning {
	if status == http.StatusTooManyRequests {
		return meaning{run.Throttled, passes, "", wait}
	}
	said := chain.said()
	for _, row := range serviceTable {
		coded := slices.ContainsFunc(chain, func(e graphError) bool { return slices.Contains(row.codes, e.Code) })
		worded := slices.ContainsFunc(row.words, func(words string) bool { return strings.Contains(said, strings.ToLower(words)) })
		if coded || worded {
			return row.meaning
		}
	}
	if m, ok := statusMeaning(status); ok {
		return m
	}
	if status == http.StatusForbidden {
		return meaning{run.ConsentMissing, stays, "", grantConsent}
	}
	if status == http.StatusUnauthorized {
		return tokenRefused
	}
	return meaning{run.ServiceFault, stays, "",
		"Look the error up in Microsoft's documentation (Graph's: https://learn.microsoft.com/graph/errors); if that doesn't help, open a support request with the correlation id."}
}

// statusMeaning: what a status says where no code does.
func statusMeaning(status int) (meaning, bool) {
	switch {
	case status == http.StatusTooManyRequests:
		return meaning{run.Throttled, passes, "", wait}, true
	case status >= 500, status == http.StatusRequestTimeout:
		return meaning{run.ServiceFault, passes, "", wait}, true
	}
	return meaning{}, false
}
