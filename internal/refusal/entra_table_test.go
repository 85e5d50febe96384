package refusal

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tenantrollup/internal/run"
)

// entraCodes are those that must be known.
var entraCodes = []int{
	65001, 700016, 700011, 7000229, 90099, 650051, 650052, 650057, 500011, 90094, 7000112, 70001,
	7000215, 7000222, 700027, 700024, 700229, 700082, 70008, 50173, 50133, 70043, 70000,
	50076, 50074, 50079, 50072, 50078, 50158, 53003, 53000, 53001, 530032, 530035, 530034, 53011,
	50020, 90072, 50034, 50177, 50178, 50057, 50053, 500212, 500213, 90002, 900023, 5000224,
	90038, 900382, 900432, 50196, 90055, 90033, 90006, 90012, 90024, 50033, 50087, 90090, 9002313, 900144,
	70021, 700211, 700212, 700213, 50027, 5002723, 700021, 700023,
	500014, 50001, 65005, 50105, 500021, 500022, 50194, 7000218,
	650056, 53002, 530003, 50131, 50005, 5000225,
}

// entraRefusals are what Entra answers, and a part of what to do about it.
var entraRefusals = []struct {
	code  int
	name  string
	text  string
	class run.Class
	todo  string
}{
	{65001, "invalid_grant", "The user or administrator has not consented to use the application with ID '{app}' named 'Tenant Rollup'. Send an interactive authorization request for this user and resource.", run.ConsentMissing, "{consent}"},
	{90094, "invalid_grant", "The grant requires administrator permissions.", run.ConsentMissing, "{consent}"},
	{7000229, "invalid_client", "The client application {app} is missing service principal in the tenant {tenant}.", run.ConsentMissing, "{consent}"},
	{700016, "unauthorized_client", "Application with identifier '{app}' was not found in the directory 'Contoso'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.", run.ConsentMissing, "{consent}"},
	{700011, "unauthorized_client", "Application with identifier '{app}' was not found in the directory.", run.ConsentMissing, "PARTNER_CLIENT_ID"},
	{90099, "invalid_client", "The application '{app}' has not been authorized in the tenant '{tenant}'. Applications must be authorized to access the external tenant before partner delegated administrators can use them.", run.ConsentMissing, "Partner Center's API"},
	{7000112, "unauthorized_client", "Application '{app}'(Tenant Rollup) is disabled.", run.ConsentMissing, "Enabled for users to sign-in"},
	{70001, "unauthorized_client", "The application is disabled.", run.ConsentMissing, "Enterprise applications"},
	{650051, "invalid_client", "The service principal name is already present for the tenant.", run.ConsentMissing, "delete the app's leftover entry"},
	{650057, "invalid_resource", "Invalid resource. The client has requested access to a resource which is not listed in the requested permissions in the client's application registration.", run.ConsentMissing, "handler permissions"},
	{650056, "invalid_client", "Misconfigured application. This could be due to one of the following: the client has not listed any permissions for 'Microsoft Graph' in the requested permissions in the client's application registration. Or, the admin has not consented in the tenant.", run.ConsentMissing, "{consent}"},
	{500011, "invalid_resource", "The resource principal named https://outlook.office365.com was not found in the tenant named Contoso.", run.NotLicensed, "CUSTOMERS_EXCLUDE"},
	{650052, "invalid_client", "The app is trying to access a service '{app}'(Office 365 Exchange Online) that your organization 'Contoso' lacks a service principal for.", run.NotLicensed, "License the customer"},

	{53003, "invalid_grant", "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.", run.BlockedByPolicy, "exclude service provider users"},
	{53000, "interaction_required", "Device is not in required device state: compliant. Conditional Access policy requires a compliant device, and the device is not compliant.", run.BlockedByPolicy, "sign-in logs"},
	{53001, "interaction_required", "Device is not in required device state: domain_joined.", run.BlockedByPolicy, "sign-in logs"},
	{53002, "invalid_grant", "The app used isn't an approved app for Conditional Access.", run.BlockedByPolicy, "exclude service provider users"},
	{530003, "interaction_required", "Your device is required to be managed to access this resource.", run.BlockedByPolicy, "sign-in logs"},
	{50131, "interaction_required", "Device is not in required device state: known. Or, the request was blocked due to suspicious activity, access policy, or security policy decisions.", run.BlockedByPolicy, "sign-in logs"},
	{50005, "invalid_grant", "User tried to log in to a device from a platform (Unknown) that's currently not supported through Conditional Access policy.", run.BlockedByPolicy, "exclude service provider users"},
	{530032, "invalid_grant", "The tenant admin has configured a security policy that blocks this request.", run.BlockedByPolicy, "exclude service provider users"},
	{530035, "invalid_grant", "Access has been blocked by security defaults. This is due to the request using legacy auth or being deemed unsafe by security defaults policies.", run.BlockedByPolicy, "security defaults"},
	{50076, "invalid_grant", "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '{app}'.", run.BlockedByPolicy, "partner-refresh-token"},
	{50074, "interaction_required", "Strong Authentication is required.", run.BlockedByPolicy, "multifactor authentication"},
	{50078, "interaction_required", "Presented multi-factor authentication has expired due to policies configured by your administrator, you must refresh your multi-factor authentication to access '{app}'.", run.BlockedByPolicy, "Sign the partner's user in again"},
	{50079, "interaction_required", "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access '{app}'.", run.BlockedByPolicy, "Register a method"},
	{50072, "interaction_required", "Due to a configuration change made by your administrator, you must enroll in multi-factor authentication to access '{app}'.", run.BlockedByPolicy, "https://aka.ms/mfasetup"},
	{50158, "interaction_required", "External security challenge not satisfied. User will be redirected to another page or authentication provider to satisfy additional authentication challenges.", run.BlockedByPolicy, "exclude service provider users"},
	{500021, "invalid_request", "Access to '{tenant}' tenant is denied.", run.BlockedByPolicy, "Restrict-Access-To-Tenants"},
	{500022, "invalid_request", "Access to '{tenant}' tenant is denied.", run.BlockedByPolicy, "bypass the proxy"},
	{500014, "unauthorized_client", "The service principal for resource '{app}' is disabled. This indicates that a subscription within the tenant has lapsed, or that the administrator for this tenant has disabled the application, preventing tokens from being issued for it.", run.NotLicensed, "License the customer"},
	{50001, "invalid_resource", "The application named {app} was not found in the tenant named {tenant}.", run.NotLicensed, "Enterprise applications"},
	{65005, "invalid_resource", "The application '{app}' asked for scope that doesn't exist on the resource.", run.ConsentMissing, "{consent}"},
	{50105, "interaction_required", "The signed in user is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator.", run.RoleMissing, "Assignment required"},
	{50194, "invalid_request", "Application '{app}' is not configured as a multi-tenant application.", run.PartnerCredential, "any organizational directory"},
	{7000218, "invalid_client", "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.", run.PartnerCredential, "PARTNER_AUTH"},
	{500212, "invalid_grant", "The user's administrator has set an outbound access policy that does not allow access to the resource tenant.", run.BlockedByPolicy, "Outbound access"},
	{500213, "invalid_grant", "The resource tenant's cross-tenant access policy does not allow this user to access this tenant.", run.BlockedByPolicy, "Inbound access"},

	{50020, "invalid_grant", "User account 'admin@fabrikam.example' from identity provider 'https://sts.windows.net/{app}/' does not exist in tenant 'Contoso' and cannot access the application.", run.RelationshipEnded, "delegated admin relationship"},
	{90072, "invalid_grant", "User account 'admin@fabrikam.example' from identity provider 'https://sts.windows.net/{app}/' does not exist in tenant 'Contoso'. The account needs to be added as an external user in the tenant first.", run.RelationshipEnded, "guest account"},
	{50034, "invalid_grant", "The user account admin@fabrikam.example does not exist in the {tenant} directory.", run.RelationshipEnded, "security group"},
	{50177, "interaction_required", "External challenge is not supported for passthrough users.", run.RelationshipEnded, "Partner Center"},
	{50178, "interaction_required", "Session control is not supported for passthrough users.", run.RelationshipEnded, "Partner Center"},
	{90002, "invalid_request", "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.", run.TenantGone, "End the relationship"},
	{900023, "invalid_request", "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain.", run.TenantGone, "CUSTOMERS_EXCLUDE"},
	{5000224, "invalid_request", "We are sorry, this resource is not available. If you are seeing this message by mistake, please contact Microsoft support.", run.TenantGone, "CUSTOMERS_EXCLUDE"},
	{5000225, "interaction_required", "This tenant has been blocked due to inactivity. To learn more about tenant lifecycle policies, see https://aka.ms/TenantLifecycle", run.TenantGone, "within 20 days"},
	{90038, "invalid_request", "Specified tenant '{tenant}' is configured to use a national cloud.", run.WrongCloud, "with that CLOUD"},
	{900382, "invalid_client", "Confidential Client is not supported in Cross Cloud request.", run.WrongCloud, "with that CLOUD"},
	{900432, "invalid_client", "Confidential Client is not supported in Cross Cloud request.", run.WrongCloud, "with that CLOUD"},

	{7000215, "invalid_client", "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{app}'.", run.PartnerCredential, "value (not its id)"},
	{7000222, "invalid_client", "The provided client secret keys for app '{app}' are expired. Visit the Azure portal to create new keys for your app, or consider using certificate credentials for added security.", run.PartnerCredential, "partner-client-secret"},
	{700027, "invalid_client", "Client assertion failed signature validation. [Reason - The key was not found.]", run.PartnerCredential, "partner-certificate"},
	{700024, "invalid_client", "Client assertion is not within its valid time range. Current time: 2026-11-24T01:00:07Z, expiry time of assertion 2026-11-24T00:10:00Z.", run.PartnerCredential, "clock"},
	{50027, "invalid_request", "JWT token is invalid or malformed.", run.PartnerCredential, "report this as a bug"},
	{5002723, "invalid_client", "Invalid JWT token. No certificate SHA-1 thumbprint, certificate SHA-256 thumbprint, nor keyId specified in token header.", run.PartnerCredential, "PARTNER_AUTH"},
	{700021, "invalid_client", "Client assertion application identifier doesn't match 'client_id' parameter.", run.PartnerCredential, "PARTNER_CLIENT_ID"},
	{700023, "invalid_client", "Client assertion audience claim does not match Realm issuer.", run.PartnerCredential, "report this as a bug"},
	{700229, "invalid_client", "Only app-only tokens can be used as Federated Identity Credentials for AAD issuer.", run.PartnerCredential, "AZURE_CLIENT_ID"},
	{70021, "invalid_request", "No matching federated identity record found for presented assertion.", run.PartnerCredential, "Federated credentials"},
	{700211, "invalid_client", "No matching federated identity record found for presented assertion issuer 'https://login.microsoftonline.com/{tenant}/v2.0'.", run.PartnerCredential, "issuer"},
	{700212, "invalid_client", "No matching federated identity record found for presented assertion audience 'api://AzureADTokenExchange'.", run.PartnerCredential, "audience"},
	{700213, "invalid_client", "No matching federated identity record found for presented assertion subject '{app}'.", run.PartnerCredential, "subject"},
	{700082, "invalid_grant", "The refresh token has expired due to inactivity. The token was issued on 2026-08-01T01:00:00.0000000Z and was inactive for 90.00:00:00.", run.PartnerCredential, "Key Vault Secrets Officer"},
	{70008, "invalid_grant", "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.", run.PartnerCredential, "partner-refresh-token"},
	{50173, "invalid_grant", "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.", run.PartnerCredential, "Sign the partner's user in again"},
	{50133, "invalid_grant", "Session is invalid due to expiration or recent password change.", run.PartnerCredential, "Sign the partner's user in again"},
	{70000, "invalid_grant", "Provided grant is invalid or malformed.", run.PartnerCredential, "PARTNER_CLIENT_ID"},
	{70043, "invalid_grant", "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access.", run.PartnerCredential, "sign-in frequency"},
	{50057, "invalid_grant", "The user account is disabled.", run.PartnerCredential, "Enable the account"},
	{50053, "invalid_grant", "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.", run.PartnerCredential, "unlock the account"},
	{530034, "invalid_grant", "A delegated administrator was blocked from accessing the tenant due to account risk in their home tenant.", run.PartnerCredential, "Risky users"},
	{53011, "invalid_grant", "User blocked due to risk on home tenant.", run.PartnerCredential, "dismiss the risk"},
	{50196, "invalid_grant", "The server terminated an operation because it encountered a client request loop. Please contact your app vendor.", run.PartnerCredential, "what else signs in"},
	{9002313, "invalid_request", "Invalid request. Request is malformed or invalid.", run.PartnerCredential, "PARTNER_AUTH"},
	{900144, "invalid_request", "The request body must contain the following parameter: 'client_id'.", run.PartnerCredential, "PARTNER_CLIENT_ID"},

	{90055, "invalid_request", "The request was throttled: there are too many incoming requests for this tenant.", run.Throttled, "next run"},
	{90033, "temporarily_unavailable", "A transient error has occurred. Please try again.", run.ServiceFault, "next run"},
	{90006, "invalid_request", "An external server returned a retryable error.", run.ServiceFault, "next run"},
	{90012, "invalid_request", "The request has timed out.", run.ServiceFault, "next run"},
	{90024, "invalid_request", "A transient error has occurred: the request budget was exceeded. Please try again.", run.ServiceFault, "next run"},
	{50033, "invalid_request", "A transient error has occurred. Please try again.", run.ServiceFault, "next run"},
	{50087, "invalid_request", "A transient error has occurred during strong authentication. Please try again.", run.ServiceFault, "next run"},
	{90090, "invalid_request", "The service is temporarily unavailable.", run.ServiceFault, "next run"},
}

