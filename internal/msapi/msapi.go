// Package msapi makes one authenticated, throttled, retried call to a Microsoft
// service.
//
// It promises that a token goes to its own host only, or with Post to a host of the
// same domain, and that no redirect is followed; that a call that fails is a
// *run.Failure with class, message and remedy, as package refusal words it; that it
// waits itself for up to 30 seconds if a service asks for that, while longer waits
// come back as a transient failure with RetryAfter, and more than an hour counts as
// no answer; that silence, sizes and retries are bounded; and that no token gets
// into an error, nor any other secret that the client was told to hide.
//
// A refusal for throttling (429 or 503) is the customer's, and counts as an
// attempt. If five customers of one host are refused within ten seconds, it is the
// host's: for five seconds, or the longest Retry-After up to thirty, nobody calls
// it, then half as many as before at once, and one more every ten seconds. Until
// that is over, but for two minutes at most, its refusals don't count as attempts:
// each call waits for its own Retry-After, or five seconds, and is sent again. So a
// minute in which everybody is refused costs nobody an attempt. A call that is
// given up as throttled nevertheless asks to be left alone for at least thirty
// seconds.
//
// A call whose context ends returns that context's error, not a Failure:
// nobody refused anything.
//
// It exports more names than most packages because everything that calls Microsoft
// in another way, with an SDK, a form or a redirect, is bounded with the same pieces.
package msapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"

	"tenantrollup/internal/refusal"
	"tenantrollup/internal/run"
)

// TokenSource supplies tokens of the partner's app. Its errors are *run.Failure, or
// the error of a context that ended.
type TokenSource interface {
	// Token returns a token for a tenant and a scope such as
	// "https://graph.microsoft.com/.default".
	Token(ctx context.Context, tenantID, scope string) (string, error)
	// Forget makes the next Token fetch a new one, if token is the one that is kept.
	Forget(tenantID, scope, token string)
	// Doubt keeps token from later runs. outdated says that it was granted to an
	// earlier run, or that there is a newer one: what a service refuses to this
	// token, it may allow with a new one, which the next Token fetches.
	Doubt(tenantID, scope, token string) (outdated bool)
	// ConsentURL is where an administrator of the tenant consents to the app.
	ConsentURL(tenantID string) string
}

// Client calls one host with the partner's tokens. It is safe for concurrent use.
type Client struct {
	host     string
	scope    string
	tokens   TokenSource
	pipeline runtime.Pipeline
	quota    *quota // nil if nothing limits the calls
	secrets  *refusal.Secrets
}

// NewClient returns a client of host, e.g. graph.microsoft.com. Its tokens are
// for the scope https://host/.default.
func NewClient(host string, client *http.Client, tokens TokenSource) *Client {
	return &Client{
		host: host, scope: "https://" + host + "/.default", tokens: tokens,
		pipeline: NewPipeline(client, func(r refusal.Answer) bool { return refusal.Graph(r).Transient }),
	}
}

// Limit returns a client that shares everything with c, but sends no more than
// calls requests for one tenant within a time. Each request that is sent counts,
// including retries. One more is not sent: its call is a transient *run.Failure of
// class Throttled, and RetryAfter says when the tenant may be asked again.
func (c *Client) Limit(calls int, within time.Duration) *Client {
	limited := *c
	limited.quota = newQuota(calls, within)
	return &limited
}

// Hide returns a client that shares everything with c, and removes these secrets,
// as well as the token of the call, from what its service says.
func (c *Client) Hide(secrets *refusal.Secrets) *Client {
	hiding := *c
	hiding.secrets = secrets
	return &hiding
}

// Secrets returns what is removed from the words of an answer: the secrets that the
// client hides, and the token that was sent.
func (c *Client) Secrets(resp *http.Response) *refusal.Secrets {
	if resp.Request == nil {
		return c.secrets
	}
	return c.secrets.With(strings.TrimPrefix(resp.Request.Header.Get("Authorization"), bearer))
}

const bearer = "Bearer "

