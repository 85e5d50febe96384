package msapi

import (
	"context"
	"net/http"

	"tenantrollup/internal/refusal"
	"tenantrollup/internal/run"
)

// Query is a GET with a header of its own.
type Query struct {
	Path    string // with its version and encoded query, e.g. "/v1.0/users?$top=5"
	Header  http.Header
	Explain func(refusal.Answer) *run.Failure
}

// Query asks. Answers 2xx and 302 come back as those of Get do, and all others are
// what Explain makes of them.
func (c *Client) Query(ctx context.Context, tenantID string, q Query) (*http.Response, error) {
	return c.ask(ctx, tenantID, request{
		method: http.MethodGet, host: c.host, address: "https://" + c.host + q.Path, header: q.Header,
		answer: stream, explain: q.Explain,
	})
}