const (
	customerTenant = "11111111-1111-1111-1111-111111111111"
	partnerApp     = "22222222-2222-2222-2222-222222222222"
	consentAddress = "https://login.microsoftonline.com/" + customerTenant + "/adminconsent?client_id=" + partnerApp
	entraTime      = "2026-11-24 01:00:07Z"
	correlationID  = "33333333-3333-3333-3333-333333333333"
)

// entraBody is a refusal in the shape that Entra gives it; the description
// quotes a token, as none should.
func entraBody(code int, name, text string) []byte {
	text = strings.NewReplacer("{app}", partnerApp, "{tenant}", customerTenant).Replace(text)
	body, _ := json.Marshal(map[string]any{
		"error": name,
		"error_description": "AADSTS" + strconv.Itoa(code) + ": " + text + " Sent: " + sentToken +
			"\r\nTrace ID: 44444444-4444-4444-4444-444444444444\r\nCorrelation ID: " + correlationID + "\r\nTimestamp: " + entraTime,
		"error_codes":    []int{code},
		"timestamp":      entraTime,
		"trace_id":       "44444444-4444-4444-4444-444444444444",
		"correlation_id": correlationID,
		"error_uri":      "https://login.microsoftonline.com/error?code=" + strconv.Itoa(code),
	})
	return body
}

