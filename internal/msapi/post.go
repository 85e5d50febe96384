package msapi

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"tenantrollup/internal/refusal"
	"tenantrollup/internal/run"
)

// Post is a request that only reads, although it is a POST: it may be sent again if
// its answer is lost.
type Post struct {
	Address *url.URL // at a host of the client's own domain
	Header  http.Header
	Body    []byte // JSON
	Explain func(refusal.Answer) *run.Failure
}

// Post sends a request. Answers 2xx and 302 come back as those of Get do, and all
// others are what Explain makes of them. A redirect is the caller's to follow.
func (c *Client) Post(ctx context.Context, tenantID string, p Post) (*http.Response, error) {
	if !PlainAddress(p.Address, c.Domain()) {
		return nil, fmt.Errorf("request to %s: a token of %s is not sent there", p.Address.Hostname(), c.host)
	}
	return c.ask(ctx, tenantID, request{
		method: http.MethodPost, host: p.Address.Host, address: p.Address.String(), header: p.Header, body: p.Body,
		answer: stream, explain: p.Explain,
	})
}
