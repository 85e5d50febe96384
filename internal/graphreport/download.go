package graphreport

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/refusal"
)

// follow fetches the address that Graph returned. It passes on no error of package
// url, which would quote the address.
func (f *Fetcher) follow(ctx context.Context, secrets *refusal.Secrets, location string, into io.Writer) error {
	address, err := url.Parse(location)
	if err != nil || location == "" {
		return fault("Graph redirected to something that is not an address.")
	}
	if !msapi.PlainAddress(address, f.allowed...) {
		return fault(fmt.Sprintf("Graph redirected to %q, which is not one of Microsoft's report hosts over https; it was not called.", secrets.Name(address.Hostname())))
	}
	host := address.Hostname()
	secrets = secrets.With()
	secrets.HoldAddress(location)

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return fault("Graph redirected to something that is not an address.")
	}
	req.Header.Set("User-Agent", "tenant-rollup")
	// No http.Client: it would look at a further redirect, and quote it.
	resp, err := f.download.RoundTrip(req)
	if err != nil {
		return msapi.ConnectionFailure(ctx, secrets, host, err)
	}
	resp.Body = msapi.CutSilence(resp.Body, cancel)
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		return copyReport(into, resp.Body, secrets, host, whole(resp))
	}
	failure := refusal.Graph(refusal.Answer{Host: host, Status: resp.StatusCode, Header: resp.Header, Secrets: secrets})
	if !failure.Transient {
		return fault(fmt.Sprintf("%s answered %d instead of the report.", host, resp.StatusCode))
	}
	return failure
}
