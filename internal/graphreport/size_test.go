package graphreport_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"tenantrollup/internal/graphreport"
	"tenantrollup/internal/msapi"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
)

// endless is Graph, and a report host that sends a gibibyte.
type endless struct{ inline bool }

func (e endless) RoundTrip(req *http.Request) (*http.Response, error) {
	resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(io.LimitReader(zeros{}, 1<<30)), Request: req}
	if req.URL.Host == "graph.microsoft.com" && !e.inline {
		resp.StatusCode = http.StatusFound
		resp.Header.Set("Location", address)
	}
	return resp, nil
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// counter is a run.Sink.
type counter struct{ size, resets int }

func (c *counter) Write(p []byte) (int, error) {
	c.size += len(p)
	return len(p), nil
}

func (c *counter) Reset() { c.resets++ }

func (c *counter) Warn(run.Class, string) {}

func (c *counter) Columns([]string) {}

func TestAReportWithoutEnd(t *testing.T) {
	call, err := report.Parse("getMailboxUsageDetail(period='D7')")
	if err != nil {
		t.Fatal(err)
	}
	for rule, inline := range map[string]bool{"after a redirect": false, "without a redirect": true} {
		t.Run(rule, func(t *testing.T) {
			client, into := &http.Client{Transport: endless{inline}}, &counter{}
			fetcher := graphreport.New(msapi.NewClient("graph.microsoft.com", client, tokens{}), client, []string{".office.com"})
			err := fetcher.Fetch(t.Context(), run.Customer{TenantID: "11111111-1111-1111-1111-111111111111"}, call, "2026-11-24", into)
			f := runtest.WantFailure(t, err, run.MalformedReport)
			if f.Transient || into.resets != 0 || into.size > 512<<20+1 || !strings.Contains(f.Message, "longer than 512 MiB") {
				t.Errorf("%d bytes, %d resets, %+v", into.size, into.resets, f)
			}
		})
	}
}
