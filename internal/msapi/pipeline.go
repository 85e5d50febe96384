package msapi

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"tenantrollup/internal/refusal"
	"tenantrollup/internal/run"
)

const (
	maxRetries     = 3
	firstDelay     = 300 * time.Millisecond // then ×3, ×7
	longestWait    = 30 * time.Second
	errorTextLimit = 64 << 10
	userAgent      = "tenant-rollup"
)

// ErrTooLong is the error of an answer that has more bytes than allowed.
var ErrTooLong = errors.New("the answer is too long")

// bodyLimit says what happens to a good answer's body: it is left to the caller, or
// read within the attempt, so that a broken body is retried, too.
type bodyLimit int

const (
	stream bodyLimit = 0
	// Whole is the operation value of a request whose answer has 2 MiB at most, and is
	// read within the attempt. A page of 300 relationships has 200 KB. Decoded, a list
	// of empty objects takes twenty times as much.
	Whole bodyLimit = 2 << 20
)

// NewPipeline returns azcore's pipeline for idempotent requests to one host:
// connection errors and the refusals that again approves of are retried three
// times, after the service's Retry-After if that is at most 30 seconds. Requests
// carry their Tenant as an operation value: all leave a host alone for a while that
// refuses many tenants. It follows no redirect, and NewRefusal returns a refusal's
// text. Answers are streams unless the request carries Whole.
func NewPipeline(client *http.Client, again func(refusal.Answer) bool) runtime.Pipeline {
	return runtime.NewPipeline(userAgent, "v1", runtime.PipelineOptions{
		PerRetry: []policy.Policy{&gate{again: again}, policyFunc(spend), policyFunc(receive)},
	}, &policy.ClientOptions{
		Transport: bare{cmp.Or(client.Transport, http.DefaultTransport)},
		Telemetry: policy.TelemetryOptions{Disabled: true}, // we are not the SDK: see prepare
		Retry: policy.RetryOptions{
			MaxRetries: maxRetries, RetryDelay: firstDelay, MaxRetryDelay: longestWait,
			ShouldRetry: func(resp *http.Response, err error) bool {
				if err != nil {
					return !permanent(err)
				}
				return resp.StatusCode >= 400 && again(NewRefusal(nil, "", resp))
			},
		},
		PerCallPolicies: []policy.Policy{policyFunc(prepare)},
	})
}

// permanent errors would be the same at the next attempt.
func permanent(err error) bool {
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	_, spent := errors.AsType[*run.Failure](err)
	return untrusted || spent || errors.Is(err, ErrTooLong) || longHeader(err)
}

// longHeader reports whether an answer was given up because of the size of its
// header. net/http offers no other way to tell.
func longHeader(err error) bool { return strings.Contains(err.Error(), "response headers exceeded") }

// bare sends a request over a client's transport only: the client itself would
// parse a redirect's address before it asks whether to follow it, and quote it in
// its error. The address of a report is a secret.
type bare struct{ http.RoundTripper }

func (b bare) Do(req *http.Request) (*http.Response, error) { return b.RoundTrip(req) }

type policyFunc func(*policy.Request) (*http.Response, error)

func (f policyFunc) Do(req *policy.Request) (*http.Response, error) { return f(req) }

func prepare(req *policy.Request) (*http.Response, error) {
	runtime.SkipBodyDownload(req) // it reads without a limit
	req.Raw().Header.Set("User-Agent", userAgent)
	return req.Next()
}

// receive sends a request and receives its answer: it reads the text of a redirect
// or a refusal, so that the connection serves the next call, and the body of a
// whole answer; it watches that of a stream.
func receive(req *policy.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Raw().Context())
	resp, err := req.WithContext(ctx).Next()
	if err != nil {
		cancel(nil)
		return nil, err
	}
	resp.Body = CutSilence(resp.Body, cancel)
	var limit bodyLimit
	req.OperationValue(&limit)
	refused := resp.StatusCode >= 300
	if limit == stream && !refused {
		return resp, nil
	}
	if refused {
		limit = errorTextLimit
		sayWhen(resp)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, int64(limit)+1))
	resp.Body.Close()
	if refused {
		text = text[:min(len(text), int(limit))] // the status says enough if the text broke off
	} else if err != nil {
		return nil, err
	} else if len(text) > int(limit) {
		return nil, fmt.Errorf("%w, more than %d MiB", ErrTooLong, limit>>20)
	}
	resp.Body = &readText{Reader: bytes.NewReader(text), text: text}
	return resp, nil
}

// sayWhen leaves one value in a refusal's header for how long to wait, in seconds,
// so that everybody here reads the same: azcore would read dates by our clock, and
// other headers first.
func sayWhen(resp *http.Response) {
	wait := refusal.Wait(resp.StatusCode, resp.Header)
	for _, name := range []string{"Retry-After", "Retry-After-Ms", "X-Ms-Retry-After-Ms"} {
		resp.Header.Del(name)
	}
	if wait > 0 {
		resp.Header.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	}
}

// readText is a body that has been read, and can be looked at without reading it
// again.
type readText struct {
	*bytes.Reader
	text []byte
}

func (*readText) Close() error { return nil }

// textOf returns the body that was read, nil if it was left to the caller.
func textOf(resp *http.Response) []byte {
	if body, ok := resp.Body.(*readText); ok {
		return body.text
	}
	return nil
}
