package config

import (
	"cmp"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// isSecure reports whether nobody else can read what is sent to the address: it is
// https, or on this machine.
func isSecure(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Hostname() != "" && (u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()))
}

func isLoopback(host string) bool {
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}

// isReference reports whether the platform should have replaced the value.
//
// Source: https://learn.microsoft.com/azure/app-service/app-service-key-vault-references
func isReference(value string) bool { return strings.HasPrefix(strings.ToLower(value), "@microsoft.") }

const unresolved = "it is a reference that the platform could not resolve: make sure that the secret is in the vault and that the app's system-assigned identity may read it"

// checkProxy looks at the one environment variable that net/http silently ignores
// if it cannot read it: all calls would then bypass the proxy.
func (r *reader) checkProxy() {
	name := "HTTPS_PROXY"
	if r.getenv(name) == "" {
		name = "https_proxy"
	}
	value := r.getenv(name) // as it is: net/http does not trim it
	if value == "" {
		return
	}
	address := value
	if !strings.Contains(value, "://") { // net/http also accepts a host alone
		address = "http://" + value
	}
	u, err := url.Parse(address)
	schemes := []string{"http", "https", "socks5", "socks5h"}
	if err == nil && u.Hostname() != "" && slices.Contains(schemes, u.Scheme) {
		if port, err := strconv.ParseUint(cmp.Or(u.Port(), "80"), 10, 16); err == nil && port > 0 {
			return
		}
	}
	r.refuseUnshown(name, "want the address of a proxy, such as http://proxy.contoso.com:8080")
}
