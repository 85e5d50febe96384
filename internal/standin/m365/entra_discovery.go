package m365

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// serveOpenID answers the request that Microsoft's libraries make before a tenant's
// first token (OpenID Connect Discovery).
func (c *Cloud) serveOpenID(w http.ResponseWriter, r *http.Request) {
	tenant := strings.ToLower(r.PathValue("tenant"))
	defer c.counts.begin(KindDiscovery, tenant)()
	if customer, known := c.tenant(tenant); !known || customer.Fault == TenantGone {
		tenantNotFound(tenant).write(w, r)
		return
	}
	base := "https://" + loginHost + "/" + tenant
	writeJSON(w, http.StatusOK, map[string]any{
		"token_endpoint":                        base + "/oauth2/v2.0/token",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		"jwks_uri":                              base + "/discovery/v2.0/keys",
		"response_modes_supported":              []string{"query", "fragment", "form_post"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"response_types_supported":              []string{"code", "id_token", "code id_token", "id_token token"},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
		"issuer":                                base + "/v2.0",
		"request_uri_parameter_supported":       false,
		"userinfo_endpoint":                     "https://" + graphHost + "/oidc/userinfo",
		"authorization_endpoint":                base + "/oauth2/v2.0/authorize",
		"device_authorization_endpoint":         base + "/oauth2/v2.0/devicecode",
		"http_logout_supported":                 true,
		"end_session_endpoint":                  base + "/oauth2/v2.0/logout",
		"tenant_region_scope":                   "EU",
		"cloud_instance_name":                   "microsoftonline.com",
		"cloud_graph_host_name":                 "graph.windows.net",
		"msgraph_host":                          graphHost,
		"rbac_url":                              "https://pas.windows.net",
	})
}

// loginAliases are the names of Entra in this cloud.
var loginAliases = []string{loginHost, "login.windows.net", "login.microsoft.com", "sts.windows.net"}

// serveInstance answers which names of Entra are one: what libraries ask before they
// trust an authority.
func (c *Cloud) serveInstance(w http.ResponseWriter, r *http.Request) {
	defer c.counts.begin(KindDiscovery, "")()
	query := r.URL.Query()
	authority, err := url.Parse(query.Get("authorization_endpoint"))
	switch {
	case query.Get("api-version") != "1.1" && query.Get("api-version") != "1.0":
		missing("api-version").write(w, r)
		return
	case query.Get("authorization_endpoint") == "":
		missing("authorization_endpoint").write(w, r)
		return
	case err != nil || authority.Scheme != "https" || !slices.Contains(loginAliases, authority.Host):
		(&entraRefusal{400, "invalid_instance", 50049, "Unknown or invalid instance."}).write(w, r)
		return
	}
	tenant, _, _ := strings.Cut(strings.TrimPrefix(authority.Path, "/"), "/")
	writeJSON(w, http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": "https://" + loginHost + "/" + tenant + "/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata": []any{map[string]any{
			"preferred_network": loginHost, "preferred_cache": "login.windows.net", "aliases": loginAliases,
		}},
	})
}
