package msapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

const (
	connecting = 10 * time.Second // and as long again for the TLS handshake
	firstByte  = 60 * time.Second
	silence    = 30 * time.Second

	longestHeader = 64 << 10 // bytes; Microsoft's answers have some 4 KB
)

var errSilent = errors.New("nothing arrived for 30 seconds")

// NewTransport returns the connection pool for concurrency customers in flight:
// each holds up to two connections to one host (report and organization). The proxy
// comes from the environment; connecting and the TLS handshake may take 10 seconds
// each, an answer's header 60, and it may have 64 KiB. roots, or the system's if
// that is nil, decide which certificates are trusted.
//
// HTTP/2 stays off: one stalled connection would stall every customer on it,
// and warm HTTP/1.1 costs less.
func NewTransport(concurrency int, roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer(connecting).DialContext,
		TLSClientConfig:       &tls.Config{RootCAs: roots},
		TLSHandshakeTimeout:   connecting,
		ResponseHeaderTimeout: firstByte,

		MaxResponseHeaderBytes: longestHeader,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConnsPerHost:    2 * concurrency,
	}
}

func dialer(limit time.Duration) *net.Dialer { return &net.Dialer{Timeout: limit} }

// NewHTTPClient returns a client over a NewTransport that follows no redirect.
func NewHTTPClient(concurrency int, roots *x509.CertPool) *http.Client {
	return &http.Client{Transport: NewTransport(concurrency, roots), CheckRedirect: neverFollow}
}

func neverFollow(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// CutSilence returns a body that gives up when a read waits for 30 seconds without
// receiving a byte. cancel must end the request that body belongs to; it is called
// then, and when the body is closed.
func CutSilence(body io.ReadCloser, cancel context.CancelCauseFunc) io.ReadCloser {
	w := &watchedBody{body: body, cancel: cancel}
	w.timer = time.AfterFunc(silence, func() {
		w.silent.Store(true)
		cancel(errSilent)
	})
	w.timer.Stop()
	return w
}

type watchedBody struct {
	body   io.ReadCloser
	cancel context.CancelCauseFunc
	timer  *time.Timer
	silent atomic.Bool
}

func (w *watchedBody) Read(p []byte) (int, error) {
	w.timer.Reset(silence) // a reader that takes its time between reads is not silence
	n, err := w.body.Read(p)
	w.timer.Stop()
	if err != nil && w.silent.Load() {
		err = errSilent
	}
	return n, err
}

func (w *watchedBody) Close() error {
	w.timer.Stop()
	w.cancel(nil)
	return w.body.Close()
}
