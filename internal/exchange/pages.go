package exchange

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/refusal"
	"tenantrollup/internal/run"
)

const (
	maxRedirects = 3
	// backendPort slips into the addresses that Exchange gives: it is that of the
	// machine behind the host, which answers at the standard port alone.
	backendPort = "446"
)

// pages runs a cmdlet in a customer's tenant: it posts it, and then again to each
// next link with the same body and header. Each page's records are passed on as
// they arrive: take is called with a decoder that is in front of the page's value,
// and must have read it when it returns. goOn then says whether the next page is
// wanted, if there is one. A page has 32 MiB at most. The cmdlet may be run again if an
// answer is lost, so it must only read. A page that breaks off is a transient
// *run.Failure; an error of take also ends it.
//
// A next link is followed to the host that gave it or to the client's own, and
// never twice. A redirect, which Exchange sends if the tenant is in another region,
// is followed with the token to hosts of the client's own domain only: that of
// outlook.office365.com is office365.com.
//
// This service is not documented; it is what Microsoft's own module
// ExchangeOnlineManagement uses.
func (f *Fetcher) pages(ctx context.Context, c run.Customer, cm cmdlet, take func(*jsontext.Decoder) error, goOn func(page) bool) error {
	first := "https://" + f.exchange.Host() + path(c)
	trail := msapi.NewTrail(f.exchange.Host())
	post := msapi.Post{Header: cm.header(c), Body: cm.body, Explain: trail.Explain(refusal.Exchange)}
	for at := first; at != ""; {
		if err := trail.Enter(at); err != nil {
			return err
		}
		resp, host, err := f.post(ctx, c.TenantID, at, post)
		if err != nil {
			return trail.Judge(err)
		}
		page, err := readPage(ctx, f.exchange.Secrets(resp), host, resp, take)
		if err != nil {
			return err
		}
		if !goOn(page) || page.next == "" {
			return nil
		}
		next, ok := standardPort(page.next)
		if !ok || next.Host != host && next.Host != f.exchange.Host() {
			return trail.Broken("its next page is at another host")
		}
		at = next.String()
	}
	return nil
}

// post follows redirects, and returns the answer and the host that gave it.
func (f *Fetcher) post(ctx context.Context, tenantID, address string, p msapi.Post) (*http.Response, string, error) {
	at, err := url.Parse(address)
	if err != nil {
		return nil, "", fmt.Errorf("request to %s: %w", f.exchange.Host(), err)
	}
	for range maxRedirects + 1 {
		p.Address = at
		resp, err := f.exchange.Post(ctx, tenantID, p)
		if err != nil || resp.StatusCode != http.StatusFound {
			return resp, at.Host, err
		}
		resp.Body.Close()
		if at, err = f.region(f.exchange.Secrets(resp), at, resp.Header.Get("Location")); err != nil {
			return nil, "", err
		}
	}
	return nil, "", misdirected(fmt.Sprintf("%s redirected more than %d times", f.exchange.Host(), maxRedirects))
}

// region returns where a redirect leads, if the token may go there.
func (f *Fetcher) region(secrets *refusal.Secrets, from *url.URL, location string) (*url.URL, error) {
	to, err := from.Parse(location)
	if err != nil || location == "" {
		return nil, misdirected(from.Host + " redirected to something that is not an address")
	}
	next, ok := standardPort(to.String())
	if !ok || !msapi.PlainAddress(next, f.exchange.Domain()) {
		return nil, misdirected(fmt.Sprintf("%s redirected to %q, which is not a host of its domain over https; it was not called",
			from.Host, secrets.Name(to.Hostname())))
	}
	return next, nil
}

// standardPort reads an https address at the standard port, or at the back end's,
// which it removes.
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
		Remedy: "Rerun later; if that does not help, report it to Microsoft.",
	}
}
