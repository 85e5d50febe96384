package m365

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// entraRefusal is an error of Entra, written in its exact JSON shape (see the
// identity platform's reference of error codes).
type entraRefusal struct {
	status int
	name   string // the protocol's error, such as invalid_client
	code   int    // the number after AADSTS
	text   string
}

func missing(parameter string) *entraRefusal {
	return &entraRefusal{400, "invalid_request", 900144, "The request body must contain the following parameter: '" + parameter + "'."}
}

func malformed(text string) *entraRefusal {
	return &entraRefusal{400, "invalid_request", 9002313, "Invalid request. Request is malformed or invalid. " + text}
}

func tenantNotFound(tenant string) *entraRefusal {
	return &entraRefusal{400, "invalid_request", 90002, "Tenant '" + tenant + "' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."}
}

func (e *entraRefusal) write(w http.ResponseWriter, r *http.Request) {
	trace, correlation := requestID(), r.Header.Get("client-request-id")
	if correlation == "" {
		correlation = requestID()
	}
	now := time.Now().UTC().Format("2006-01-02 15:04:05Z")
	noStore(w)
	w.Header().Set("x-ms-request-id", trace)
	writeJSON(w, e.status, map[string]any{
		"error": e.name,
		"error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s",
			e.code, e.text, trace, correlation, now),
		"error_codes":    []int{e.code},
		"timestamp":      now,
		"trace_id":       trace,
		"correlation_id": correlation,
		"error_uri":      "https://" + loginHost + "/error?code=" + strconv.Itoa(e.code),
	})
}

// serveOpenID answers the request that azidentity makes before a tenant's first token.
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
		"authorization_endpoint":                base + "/oauth2/v2.0/authorize",
		"issuer":                                base + "/v2.0",
		"jwks_uri":                              base + "/discovery/v2.0/keys",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
	})
}

func (c *Cloud) serveInstance(w http.ResponseWriter, r *http.Request) {
	defer c.counts.begin(KindDiscovery, "")()
	writeJSON(w, http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": "https://" + loginHost + "/common/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata": []any{map[string]any{
			"preferred_network": loginHost, "preferred_cache": "login.windows.net",
			"aliases": []string{loginHost, "login.windows.net", "login.microsoft.com", "sts.windows.net"},
		}},
	})
}
