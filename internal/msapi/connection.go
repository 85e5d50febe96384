package msapi

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"tenantrollup/internal/refusal"
	"tenantrollup/internal/run"
)

// NewRefusal closes resp, an answer from a NewPipeline, and returns what it says;
// its text is cut at 64 KiB, and the secrets are removed from whatever is made of
// it.
func NewRefusal(secrets *refusal.Secrets, host string, resp *http.Response) refusal.Answer {
	resp.Body.Close()
	return refusal.Answer{Host: host, Status: resp.StatusCode, Header: resp.Header, Text: textOf(resp), Secrets: secrets}
}

// ConnectionFailure says why host did not answer at all; it is transient unless a
// certificate is not trusted. If ctx is over, its error is returned instead. The
// address of the request is left out: it may be a secret, and err may quote what
// the host has sent.
func ConnectionFailure(ctx context.Context, secrets *refusal.Secrets, host string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("request to %s: %w", host, context.Cause(ctx))
	}
	if f, ok := errors.AsType[*run.Failure](err); ok {
		return f // the host was not asked at all
	}
	for {
		inner, ok := errors.AsType[*url.Error](err)
		if !ok {
			break
		}
		err = inner.Err
	}
	if longHeader(err) {
		err = fmt.Errorf("%w, its header has more than %d KiB", ErrTooLong, longestHeader>>10)
	}
	if errors.Is(err, ErrTooLong) {
		return &run.Failure{
			Class: run.ServiceFault, Message: secrets.Sentence(host+" cannot be read", err.Error()),
			Remedy: "If a proxy is in between, have it leave this host's traffic unchanged; otherwise report it to Microsoft.",
		}
	}
	f := &run.Failure{
		Class: run.ServiceFault, Transient: true,
		Message: secrets.Sentence("No answer from "+host, err.Error()),
		Remedy:  "Rerun later; if that does not help, check that the handler's network, DNS and proxy let it reach this host.",
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		f.Transient = false
		f.Message = secrets.Sentence(host+" presented a certificate that is not trusted", err.Error())
		f.Remedy = "If a proxy inspects TLS, point SSL_CERT_FILE at its certificate authority."
	}
	return f
}

// notJSON is the failure of an answer that is not the JSON asked for, as err says;
// err may quote a number from it. Under load, Graph now and then answers 200 with JSON
// that breaks off, or with nothing, and with all of it when it is asked again.
//
// Sources: github.com/amp-labs/connectors/pull/3273,
// github.com/onyx-dot-app/onyx/pull/13540,
// github.com/microsoftgraph/msgraph-sdk-dotnet/issues/1701
func notJSON(host string, err error, brokenOff bool) *run.Failure {
	f := &run.Failure{
		Class:   run.ServiceFault,
		Message: new(refusal.Secrets).Sentence(host+" answered with something that is not the JSON asked for", err.Error()),
		Remedy:  "If a proxy is in between, have it leave this host's traffic unchanged.",
	}
	if brokenOff {
		f.Transient, f.Remedy = true, refusal.NextRun
	}
	return f
}
