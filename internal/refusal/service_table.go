package refusal

import "tenantrollup/internal/run"

type (
	codes []string
	// words are found in any part of an error, in upper or lower case.
	words []string
)

// serviceTable says what the errors of Graph and Exchange mean, and what to do. The
// first row that matches counts. Graph's codes are at
// https://learn.microsoft.com/graph/errors; neither Exchange's nor the words that
// distinguish a licence from a permission are documented anywhere.
var serviceTable = []struct {
	codes
	words
	meaning
}{
	{nil, words{"Request not applicable to target tenant", "subscription within the tenant has lapsed"}, meaning{run.NotLicensed, stays,
		"The customer has no subscription for this, or it has lapsed",
		subscribe}},

	// Graph.

	{codes{"Authentication_RequestFromNonPremiumTenantOrB2CTenant", "AadPremiumLicenseRequired"},
		words{"doesn't have premium license", "Your tenant is not licensed for this feature", "Tenant does not have a SPO license"}, meaning{run.NotLicensed, stays,
			"The customer has no licence that includes this",
			"License the customer for it (Microsoft Entra ID P1 or P2, or what Graph's documentation of the call names), or add the tenant to CUSTOMERS_EXCLUDE."}},
	{codes{"Authentication_RequestFromUnsupportedUserRole"}, words{"not in the allowed roles"}, meaning{run.RoleMissing, stays,
		"The partner's user has no role in this tenant that may read usage reports",
		"In Partner Center, give the user's security group the role Reports Reader in this customer's delegated admin relationship; if the relationship lacks that role, request a new one with it. Global Reader shows totals only."}},
	{codes{"S2SUnauthorized"}, nil, meaning{run.ConsentMissing, stays,
		"The app may not read reports in this tenant",
		grantConsent + " Usage reports need Reports.Read.All."}},
	{codes{"Authorization_RequestDenied"}, nil, meaning{run.ConsentMissing, stays,
		"The app, or the partner's user, lacks a permission in this tenant",
		grantConsent + " Run handler permissions to see what REPORTS needs; with PARTNER_AUTH refresh-token, the user's security group also needs the role Reports Reader."}},
	{codes{"Authentication_MSGraphPermissionMissing"}, words{"required scopes are missing in the token"}, meaning{run.ConsentMissing, stays,
		"The app lacks a permission in this tenant",
		grantConsent}},
	{codes{"Authorization_IdentityNotFound"}, nil, meaning{run.ConsentMissing, stays,
		"The app has no service principal in this tenant",
		grantConsent}},
	{codes{"InvalidAuthenticationToken"}, nil, tokenRefused},
	{codes{"UnknownTenantId"}, nil, meaning{run.NoData, stays,
		"The reports service does not know this tenant yet",
		"Nothing: a new tenant gets reports after a few days, and a report of a single day is asked for again."}},
	{codes{"NotImplemented"}, words{"operation target is not yet supported"}, meaning{run.ServiceFault, stays,
		"Graph returns one of the properties for a single object only, not in a list",
		"Remove the property from the call in REPORTS."}},
	{codes{"Directory_ExpiredPageToken", "DirectoryPageTokenNotFoundException"}, nil, meaning{run.ServiceFault, stays,
		"The link to the next page has expired",
		NextRun}},
	{nil, words{"Resource not found for the segment"}, meaning{run.ServiceFault, stays,
		"This cloud's Graph does not have the report",
		"Remove the report from REPORTS; if CLOUD is usgov or china, use an Exchange cmdlet instead."}},
	{codes{"TooManyRequests"}, words{"Too many requests"}, meaning{run.Throttled, passes,
		"The service is getting too many requests for this tenant",
		NextRun}},
	{codes{"MissingCredentials"}, words{"Resource temporarily unavailable"}, meaning{run.ServiceFault, passes,
		"The service has a temporary fault",
		NextRun}},

	// Exchange.

	{nil, words{"isn't present in the role definition", "isn't assigned to any management roles", "is not allowed to call"}, meaning{run.RoleMissing, stays,
		"The app, or the partner's user, has no Exchange role in this tenant that covers the cmdlet",
		"Have the customer give the app the role Global Reader in Entra, Roles & admins; with PARTNER_AUTH refresh-token, give it to the user's security group in the delegated admin relationship instead."}},
	{nil, words{"The role assigned to application", "The role assigned to user"}, meaning{run.RoleMissing, stays,
		"Exchange does not support the role that the app, or the partner's user, has in this tenant",
		"Have the customer give the app the role Global Reader, Security Reader or Exchange Administrator in Entra, Roles & admins; with PARTNER_AUTH refresh-token, give one of them to the user's security group in the delegated admin relationship instead."}},
	{nil, words{"CmdletProxyNotAvailableFailure", "ServerBusyException", "TransientException", "BackendCommunicationException"}, meaning{run.ServiceFault, passes,
		"Exchange has a temporary fault",
		NextRun}},
}

// notTheService is an answer in a form that the service does not use.
var notTheService = meaning{run.ServiceFault, stays,
	"The answer does not look like the service's own, so it may come from a proxy in between",
	"Check HTTPS_PROXY and anything else between the handler and Microsoft; if there is nothing, rerun later."}

// tokenRefused is a 401 to a token that was just made.
var tokenRefused = meaning{run.ServiceFault, stays,
	"The service does not accept the app's token, even a new one",
	"Rerun later; if that does not help, open a support request with the correlation id."}
