package refusal

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tenantrollup/internal/run"
)

type tokenError struct {
	Error         string `json:"error"`
	Description   string `json:"error_description"`
	Codes         []int  `json:"error_codes"`
	CorrelationID string `json:"correlation_id"`
	TraceID       string `json:"trace_id"`
	Timestamp     string `json:"timestamp"`
}

func (e tokenError) code() int {
	if len(e.Codes) == 0 {
		return 0
	}
	return e.Codes[0]
}

func parseTokenError(text []byte) tokenError {
	var e tokenError
	_ = json.Unmarshal(text, &e) // what is not JSON is judged by its status
	return e
}

// EntraCode returns the number of the AADSTS code in a token endpoint's
// refusal, or 0.
func EntraCode(text []byte) int { return parseTokenError(text).code() }

// Entra says why Entra's token endpoint refused. It looks at error_codes[0], then
// at the status, then at error
// (https://learn.microsoft.com/entra/identity-platform/reference-error-codes).
func Entra(a Answer) *run.Failure {
	e := parseTokenError(a.Text)
	description, _, _ := strings.Cut(e.Description, "Trace ID:")
	if code := fmt.Sprintf("AADSTS%d", e.code()); e.code() != 0 && !strings.Contains(description, code) {
		description = strings.TrimSuffix(code+": "+description, ": ")
	}
	message := a.Secrets.Sentence(fmt.Sprintf("%s refused the sign-in (%s)", a.Host, a.heading(e.Error)), description)
	f := a.failure(entraMeaning(e, a.Status), message, cmp.Or(e.CorrelationID, e.TraceID), e.Timestamp)
	f.SignIn = true
	return f
}

// entraMeaning looks at the code, then at the status, then at error.
func entraMeaning(e tokenError, status int) meaning {
	for _, row := range entraTable {
		if slices.Contains(row.codes, e.code()) {
			return row.meaning
		}
	}
	if m, ok := statusMeaning(status); ok {
		return m
	}
	if e.code() == 0 && e.Error == "" {
		return notTheService
	}
	says, page := "", "https://login.microsoftonline.com/error"
	if e.code() != 0 {
		page += fmt.Sprintf("?code=%d", e.code())
		says = fmt.Sprintf("AADSTS%d is not in Tenant Rollup's tables; %s explains it", e.code(), page)
	}
	switch e.Error {
	case "temporarily_unavailable", "server_error":
		return meaning{run.ServiceFault, passes, says, NextRun}
	case "unauthorized_client":
		return meaning{run.ConsentMissing, stays, says, grantConsent + " If that doesn't help, see " + page + "."}
	case "interaction_required":
		return meaning{run.BlockedByPolicy, stays, says, signInAgain + " For what the policy requires, see " + page + "."}
	}
	return meaning{run.ServiceFault, stays, says, "Follow " + page + "; if that doesn't help, open a support request with the correlation id."}
}
