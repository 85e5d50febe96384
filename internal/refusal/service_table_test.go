package refusal

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/run"
)

// object is a part of a body.
type object = map[string]any

const graphTime = "2026-11-24T01:00:07"

// quoting is what no service should add to its words.
const quoting = " Sent: " + sentToken

// graphBody is an error as Graph writes it.
func graphBody(code, message string) []byte { return graphObject(code, message+quoting) }

func graphObject(code, message string) []byte {
	body, _ := json.Marshal(object{"error": object{
		"code": code, "message": message,
		"innerError": object{"date": graphTime, "request-id": correlationID, "client-request-id": correlationID},
	}})
	return body
}

// wrapped is an error whose message is another one's JSON.
func wrapped(code, message string) []byte {
	inner, _ := json.Marshal(object{"error": object{"code": code, "message": message + quoting}})
	return graphObject("UnknownError", string(inner))
}

// exchangeBody is an error as Exchange writes it: what happened is in the detail and in
// the innermost exception.
func exchangeBody(exception, message string) []byte {
	message = "Ex6F9304|" + exception + "|" + message + quoting
	body, _ := json.Marshal(object{"error": object{
		"code": "BadRequest", "message": "Error executing cmdlet",
		"details": []object{{"code": "Context", "target": "", "message": message}},
		"innererror": object{
			"message": "Error executing cmdlet", "type": "Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
			"internalexception": object{"message": message, "type": exception, "stacktrace": "   at Microsoft.Exchange\r\n"},
		},
	}})
	return body
}

const noTask = "Microsoft.Exchange.Configuration.Tasks.TaskException"

