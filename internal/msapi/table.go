package msapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tenantrollup/internal/run"
)

// meaning is what a code tells us: whose trouble it is and what to do.
type meaning struct {
	class     run.Class
	remedy    string
	transient bool
}

const (
	consentPlaceholder = "{consent}"
	grantConsent       = "Have an administrator of the customer open " + consentPlaceholder + " and accept."
	wait               = "Nothing: the next run asks again."
	signInAgain        = "Sign the partner's user in again and store the new refresh token in Key Vault secret partner-refresh-token."
)

// entraTable: AADSTS codes of the token endpoint.
var entraTable = []struct {
	codes []int
	meaning
}{
	// The customer's.
	{[]int{65001, 700016, 700011, 7000229, 90099, 90094, 650051},
		meaning{run.ConsentMissing, grantConsent, false}},
	{[]int{7000112, 70001},
		meaning{run.ConsentMissing, "The app is disabled in this tenant: have an administrator of the customer enable it under Entra, Enterprise applications, Properties; or open " + consentPlaceholder + " and accept.", false}},
	{[]int{650057},
		meaning{run.ConsentMissing, "Add the missing permission to the app registration in the partner's tenant. Then: " + grantConsent, false}},
	{[]int{500011, 650052},
		meaning{run.NotLicensed, "The customer has no subscription with this service: license it, or name the tenant in CUSTOMERS_EXCLUDE.", false}},
	{[]int{53003, 53000, 53001, 530032, 530035},
		meaning{run.BlockedByPolicy, "Have the customer exclude the app, or service provider users, from the Conditional Access policy that its sign-in logs name for the correlation id.", false}},
	{[]int{500212, 500213},
		meaning{run.BlockedByPolicy, "Allow the other tenant in the cross-tenant access settings of the partner and the customer.", false}},
	{[]int{50020, 90072, 50034, 50177, 50178},
		meaning{run.RelationshipEnded, "The partner's user is not known in this tenant: renew the delegated admin relationship and its security group, and delete a guest account of that user there.", false}},
	{[]int{90002, 900023, 5000224},
		meaning{run.TenantGone, "The tenant no longer exists: end the relationship, or name the tenant in CUSTOMERS_EXCLUDE.", false}},
	{[]int{90038, 900382, 900432},
		meaning{run.WrongCloud, "The tenant is in another national cloud: report on it from a deployment with that CLOUD, and name it in CUSTOMERS_EXCLUDE here.", false}},
	// The partner's: the same for every customer.
	{[]int{7000215},
		meaning{run.PartnerCredential, "Put the client secret's value (not its id) into Key Vault secret partner-client-secret.", false}},
	{[]int{7000222},
		meaning{run.PartnerCredential, "Create a new client secret in the app registration and put its value into Key Vault secret partner-client-secret.", false}},
	{[]int{700027},
		meaning{run.PartnerCredential, "Upload the public part of Key Vault's partner-certificate to the app registration.", false}},
	{[]int{700024},
		meaning{run.PartnerCredential, "Set the clock of the machine that the handler runs on.", false}},
	{[]int{700229},
		meaning{run.PartnerCredential, "Let the app registration's federated credential trust the handler's user-assigned managed identity.", false}},
	{[]int{700082, 70008, 50173, 50133, 70043, 70000},
		meaning{run.PartnerCredential, signInAgain, false}},
	{[]int{50057, 50053},
		meaning{run.PartnerCredential, "Enable or unlock the account in the partner's tenant.", false}},
	{[]int{530034, 53011},
		meaning{run.PartnerCredential, "Dismiss the risk of the partner's user in the partner's tenant.", false}},
	{[]int{50196},
		meaning{run.PartnerCredential, "Entra saw too many identical requests of the app: find what else signs in with it, wait an hour, run again.", false}},
	{[]int{9002313, 900144},
		meaning{run.PartnerCredential, "Check PARTNER_TENANT_ID, PARTNER_CLIENT_ID and PARTNER_AUTH.", false}},
	// Nobody's.
	{[]int{90055},
		meaning{run.Throttled, wait, true}},
	{[]int{90033, 90006, 90012, 90024, 50033, 50087, 90090},
		meaning{run.ServiceFault, wait, true}},
}

func entraMeaning(e tokenError, status int) meaning {
	for _, row := range entraTable {
		if slices.Contains(row.codes, e.code()) {
			return row.meaning
		}
	}
	if m, ok := statusMeaning(status); ok {
		return m
	}
	lookUp := "See https://login.microsoftonline.com/error"
	if e.code() != 0 {
		lookUp += "?code=" + strconv.Itoa(e.code())
	}
	switch e.Error {
	case "temporarily_unavailable", "server_error":
		return meaning{run.ServiceFault, wait, true}
	case "unauthorized_client":
		return meaning{run.ConsentMissing, grantConsent, false}
	case "interaction_required":
		return meaning{run.BlockedByPolicy, "A policy asks for a person at the sign-in. " + lookUp + ".", false}
	}
	return meaning{run.ServiceFault, lookUp + ".", false}
}

// graphTable: Graph's error codes, or words of its messages in lower case where
// the code says nothing.
var graphTable = []struct {
	codes   []string
	phrases []string
	meaning
}{
	{nil, []string{"request not applicable to target tenant", "subscription within the tenant has lapsed"},
		meaning{run.NotLicensed, "The customer has no subscription with this service: license it, or name the tenant in CUSTOMERS_EXCLUDE.", false}},
	{[]string{"Authentication_RequestFromUnsupportedUserRole"}, []string{"not in the allowed roles"},
		meaning{run.RoleMissing, "Give the partner's group the role Reports Reader in the delegated admin relationship with this customer.", false}},
	{[]string{"S2SUnauthorized", "Authorization_RequestDenied"}, nil,
		meaning{run.ConsentMissing, grantConsent, false}},
	{[]string{"TooManyRequests"}, []string{"too many requests"},
		meaning{run.Throttled, wait, true}},
	{[]string{"MissingCredentials"}, []string{"resource temporarily unavailable"},
		meaning{run.ServiceFault, wait, true}},
}

func graphMeaning(chain graphChain, status int) meaning {
	said := chain.messages()
	for _, row := range graphTable {
		coded := slices.ContainsFunc(chain, func(e graphError) bool { return slices.Contains(row.codes, e.Code) })
		worded := slices.ContainsFunc(row.phrases, func(words string) bool { return strings.Contains(said, words) })
		if coded || worded {
			return row.meaning
		}
	}
	if m, ok := statusMeaning(status); ok {
		return m
	}
	switch status {
	case http.StatusForbidden:
		return meaning{run.ConsentMissing, grantConsent, false}
	case http.StatusUnauthorized:
		return meaning{run.ServiceFault, "A new token was refused too: run again later; if it stays, report the correlation id to Microsoft.", false}
	}
	return meaning{run.ServiceFault, "Look the error up in Microsoft's documentation of this service.", false}
}

// statusMeaning: what a status says where no code does.
func statusMeaning(status int) (meaning, bool) {
	switch {
	case status == http.StatusTooManyRequests:
		return meaning{run.Throttled, wait, true}, true
	case status >= 500, status == http.StatusRequestTimeout:
		return meaning{run.ServiceFault, wait, true}, true
	}
	return meaning{}, false
}