const sentToken = "eyJhbGciOiJQUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJl"

func TestEntraRefusals(t *testing.T) {
	for _, tt := range entraRefusals {
		t.Run(strconv.Itoa(tt.code), func(t *testing.T) {
			status := http.StatusBadRequest
			if tt.name == "invalid_client" {
				status = http.StatusUnauthorized
			}
			f := Entra(Answer{
				Host: "login.microsoftonline.com", Status: status, ConsentURL: consentAddress,
				Text: entraBody(tt.code, tt.name, tt.text),
			})
			checkFailure(t, f, tt.class, tt.todo, correlationID+" at "+entraTime)
			if !strings.Contains(f.Message, "AADSTS"+strconv.Itoa(tt.code)+": ") {
				t.Errorf("no code in %q", f.Message)
			}
		})
	}
}

// checkFailure checks what every refusal must become. Throttling and a service's
// fault pass; all else stays.
func checkFailure(t *testing.T, f *run.Failure, class run.Class, todo, correlation string) {
	t.Helper()
	if f.Class != class {
		t.Errorf("class %s, want %s", f.Class, class)
	}
	if passing := class == run.Throttled || class == run.ServiceFault; f.Transient != passing {
		t.Errorf("transient %v", f.Transient)
	}
	if todo = strings.ReplaceAll(todo, "{consent}", consentAddress); !strings.Contains(f.Remedy, todo) {
		t.Errorf("remedy %q, want %q in it", f.Remedy, todo)
	}
	if f.CorrelationID != correlation {
		t.Errorf("correlation id %q", f.CorrelationID)
	}
	if strings.ContainsAny(f.Error(), "\r\n\t{}") || strings.Contains(f.Message, "Trace ID") {
		t.Errorf("not one plain line: %q", f.Error())
	}
	if strings.Contains(f.Error(), "eyJ") {
		t.Errorf("a token in %q", f.Error())
	}
}

func TestEntraTableKnowsEveryCodeOnce(t *testing.T) {
	var known, tested []int
	for _, row := range entraTable {
		known = append(known, row.codes...)
	}
	for _, tt := range entraRefusals {
		tested = append(tested, tt.code)
	}
	want := slices.Sorted(slices.Values(entraCodes))
	if slices.Sort(known); !slices.Equal(known, want) {
		t.Errorf("known  %v\nwanted %v", known, want)
	}
	if slices.Sort(tested); !slices.Equal(tested, want) {
		t.Errorf("tested %v\nwanted %v", tested, want)
	}
}