// serviceRefusals are what Graph and Exchange answer, and a part of what to do
// about it.
var serviceRefusals = []struct {
	rule   string
	status int
	body   []byte
	class  run.Class
	todo   string
	stays  bool // a service's fault that is not temporary
}{
	{"Graph has no subscription to report on", 403, graphBody("UnknownError", "Request not applicable to target tenant."), run.NotLicensed, "License the customer", false},
	{"a lapsed subscription", 403, wrapped("Forbidden", "The subscription within the tenant has lapsed."), run.NotLicensed, "CUSTOMERS_EXCLUDE", false},
	{"a user without a role for reports", 403, graphBody("Authentication_RequestFromUnsupportedUserRole", "Access denied."), run.RoleMissing, "Reports Reader", false},
	{"a user without a role, in words", 403, wrapped("Forbidden", "User is not in the allowed roles."), run.RoleMissing, "request a new one", false},
	{"an app without permission for reports", 403, graphBody("S2SUnauthorized", "Invalid permission."), run.ConsentMissing, "{consent}", false},
	{"the same, wrapped", 403, wrapped("S2SUnauthorized", "Invalid permission."), run.ConsentMissing, "Reports.Read.All", false},
	{"insufficient privileges", 403, graphBody("Authorization_RequestDenied", "Insufficient privileges to complete the operation."), run.ConsentMissing, "handler permissions", false},
	{"a 403 that says nothing we know", 403, graphBody("Forbidden", "Access is denied."), run.ConsentMissing, "{consent}", false},
	{"an app without a service principal", 401, graphBody("Authorization_IdentityNotFound", "The identity of the calling application could not be established."), run.ConsentMissing, "{consent}", false},
	{"a tenant that the reports service does not know yet", 404, wrapped("UnknownTenantId", "We do not recognize this tenant."), run.NoData, "asked for again", false},
	{"a new token refused", 401, graphBody("InvalidAuthenticationToken", "Access token validation failure."), run.ServiceFault, "support request", true},
	{"a 401 that says nothing we know", 401, graphBody("Unauthorized", ""), run.ServiceFault, "support request", true},
	{"a report that this cloud doesn't have", 400, graphBody("BadRequest", "Resource not found for the segment 'getMailboxUsageDetail'."), run.ServiceFault, "Exchange cmdlet", true},
	{"an error that we don't know", 400, graphBody("BadRequest", "Invalid period."), run.ServiceFault, "https://learn.microsoft.com/graph/errors", true},
	{"too many requests", 429, graphBody("TooManyRequests", "Please try again later."), run.Throttled, "next run", false},
	{"too many requests with another status", 400, graphBody("TooManyRequests", "Please try again later."), run.Throttled, "next run", false},
	{"too many requests in words", 400, wrapped("BadRequest", "Too many requests."), run.Throttled, "next run", false},
	{"429 whatever the words", 429, exchangeBody("Microsoft.Exchange.Data.Storage.ServerBusyException", "Busy."), run.Throttled, "next run", false},
	{"a header that Graph lost", 403, graphBody("MissingCredentials", "Valid Authorization header is needed."), run.ServiceFault, "next run", false},
	{"an unavailable resource", 400, graphBody("BadRequest", "Resource temporarily unavailable."), run.ServiceFault, "next run", false},
	{"a missing premium licence", 403, graphBody("Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Neither tenant is B2C or tenant doesn't have premium license"), run.NotLicensed, "CUSTOMERS_EXCLUDE", false},
	{"no licence for identities' privileges", 400, graphBody("AadPremiumLicenseRequired", "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license."), run.NotLicensed, "Entra ID P1 or P2", false},
	{"no licence for Conditional Access", 403, graphBody("AccessDenied", "Your tenant is not licensed for this feature. Please upgrade your subscription to access it."), run.NotLicensed, "License the customer", false},
	{"no licence for SharePoint", 400, graphBody("BadRequest", "Tenant does not have a SPO license."), run.NotLicensed, "License the customer", false},
	{"a permission that identity's reports need", 403, graphBody("Authentication_MSGraphPermissionMissing", "Calling principal does not have required MSGraph permissions AuditLog.Read.All"), run.ConsentMissing, "{consent}", false},
	{"a permission that Conditional Access needs", 403, graphBody("AccessDenied", "You cannot perform the requested operation, required scopes are missing in the token."), run.ConsentMissing, "{consent}", false},
	{"a property of single objects", 501, graphBody("NotImplemented", "This operation target is not yet supported."), run.ServiceFault, "from the call", true},
	{"a page whose token has expired", 400, graphBody("Directory_ExpiredPageToken", "The specified page token value has expired and can no longer be included in your request."), run.ServiceFault, "next run", true},
	{"500", 500, graphBody("InternalServerError", "An error occurred."), run.ServiceFault, "next run", false},

	{"an Exchange cmdlet outside the role", 401, exchangeBody(noTask, "The StartDate parameter can't be used on the Get-MailTrafficSummaryReport cmdlet because it isn't present in the role definition for the current user."), run.RoleMissing, "Global Reader", false},
	{"the same with a typographer's apostrophe", 401, exchangeBody(noTask, "It isn’t present in the role definition."), run.RoleMissing, "Global Reader", false},
	{"an app without an Exchange role", 403, exchangeBody(noTask, "The user isn't assigned to any management roles."), run.RoleMissing, "Roles & admins", false},
	{"a user who may not call the cmdlet", 401, exchangeBody(noTask, "User is not allowed to call Get-MailTrafficSummaryReport."), run.RoleMissing, "security group", false},
	{"a role that Exchange doesn't know", 401, exchangeBody(noTask, "The role assigned to application "+partnerApp+" isn't supported in this scenario."), run.RoleMissing, "Exchange Administrator", false},
	{"a user's role that Exchange doesn't know", 403, exchangeBody(noTask, "The role assigned to user reports@contoso.com isn't supported in this scenario."), run.RoleMissing, "delegated admin relationship", false},
	{"an unavailable proxy", 400, graphBody("CmdletProxyNotAvailableFailure", "Cmdlet needs proxy."), run.ServiceFault, "next run", false},
	{"a busy server", 400, exchangeBody("Microsoft.Exchange.Data.Storage.ServerBusyException", "The server is busy."), run.ServiceFault, "next run", false},
	{"a transient exception", 400, exchangeBody("Microsoft.Exchange.Data.Directory.ADTransientException", "Try again."), run.ServiceFault, "next run", false},
	{"an unavailable back end", 400, exchangeBody("Microsoft.Exchange.Net.BackendCommunicationException", "No connection."), run.ServiceFault, "next run", false},
}

