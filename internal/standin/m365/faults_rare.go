package m365

import (
	"encoding/json"
	"io"
	"net/http"
)

// Refusals that few customers meet, of other codes and shapes than the usual ones. None
// is in Faults.
const (
	SubscriptionLapsed Fault = "subscription-lapsed" // AADSTS500014
	IdentityNotFound   Fault = "identity-not-found"  // 401 of Graph: Authorization_IdentityNotFound
	UnknownTenant      Fault = "unknown-tenant"      // 404 of the report service: UnknownTenantId
	TextError          Fault = "text-error"          // 403, its error is text, as in OAuth
	ObjectMessage      Fault = "object-message"      // 403, its message is an object, as in older OData
	NestedError        Fault = "nested-error"        // 400, its error is in another, as where roles are managed
	ProxyRefusal       Fault = "proxy-refusal"       // 403 in plain words, from something in between
)

// RareRefusals returns these faults, in the order of their declaration.
func RareRefusals() []Fault {
	return []Fault{SubscriptionLapsed, IdentityNotFound, UnknownTenant, TextError, ObjectMessage, NestedError, ProxyRefusal}
}

// rareStatus is the status of a report call, for those that are not of the sign-in.
var rareStatus = map[Fault]int{
	IdentityNotFound: http.StatusUnauthorized, UnknownTenant: http.StatusNotFound,
	TextError: http.StatusForbidden, ObjectMessage: http.StatusForbidden, NestedError: http.StatusBadRequest, ProxyRefusal: http.StatusForbidden,
}

func refuseRarely(w http.ResponseWriter, r *http.Request, f Fault) {
	switch f {
	case IdentityNotFound:
		graphError(w, r, rareStatus[f], "Authorization_IdentityNotFound", "The identity of the calling application could not be established.")
	case UnknownTenant:
		inner, err := json.Marshal(map[string]any{"error": graphErrorBody(w, r, "UnknownTenantId", "We do not recognize this tenant.")})
		if err != nil {
			panic(err) // strings always marshal
		}
		graphError(w, r, rareStatus[f], "UnknownError", string(inner))
	case TextError:
		writeJSON(w, rareStatus[f], map[string]any{"error": "unauthorized_client", "error_description": "A policy of the service forbids it."})
	case ObjectMessage:
		writeJSON(w, rareStatus[f], map[string]any{"error": map[string]any{
			"code": "S2SUnauthorized", "message": map[string]any{"lang": "en-US", "value": "Invalid permission."},
		}})
	case NestedError: // github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/9157
		writeJSON(w, rareStatus[f], map[string]any{"error": map[string]any{
			"error": graphErrorBody(w, r, "InvalidFilter", "The  filter is invalid."),
		}})
	case ProxyRefusal:
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(rareStatus[f])
		io.WriteString(w, "This address is served elsewhere now.\n")
	}
}
