package m365

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
)

// startReadOnly prepares the path of blob storage's requests during an outage: their
// connection ends here, and another one goes to Azurite.
func (p *proxy) startReadOnly() {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(p.cloud.ca.certPEM)
	p.storage = &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots}, MaxIdleConnsPerHost: 64,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, *p.blobAddr.Load())
		},
	}
}

// serveStorage passes a request on, or answers as storage does to an identity that may
// only read.
func (p *proxy) serveStorage(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && p.cloud.out(BlobEndless) {
		w.Header().Set("ETag", `"0x8D0000000000001"`)
		w.Header().Set("Last-Modified", "Tue, 24 Nov 2026 01:00:00 GMT")
		writeEndlessly(w, `<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Blobs><Blob><Name>`)
		return
	}
	delegation := r.URL.Query().Get("comp") == "userdelegationkey"
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead || delegation
	if reads || !p.cloud.out(BlobReadOnly) {
		on := httputil.ReverseProxy{Transport: p.storage, Rewrite: sameHost, ErrorLog: p.inner.ErrorLog}
		on.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("x-ms-error-code", "AuthorizationPermissionMismatch")
	w.Header().Set("x-ms-request-id", requestID())
	w.WriteHeader(http.StatusForbidden)
	io.WriteString(w, `<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthorizationPermissionMismatch</Code>`+
		`<Message>This request is not authorized to perform this operation using this permission.</Message></Error>`)
}

// sameHost keeps the host's name, which the request is signed with.
func sameHost(r *httputil.ProxyRequest) {
	r.SetURL(&url.URL{Scheme: "https", Host: r.In.Host})
	r.Out.Host = r.In.Host
}

func isStorage(host string) bool { return strings.HasSuffix(host, ".blob.core.windows.net") }

// writeEndlessly answers with a text that never ends, until the client hangs up.
func writeEndlessly(w http.ResponseWriter, begin string) {
	_, err := io.WriteString(w, begin)
	for piece := strings.Repeat("x", 64<<10); err == nil; {
		_, err = io.WriteString(w, piece)
	}
}
