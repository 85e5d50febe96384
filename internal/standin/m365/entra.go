package m365

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const loginHost = "login.microsoftonline.com"

// Application permissions that Graph requires.
const (
	roleReports      = "Reports.Read.All"
	roleOrganization = "Organization.Read.All"
	roleDirectory    = "Directory.Read.All"
	roleGDAP         = "DelegatedAdminRelationship.Read.All"
	roleTenantInfo   = "CrossTenantInformation.ReadBasic.All"
)

const (
	graphAudience    = "https://graph.microsoft.com"
	exchangeAudience = "https://outlook.office365.com"
)

// The grants that the endpoint knows.
const (
	appGrant     = "client_credentials"
	refreshGrant = "refresh_token"
)

// tokenParameters are the parameters of both grants, and those that MSAL adds: the last
// lines only tell who calls (AADServerParamKeys.ts in
// github.com/AzureAD/microsoft-authentication-library-for-js).
var tokenParameters = []string{
	"grant_type", "client_id", "scope", "client_secret", "client_assertion_type", "client_assertion", "client_info", "claims", "refresh_token",
	"x-client-SKU", "x-client-VER", "x-client-OS", "x-client-CPU", "x-client-current-telemetry", "x-client-last-telemetry",
	"x-client-xtra-sku", "x-ms-lib-capability", "x-app-name", "x-app-ver", "client-request-id",
}

func (c *Cloud) entraHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", c.serveToken)
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", c.serveOpenID)
	mux.HandleFunc("GET /common/discovery/instance", c.serveInstance)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		defer c.counts.begin(KindUnknown, "")()
		http.NotFound(w, r)
	})
	return mux
}

func (c *Cloud) serveToken(w http.ResponseWriter, r *http.Request) {
	tenant := strings.ToLower(r.PathValue("tenant"))
	defer c.counts.begin(KindToken, tenant)()
	if !wait(r, c.opts.Latency.Token) {
		return
	}
	form, refusal := tokenForm(r)
	if refusal == nil {
		refusal = c.authenticate(form, tenant)
	}
	if refusal != nil {
		refusal.write(w, r)
		return
	}
	audience, refusal := audienceOf(form.Get("scope"), tenant)
	customer, _ := c.tenant(tenant)
	if refusal == nil && audience == exchangeAudience && customer.Fault == ExchangeNotConsented {
		refusal = c.notConsented()
	}
	if refusal != nil {
		refusal.write(w, r)
		return
	}
	if hostileToken(w, r, customer) {
		return
	}
	noStore(w)
	writeJSON(w, http.StatusOK, c.grant(form, customer, audience))
}

