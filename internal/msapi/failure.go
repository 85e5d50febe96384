package msapi

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"tenantrollup/internal/run"
)

// Refusal is an answer that is not the one asked for.
type Refusal struct {
	Host       string
	Status     int
	Header     http.Header
	Text       []byte // the body, cut at 64 KiB
	ConsentURL string // where the customer lets the app in, for the remedy
}

// NewRefusal closes resp, an answer from a NewPipeline, and returns what it says.
func NewRefusal(host string, resp *http.Response) Refusal {
	resp.Body.Close()
	return Refusal{Host: host, Status: resp.StatusCode, Header: resp.Header, Text: textOf(resp)}
}

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
	_ = json.Unmarshal(text, &e) // what is no JSON tells by its status
	return e
}

// EntraCode returns the number of the AADSTS code in a token endpoint's
// refusal, or 0.
func EntraCode(text []byte) int { return parseTokenError(text).code() }

// TokenFailure says why Entra's token endpoint refused. It goes by
// error_codes[0], then by the status, then by error
// (https://learn.microsoft.com/entra/identity-platform/reference-error-codes).
func TokenFailure(r Refusal) *run.Failure {
	e := parseTokenError(r.Text)
	description, _, _ := strings.Cut(e.Description, "Trace ID:")
	if code := fmt.Sprintf("AADSTS%d", e.code()); e.code() != 0 && !strings.Contains(description, code) {
		description = strings.TrimSuffix(code+": "+description, ": ")
	}
	message := sentence(fmt.Sprintf("%s refused the sign-in (%s)", r.Host, r.heading(e.Error)), description)
	return r.failure(entraMeaning(e, r.Status), message, cmp.Or(e.CorrelationID, e.TraceID), e.Timestamp)
}

// GraphFailure says why Graph, or a service that answers like it (Exchange, Key
// Vault), refused. It knows errors that are wrapped as JSON in another error's
// message.
func GraphFailure(r Refusal) *run.Failure {
	chain := unwrapGraph(r.Text)
	inner := chain.innermost()
	at := chain.first(func(e graphError) string { return e.Date })
	id := chain.first(func(e graphError) string { return e.RequestID })
	message := sentence(fmt.Sprintf("%s answered %s", r.Host, r.heading(inner.Code)), inner.Message)
	return r.failure(serviceMeaning(chain, r.Status), message, cmp.Or(id, r.Header.Get("request-id")), at)
}

func (r Refusal) heading(name string) string {
	return strings.TrimSpace(fmt.Sprint(r.Status, " ", clip(name, longestName)))
}

// ConnectionFailure says why host did not answer at all; transient, but for a
// certificate that is not trusted. If ctx is over, that is the error instead.
// The address of the request is left out: it may be a secret.
func ConnectionFailure(ctx context.Context, host string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("request to %s: %w", host, context.Cause(ctx))
	}
	if f, ok := errors.AsType[*run.Failure](err); ok {
		return f // it was not asked at all
	}
	for {
		inner, ok := errors.AsType[*url.Error](err)
		if !ok {
			break
		}
		err = inner.Err
	}
	if longHeader(err) {
		err = fmt.Errorf("%w, its header alone has more than %d KiB", errTooLong, longestHeader>>10)
	}
	if errors.Is(err, errTooLong) {
		return &run.Failure{
			Class: run.ServiceFault, Message: sentence(host+" cannot be read", err.Error()),
			Remedy: "If a proxy stands in between, let it pass this host unchanged; else report it to Microsoft.",
		}
	}
	f := &run.Failure{
		Class: run.ServiceFault, Transient: true,
		Message: sentence("No answer from "+host, err.Error()),
		Remedy:  "Run again later; if it stays, check that the handler's network, DNS and proxy let it reach this host.",
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		f.Transient = false
		f.Message = sentence(host+" showed a certificate that is not trusted", err.Error())
		f.Remedy = "If a proxy inspects TLS, name its certificate authority in SSL_CERT_FILE."
	}
	return f
}

// failure keeps the service's own time beside the id: with both, its logs are
// searched. The message has neither, so that two nights can be compared.
func (r Refusal) failure(m meaning, message, correlationID, at string) *run.Failure {
	if m.says != "" {
		message = m.says + ". " + message
	}
	if correlationID != "" && at != "" {
		correlationID += " at " + at
	}
	consent := cmp.Or(r.ConsentURL, "the app's admin-consent address")
	f := &run.Failure{
		Class: m.class, Message: message, CorrelationID: clip(correlationID, longestName), Transient: m.again,
		Remedy: strings.ReplaceAll(m.todo, consentPlaceholder, consent),
	}
	if f.Transient {
		f.RetryAfter = askedWait(r.Status, r.Header)
	}
	if f.Class == run.Throttled {
		// A customer is asked three times: so far apart they outlast a minute.
		f.RetryAfter = max(f.RetryAfter, longestWait)
	}
	return f
}

const (
	longestDetail = 500
	longestName   = 100
)

// sentence joins what happened and the service's own words.
func sentence(what, detail string) string {
	detail = clip(hideSecrets(detail), longestDetail)
	if detail == "" {
		return what + "."
	}
	return what + ": " + strings.TrimSuffix(detail, ".") + "."
}

var (
	tokenForm = regexp.MustCompile(`eyJ[\w-]{10,}(\.[\w-]*)*`) // {" in base64: a JWT's beginning
	queryForm = regexp.MustCompile(`(https?://[^\s?"'<>]*\?)[^\s"'<>]+`)
)

// hideSecrets takes tokens out, and the queries of addresses: a service may
// quote what it was sent.
func hideSecrets(s string) string {
	return queryForm.ReplaceAllString(tokenForm.ReplaceAllString(s, "[token]"), "${1}…")
}

// clip returns s on one line, of a length in bytes at most.
func clip(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + " …"
	}
	return s
}