// Get asks for path (with its version and encoded query, e.g. "/v1.0/contracts") in
// a tenant. Answers 2xx and 302 come back and the caller closes the body; the body
// fails when nothing arrives for 30 seconds. All others are a *run.Failure, after a
// second attempt with a new token if the answer was 401, or 403 to a token of an
// earlier run.
func (c *Client) Get(ctx context.Context, tenantID, path string) (*http.Response, error) {
	return c.ask(ctx, tenantID, c.get("https://"+c.host+path, stream))
}

// GetJSON is Get for an answer of at most 2 MiB of JSON.
func (c *Client) GetJSON(ctx context.Context, tenantID, path string, into any) error {
	return c.getJSON(ctx, tenantID, "https://"+c.host+path, into)
}

func (c *Client) getJSON(ctx context.Context, tenantID, address string, into any) error {
	resp, err := c.ask(ctx, tenantID, c.get(address, Whole))
	if err != nil {
		return err
	}
	return c.readJSON(resp, into)
}

// readJSON decodes an answer that was read whole, and closes it.
func (c *Client) readJSON(resp *http.Response, into any) error {
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return refusal.Graph(NewRefusal(c.Secrets(resp), c.host, resp))
	}
	text := textOf(resp)
	if err := json.Unmarshal(text, into); err != nil {
		_, syntax := errors.AsType[*json.SyntaxError](err)
		return notJSON(c.host, err, len(text) == 0 || syntax && text[0] == '{')
	}
	return nil
}

// request is one call, at a host that may have the client's token.
type request struct {
	method, host, address string
	header                http.Header
	body                  []byte // JSON, or nothing
	answer                bodyLimit
	explain               func(refusal.Answer) *run.Failure
}

func (c *Client) get(address string, answer bodyLimit) request {
	return request{method: http.MethodGet, host: c.host, address: address, answer: answer, explain: refusal.Graph}
}

func (c *Client) ask(ctx context.Context, tenantID string, r request) (*http.Response, error) {
	for again := false; ; again = true {
		token, err := c.tokens.Token(ctx, tenantID, c.scope)
		if err != nil {
			return nil, err
		}
		resp, err := c.send(ctx, tenantID, token, r)
		if err != nil {
			return nil, err
		}
		status := resp.StatusCode
		if status >= 200 && status < 300 || status == http.StatusFound {
			return resp, nil
		}
		if c.spoilt(tenantID, token, status) && !again {
			resp.Body.Close()
			continue
		}
		refusal := NewRefusal(c.secrets.With(token), r.host, resp)
		refusal.ConsentURL = c.tokens.ConsentURL(tenantID)
		return nil, r.explain(refusal)
	}
}

// spoilt reports whether a new token may work if this one is refused.
func (c *Client) spoilt(tenantID, token string, status int) bool {
	switch status {
	case http.StatusUnauthorized:
		c.tokens.Forget(tenantID, c.scope, token)
		return true
	case http.StatusForbidden:
		return c.tokens.Doubt(tenantID, c.scope, token)
	}
	return false
}

func (c *Client) send(ctx context.Context, tenantID, token string, r request) (*http.Response, error) {
	req, err := runtime.NewRequest(ctx, r.method, r.address)
	if err != nil {
		return nil, fmt.Errorf("request to %s: %w", r.host, err)
	}
	if r.body != nil {
		if err := req.SetBody(streaming.NopCloser(bytes.NewReader(r.body)), "application/json"); err != nil {
			return nil, fmt.Errorf("request to %s: %w", r.host, err)
		}
	}
	req.SetOperationValue(Tenant(tenantID))
	req.SetOperationValue(r.answer)
	req.SetOperationValue(c.quota)
	maps.Copy(req.Raw().Header, r.header)
	req.Raw().Header.Set("Authorization", bearer+token)
	resp, err := c.pipeline.Do(req)
	if err != nil {
		return nil, ConnectionFailure(ctx, c.secrets.With(token), r.host, err)
	}
	return resp, nil
}
