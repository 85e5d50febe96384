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
	"strconv"
	"strings"
	"time"

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
// error_codes[0], then by error, then by the status
// (https://learn.microsoft.com/entra/identity-platform/reference-error-codes).
func TokenFailure(r Refusal) *run.Failure {
	e := parseTokenError(r.Text)
	m := entraMeaning(e, r.Status)
	description, _, _ := strings.Cut(e.Description, "Trace ID:")
	message := sentence(fmt.Sprintf("%s refused the sign-in (%s)",
		r.Host, strings.TrimSpace(fmt.Sprint(r.Status, " ", e.Error))), description)
	return r.failure(m, message, cmp.Or(e.CorrelationID, e.TraceID))
}

// GraphFailure says why Graph, or a service that answers like it, refused. It
// knows errors that are wrapped as JSON in another error's message.
func GraphFailure(r Refusal) *run.Failure {
	chain := unwrapGraph(r.Text)
	m := graphMeaning(chain, r.Status)
	inner := chain.innermost()
	message := sentence(fmt.Sprintf("%s answered %s", r.Host,
		strings.TrimSpace(fmt.Sprint(r.Status, " ", inner.Code))), inner.Message)
	return r.failure(m, message, cmp.Or(chain.requestID(), r.Header.Get("request-id")))
}

// ConnectionFailure says why host did not answer at all; transient, but for a
// certificate that is not trusted. If ctx is over, that is the error instead.
// The address of the request is left out: it may be a secret.
func ConnectionFailure(ctx context.Context, host string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("request to %s: %w", host, context.Cause(ctx))
	}
	for {
		inner, ok := errors.AsType[*url.Error](err)
		if !ok {
			break
		}
		err = inner.Err
	}
	if errors.Is(err, errTooLong) {
		return &run.Failure{Class: run.ServiceFault, Message: sentence(host+" cannot be read", err.Error())}
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

func (r Refusal) failure(m meaning, message, correlationID string) *run.Failure {
	f := &run.Failure{
		Class: m.class, Message: message, CorrelationID: oneLine(correlationID), Transient: m.transient,
		Remedy: strings.ReplaceAll(m.remedy, consentPlaceholder, r.ConsentURL),
	}
	if f.Transient {
		f.RetryAfter = retryAfter(r.Header.Get("Retry-After"))
	}
	if f.Class == run.Throttled {
		// A customer is asked three times: so far apart they outlast a minute.
		f.RetryAfter = max(f.RetryAfter, longestWait)
	}
	return f
}

// retryAfter reads seconds or an HTTP date (RFC 9110, 10.2.3); zero where there
// is neither.
func retryAfter(value string) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}

const longestDetail = 500

// sentence joins what happened and the service's own words.
func sentence(what, detail string) string {
	detail = oneLine(detail)
	if detail == "" {
		return what + "."
	}
	if len(detail) > longestDetail {
		detail = strings.ToValidUTF8(detail[:longestDetail], "") + " …"
	}
	return what + ": " + strings.TrimSuffix(detail, ".") + "."
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