// grant makes the answer to a good request. If the partner signs in with a user,
// that user has the permissions, and the app by itself has none.
func (c *Cloud) grant(form url.Values, customer Customer, audience string) map[string]any {
	got := claims{
		Audience: audience,
		Issuer:   "https://sts.windows.net/" + customer.TenantID + "/",
		App:      c.opts.PartnerClientID,
		AppName:  appName,
		AppProof: "1",
		Object:   objectID(customer.TenantID),
		Kind:     "app",
		Tenant:   c.tokenTenant(customer),
	}
	if form.Has("client_assertion") {
		got.AppProof = "2"
	}
	roles := c.rolesIn(customer, audience)
	answer := map[string]any{"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599}
	switch {
	case form.Get("grant_type") == refreshGrant:
		got.Scopes = strings.Join(roles, " ")
		got.Kind, got.User, got.Name = "user", c.partnerUser(), userName
		answer["scope"], answer["refresh_token"] = got.Scopes, c.newRefreshToken(c.refresh.now())
		c.identify(form, got, answer)
	case !c.opts.Auth.refreshes():
		got.Roles = roles
	}
	life := tokenTimes(customer.Fault, &got, answer)
	answer["access_token"] = c.keys.token(got, life)
	return answer
}

// tokenForm reads the body, which must be a form in which every parameter is known
// and occurs once.
func tokenForm(r *http.Request) (url.Values, *entraRefusal) {
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if mediaType != "application/x-www-form-urlencoded" {
		// Entra reads no other body, and reports the first parameter as missing.
		return nil, missing("grant_type")
	}
	r.Body = http.MaxBytesReader(nil, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		return nil, malformed("The request body is not a form.")
	}
	for name, values := range r.PostForm {
		if !slices.Contains(tokenParameters, name) {
			return nil, malformed("The request body must not contain the parameter '" + name + "'.")
		}
		if len(values) > 1 {
			return nil, malformed("The parameter '" + name + "' is duplicated.")
		}
	}
	for name := range r.URL.Query() {
		if name != "client-request-id" {
			return nil, malformed("The request address must not contain the parameter '" + name + "'.")
		}
	}
	for _, name := range []string{"grant_type", "client_id", "scope"} {
		if r.PostForm.Get(name) == "" {
			return nil, missing(name)
		}
	}
	grant := r.PostForm.Get("grant_type")
	switch {
	case grant != appGrant && grant != refreshGrant:
		return nil, &entraRefusal{400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type '" + grant + "'."}
	case grant == refreshGrant && r.PostForm.Get("refresh_token") == "":
		return nil, missing("refresh_token")
	}
	return r.PostForm, nil
}

// authenticate checks tenant, app, proof and user in Entra's order.
func (c *Cloud) authenticate(form url.Values, tenant string) *entraRefusal {
	customer, known := c.tenant(tenant)
	if !known || customer.Fault == TenantGone {
		return tenantNotFound(tenant)
	}
	if id := form.Get("client_id"); !strings.EqualFold(id, c.opts.PartnerClientID) {
		return &entraRefusal{400, "unauthorized_client", 700016,
			"Application with identifier '" + id + "' was not found in the directory '" + customer.OrganizationName + "'."}
	}
	var refusal *entraRefusal
	switch {
	case form.Has("client_assertion"):
		refusal = c.checkAssertion(form, tenant)
	case form.Has("client_secret"):
		refusal = c.checkSecret(form.Get("client_secret"))
	default:
		refusal = &entraRefusal{401, "invalid_client", 7000216,
			"'client_assertion', 'client_secret' or 'request' is required for the '" + form.Get("grant_type") + "' grant type."}
	}
	if refusal == nil && form.Get("grant_type") == refreshGrant {
		refusal = c.checkRefreshToken(form.Get("refresh_token"))
	}
	if refusal != nil {
		return refusal
	}
	return c.signInFault(customer)
}

func (c *Cloud) checkSecret(secret string) *entraRefusal {
	if c.out(SecretExpired) {
		return &entraRefusal{401, "invalid_client", 7000222,
			"The provided client secret keys for app '" + c.opts.PartnerClientID + "' are expired. Visit the Azure portal to create new keys for your app."}
	}
	if secret != c.app.current() || c.opts.Auth == Federated || c.out(SecretWrong) {
		return &entraRefusal{401, "invalid_client", 7000215,
			"Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '" + c.opts.PartnerClientID + "'."}
	}
	return nil
}

func (c *Cloud) signInFault(customer Customer) *entraRefusal {
	app, tenant := c.opts.PartnerClientID, customer.TenantID
	switch customer.Fault {
	case NoServicePrincipal:
		return &entraRefusal{401, "invalid_client", 7000229,
			"The client application " + app + " is missing service principal in the tenant " + tenant + "."}
	case NotConsented:
		return c.notConsented()
	case ConditionalAccess:
		return &entraRefusal{400, "invalid_grant", 53003,
			"Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."}
	case SubscriptionLapsed:
		return &entraRefusal{400, "unauthorized_client", 500014,
			"The service principal for resource '" + graphAudience + "' is disabled. This indicates that a subscription within the tenant has lapsed, or that the administrator for this tenant has disabled the application, preventing tokens from being issued for it."}
	case RelationshipEnded:
		return &entraRefusal{400, "invalid_grant", 50020,
			"User account '{EmailHidden}' from identity provider 'https://sts.windows.net/" + c.opts.PartnerTenantID + "/' does not exist in tenant '" + tenant + "' and cannot access the application '" + app + "' in that tenant."}
	}
	return nil
}

func (c *Cloud) notConsented() *entraRefusal {
	return &entraRefusal{400, "invalid_grant", 65001,
		"The user or administrator has not consented to use the application with ID '" + c.opts.PartnerClientID + "' named '" + appName + "'. Send an interactive authorization request for this user and resource."}
}

// audienceOf reads a scope, which is one resource's .default. MSAL adds the OpenID
// scopes, which Entra ignores here.
func audienceOf(scope, tenant string) (string, *entraRefusal) {
	resources := slices.DeleteFunc(strings.Fields(scope), func(s string) bool {
		return slices.Contains(openIDScopes, s)
	})
	if len(resources) > 1 {
		return "", &entraRefusal{400, "invalid_scope", 28000,
			"Provided value for the input parameter scope is not valid because it contains more than one resource. Scope " + scope + " is not valid."}
	}
	if len(resources) == 0 || !strings.HasSuffix(resources[0], "/.default") {
		return "", &entraRefusal{400, "invalid_scope", 1002012,
			"The provided value for scope " + scope + " is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."}
	}
	audience := strings.TrimSuffix(resources[0], "/.default")
	if audience != graphAudience && audience != exchangeAudience {
		return "", &entraRefusal{400, "invalid_resource", 500011,
			"The resource principal named " + audience + " was not found in the tenant named " + tenant + ". This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant."}
	}
	return audience, nil
}

// rolesIn returns the app's roles in a tenant's token: those that the customer
// granted, or in the partner's own tenant those that were assigned there.
func (c *Cloud) rolesIn(customer Customer, audience string) []string {
	switch {
	case audience == exchangeAudience && customer.Fault == ExchangeNoAppRole:
		return nil
	case audience == exchangeAudience && c.opts.Auth.refreshes():
		return []string{scopeExchange}
	case audience == exchangeAudience:
		return []string{roleExchange}
	case customer.Index < 0:
		return []string{roleReports, roleOrganization, roleDirectory, roleGDAP, roleTenantInfo}
	case customer.Fault == NoRole:
		return []string{roleOrganization}
	case customer.Fault == OrganizationRefused:
		return []string{roleReports}
	}
	return c.granted(customer)
}

// objectID identifies the app's service principal in a tenant.
func objectID(tenant string) string { return "5e" + tenant[2:] }
