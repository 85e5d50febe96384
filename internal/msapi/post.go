package msapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"tenantrollup/internal/refusal"
	"tenantrollup/internal/run"
)

const (
	maxRedirects = 3
	// backendPort slips into the addresses that Exchange gives: it is that of the
	// machine behind the host, which answers at the standard port alone.
	backendPort = "446"
)

// PostPages asks Exchange: it posts body, which is JSON, to path and then to each
// next link, with the same body and header. Each page's records are handed on as
// they arrive: records is called with a decoder that stands before the page's
// value, and must have read it when it returns. warn is told what the page warns
// of. A page has 32 MiB at most. The cmdlet may be run again when an answer is
// lost, so it must only read. A page that breaks off is a transient *run.Failure;
// an error of records ends it too.
//
// A next link is followed to the host that gave it or to the client's own, and
// never twice. A redirect, which Exchange gives where another region has the
// tenant, is followed with the token to hosts of the client's own domain only:
// that of outlook.office365.com is office365.com.
//
// Nothing documents this service; it is what Microsoft's own module
// ExchangeOnlineManagement speaks.
func (c *Client) PostPages(ctx context.Context, tenantID, path string, header http.Header, body []byte,
	records func(*json.Decoder) error, warn func([]string)) error {
	at := "https://" + c.host + path
	seen := map[string]bool{}
	for at != "" {
		if seen[at] || len(seen) == maxPages {
			return c.badList(goesRound)
		}
		seen[at] = true
		resp, host, err := c.post(ctx, tenantID, at, header, body)
		if err != nil {
			return err
		}
		page, err := readPage(ctx, host, resp, records)
		if err != nil {
			return err
		}
		if !page.hasValue {
			return c.badList("a page has no value")
		}
		warn(page.warnings)
		if at, err = c.following(host, page.next); err != nil {
			return err
		}
	}
	return nil
}

// following checks the next link that a host gave.
func (c *Client) following(host, link string) (string, error) {
	if link == "" {
		return "", nil
	}
	if len(link) > longestLink {
		return "", c.badList(linkTooLong)
	}
	next, ok := standardPort(link)
	if !ok || next.Host != host && next.Host != c.host {
		return "", c.badList("its next page is at another host")
	}
	return next.String(), nil
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
			answer: stream, explain: refusal.Exchange,
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