func TestServiceRefusals(t *testing.T) {
	for _, tt := range serviceRefusals {
		t.Run(tt.rule, func(t *testing.T) {
			f := Graph(Answer{
				Host: "graph.microsoft.com", Status: tt.status, ConsentURL: consentAddress,
				Header: http.Header{"Request-Id": {correlationID}},
				Text:   tt.body,
			})
			if tt.stays {
				if f.Transient {
					t.Error("it is not temporary")
				}
				f.Transient = true
			}
			correlation := correlationID
			if strings.Contains(string(tt.body), graphTime) {
				correlation += " at " + graphTime
			}
			checkFailure(t, f, tt.class, tt.todo, correlation)
			if strings.Contains(f.Message, "Context:") || strings.Contains(f.Message, "|") {
				t.Errorf("what precedes a cmdlet's words is useless: %q", f.Message)
			}
		})
	}
}

func TestServiceTableKnowsEveryCodeOnce(t *testing.T) {
	var known []string
	for _, row := range serviceTable {
		known = append(append(known, row.codes...), row.words...)
	}
	want := []string{
		"AadPremiumLicenseRequired", "Authentication_MSGraphPermissionMissing", "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
		"Authentication_RequestFromUnsupportedUserRole", "Authorization_IdentityNotFound", "Authorization_RequestDenied", "BackendCommunicationException",
		"CmdletProxyNotAvailableFailure", "DirectoryPageTokenNotFoundException", "Directory_ExpiredPageToken", "InvalidAuthenticationToken",
		"MissingCredentials", "NotImplemented", "Request not applicable to target tenant", "Resource not found for the segment",
		"Resource temporarily unavailable", "S2SUnauthorized", "ServerBusyException", "Tenant does not have a SPO license",
		"The role assigned to application", "The role assigned to user", "Too many requests", "TooManyRequests", "TransientException", "UnknownTenantId",
		"Your tenant is not licensed for this feature", "doesn't have premium license", "is not allowed to call", "isn't assigned to any management roles",
		"isn't present in the role definition", "not in the allowed roles", "operation target is not yet supported",
		"required scopes are missing in the token", "subscription within the tenant has lapsed",
	}
	if slices.Sort(known); !slices.Equal(known, want) {
		t.Errorf("known  %q\nwanted %q", known, want)
	}
}

func TestEveryClassOfTheTablesIsReached(t *testing.T) {
	given, reached := map[run.Class]bool{}, map[run.Class]bool{}
	for _, row := range entraTable {
		given[row.class] = true
	}
	for _, row := range serviceTable {
		given[row.class] = true
	}
	for _, tt := range entraRefusals {
		reached[tt.class] = true
	}
	for _, tt := range serviceRefusals {
		reached[tt.class] = true
	}
	if !maps.Equal(given, reached) {
		t.Errorf("given %v, reached %v", given, reached)
	}
}

func TestEveryMeaningIsASentenceAndARemedy(t *testing.T) {
	check := func(m meaning) {
		if m.says == "" || strings.HasSuffix(m.says, ".") || !strings.HasSuffix(m.todo, ".") {
			t.Errorf("says %q, to do %q", m.says, m.todo)
		}
		if m.class == run.ConsentMissing != strings.Contains(m.todo, consentPlaceholder) {
			t.Errorf("the consent address belongs to missing consent: %q", m.todo)
		}
		if m.class == run.PartnerCredential && m.again {
			t.Errorf("what ends the run is not temporary: %q", m.says)
		}
	}
	for _, row := range entraTable {
		check(row.meaning)
	}
	for _, row := range serviceTable {
		check(row.meaning)
	}
}
