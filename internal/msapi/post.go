package msapi

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"tenantrollup/internal/run"
)

const (
	maxRedirects = 3
	// backendPort slips into the addresses that Exchange gives: it is that of the
	// machine behind the host, which answers at the standard port alone.
	backendPort = "446"
)

// Page is one page of a list that was asked for by POST.
type Page struct {
	Value    json.RawMessage // the records
	Warnings []string
}

// PostPages asks Exchange: it posts body, which is JSON, to path and then to each
// next link, with the same body and header, and yields the pages, of 32 MiB each
// at most. The cmdlet may be run again when an answer is lost, so it must only
// read. After an error it ends.
//
// A next link is followed to the host that gave it or to the client's own, and
// never twice. A redirect, which Exchange gives where another region has the
// tenant, is followed with the token to hosts of the client's own domain only:
// that of outlook.office365.com is office365.com.
//
// Nothing documents this service; it is what Microsoft's own module
// ExchangeOnlineManagement speaks.
func (c *Client) PostPages(ctx context.Context, tenantID, path string, header http.Header, body []byte) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		at := "https://" + c.host + path
		seen := map[string]bool{}
		for at != "" {
			if seen[at] || len(seen) == maxPages {
				yield(Page{}, c.badList(goesRound))
				return
			}
			seen[at] = true
			page, next, err := c.postPage(ctx, tenantID, at, header, body)
			if !yield(page, err) || err != nil {
				return
			}
			at = next
		}
	}
}

// postPage returns a page and the address of the next.
func (c *Client) postPage(ctx context.Context, tenantID, address string, header http.Header, body []byte) (Page, string, error) {
	resp, host, err := c.post(ctx, tenantID, address, header, body)
	if err != nil {
		return Page{}, "", err
	}
	var page struct {
		Value    json.RawMessage `json:"value"`
		Warnings []string        `json:"@adminapi.warnings"`
		Next     string          `json:"@odata.nextLink"`
	}
	if err := readJSON(host, resp, &page); err != nil {
		return Page{}, "", err
	}
	if page.Value == nil {
		return Page{}, "", c.badList("a page has no value")
	}
	if page.Next == "" {
		return Page{page.Value, page.Warnings}, "", nil
	}
	if len(page.Next) > longestLink {
		return Page{}, "", c.badList(linkTooLong)
	}
	next, ok := standardPort(page.Next)
	if !ok || next.Host != host && next.Host != c.host {
		return Page{}, "", c.badList("its next page is at another host")
	}
	return Page{page.Value, page.Warnings}, next.String(), nil
}

// post follows redirects, and returns the answer and the host that gave it.
func (c *Client) post(ctx context.Context, tenantID, address string, header http.Header, body []byte) (*http.Response, string, error) {
	at, err := url.Parse(address)
	if err != nil {
		return nil, "", fmt.Errorf("request to %s: %w", c.host, err)
	}
	for range maxRedirects + 1 {
		resp, err := c.ask(ctx, tenantID, request{
			method: http.MethodPost, host: at.Host, address: at.String(), header: header, body: body,
			answer: rows, explain: exchangeFailure,
		})
		if err != nil || resp.StatusCode != http.StatusFound {
			return resp, at.Host, err
		}
		resp.Body.Close()
		if at, err = c.region(at, resp.Header.Get("Location")); err != nil {
			return nil, "", err
		}
	}
	return nil, "", misdirected(fmt.Sprintf("%s redirected more than %d times", c.host, maxRedirects))
}

// region returns where a redirect leads, if the token may go there.
func (c *Client) region(from *url.URL, location string) (*url.URL, error) {
	to, err := from.Parse(location)
	if err != nil || location == "" {
		return nil, misdirected(from.Host + " redirected to something that is not an address")
	}
	next, ok := standardPort(to.String())
	if !ok || !c.sameDomain(next.Host) {
		return nil, misdirected(fmt.Sprintf("%s redirected to %.100q, which is not a host of its domain over https; it was not called",
			from.Host, to.Hostname()))
	}
	return next, nil
}

// sameDomain reports whether host is one of those that the client's own host is
// one of: a plain name that ends alike.
func (c *Client) sameDomain(host string) bool {
	_, domain, _ := strings.Cut(c.host, ".")
	odd := strings.ContainsFunc(host, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '.')
	})
	return !odd && strings.HasSuffix(host, "."+domain) && !strings.HasPrefix(host, ".")
}

// standardPort reads an https address at the standard port, or at the back end's,
// which it takes out.
func standardPort(address string) (*url.URL, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.User != nil {
		return nil, false
	}
	switch u.Port() {
	case "", "443", backendPort:
		u.Host, u.Fragment = strings.ToLower(u.Hostname()), ""
		return u, true
	}
	return nil, false
}

func misdirected(what string) *run.Failure {
	return &run.Failure{
		Class: run.ServiceFault, Message: what + ".",
		Remedy: "Run again later; if it stays, report it to Microsoft.",
	}
}

// tokenWithoutPermission is how Exchange's front door, in X-Ms-Diagnostics, calls
// a token that has neither role nor scope.
const tokenWithoutPermission = "2000008"

// exchangeFailure is GraphFailure for Exchange, which refuses some calls without
// a word in the body, and whose 400 is mostly the call's own fault.
func exchangeFailure(r Refusal) *run.Failure {
	bare := r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden
	if bare && len(unwrapGraph(r.Text)) == 0 {
		m, reason := noReason, r.Header.Get("X-Ms-Diagnostics")
		switch {
		case strings.HasPrefix(reason, tokenWithoutPermission):
			m = noPermission
		case reason != "":
			m = tokenRefused
		}
		return r.failure(m, sentence(fmt.Sprintf("%s answered %d", r.Host, r.Status), reason), r.Header.Get("request-id"), "")
	}
	f := GraphFailure(r)
	if r.Status == http.StatusBadRequest && f.Class == run.ServiceFault && !f.Transient {
		f.Remedy = correctCall
	}
	return f
}
