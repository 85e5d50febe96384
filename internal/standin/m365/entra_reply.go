package m365

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
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
	trace, correlation := requestID(), cmp.Or(r.Header.Get("client-request-id"), r.URL.Query().Get("client-request-id"), requestID())
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
