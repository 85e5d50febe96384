package m365

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// InProcess returns a client that calls this cloud's hosts without a network, for
// tests in a synctest bubble. Faults of a connection cannot show there.
func (c *Cloud) InProcess() *http.Client { return &http.Client{Transport: inProcess{c}} }

type inProcess struct{ cloud *Cloud }

// RoundTrip implements http.RoundTripper.
func (p inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body == nil {
		req.Body = http.NoBody
	}
	defer req.Body.Close()
	host, known := p.cloud.proxy.hosts[req.URL.Host]
	if !known {
		p.cloud.counts.refuse(req.URL.Host)
		return nil, fmt.Errorf("no host of this cloud: %s", req.URL.Host)
	}
	asked := req.Clone(req.Context())
	asked.Host, asked.RequestURI = req.URL.Host, req.URL.RequestURI()
	got := &recorder{header: http.Header{}}
	host.ServeHTTP(got, asked)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: max(got.status, http.StatusOK), Header: got.header, Body: io.NopCloser(&got.body), Request: req,
		ProtoMajor: 1, ProtoMinor: 1, ContentLength: int64(got.body.Len()),
	}, nil
}

// recorder is an http.ResponseWriter that keeps the answer.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }

func (r *recorder) WriteHeader(status int) { r.status = status }
