package msapi

import (
	"net/url"
	"strings"
)

// PlainAddress reports whether an address is https at the standard port, without a
// user, of a plain host name that ends in one of the endings, such as
// ".office365.com", and is longer than that: where Microsoft's own hosts are.
func PlainAddress(u *url.URL, endings ...string) bool {
	host := strings.ToLower(u.Hostname())
	if u.Scheme != "https" || u.User != nil || u.Port() != "" && u.Port() != "443" || strings.HasPrefix(host, ".") {
		return false
	}
	odd := strings.ContainsFunc(host, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '.')
	})
	if odd {
		return false
	}
	for _, ending := range endings {
		if strings.HasSuffix(host, ending) && len(host) > len(ending) {
			return true
		}
	}
	return false
}

// Host is the host that the client calls.
func (c *Client) Host() string { return c.host }

// Domain is what the names of the client's host and of its neighbours end in:
// ".office365.com" for outlook.office365.com.
func (c *Client) Domain() string {
	_, domain, _ := strings.Cut(c.host, ".")
	return "." + domain
}
