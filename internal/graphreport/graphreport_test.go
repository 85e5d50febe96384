package graphreport_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tenantrollup/internal/graphreport"
	"tenantrollup/internal/msapi"
	"tenantrollup/internal/msapi/msapitest"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
)

const (
	csv     = "Report Refresh Date,Total\r\n2026-11-22,5\r\n"
	address = "https://reportsncu.office.com/data/download/s3cr3t-path?token=s3cr3t-token"
)

// microsoft serves Graph and the report hosts, told apart by the host name.
type microsoft struct {
	graph, reports http.HandlerFunc

	mu    sync.Mutex
	calls []string // host and path of each call
	seen  []http.Header
}

func (m *microsoft) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	m.calls, m.seen = append(m.calls, r.Host+r.URL.Path), append(m.seen, r.Header)
	m.mu.Unlock()
	if r.Host == "graph.microsoft.com" {
		m.graph(w, r)
		return
	}
	m.reports(w, r)
}

// count returns how many calls went to host.
func (m *microsoft) count(host string) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, call := range m.calls {
		if strings.HasPrefix(call, host+"/") {
			n++
		}
	}
	return n
}

type tokens struct{}

func (tokens) Token(context.Context, string, string) (string, error) { return "t0k3n", nil }
func (tokens) Forget(string, string, string)                         {}
func (tokens) Doubt(string, string, string) bool                     { return false }
func (tokens) ConsentURL(id string) string                           { return "https://consent/" + id }

// realHost returns a client that reaches srv under every host name.
func realHost(srv *httptest.Server) *http.Client {
	return msapitest.Reach(srv, msapi.NewHTTPClient(4, nil))
}

func fetch(t *testing.T, m *microsoft, into *msapitest.Sink) error {
	t.Helper()
	client := realHost(msapitest.Serve(t, m))
	return fetchWith(t, client, client, into)
}

func fetchWith(t *testing.T, graphClient, download *http.Client, into *msapitest.Sink) error {
	t.Helper()
	call, err := report.Parse("getMailboxUsageDetail(period='D7')")
	if err != nil {
		t.Fatal(err)
	}
	graph := msapi.NewClient("graph.microsoft.com", graphClient, tokens{})
	err = graphreport.New(graph, download, []string{".office.com"}).
		Fetch(t.Context(), run.Customer{TenantID: "11111111-1111-1111-1111-111111111111"}, call, "2026-11-24", into)
	for _, hidden := range []string{"s3cr3t", "t0k3n"} {
		if err != nil && strings.Contains(fmt.Sprintf("%v %+v %q", err, err, err), hidden) {
			t.Errorf("the error shows %s: %v", hidden, err)
		}
	}
	return err
}

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
	}
}

// truncated promises more than it sends, the first n times.
func truncated(n int) http.HandlerFunc {
	var calls int
	var mu sync.Mutex
	return func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		calls++
		broken := calls <= n
		mu.Unlock()
		if broken {
			w.Header().Set("Content-Length", "1000")
		}
		io.WriteString(w, csv)
	}
}

// reset sends half a report, then resets the connection.
func reset(w http.ResponseWriter, _ *http.Request) {
	io.WriteString(w, csv[:20])
	http.NewResponseController(w).Flush()
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		time.Sleep(10 * time.Millisecond) // so that the half is read before the reset
		conn.(interface{ NetConn() net.Conn }).NetConn().(*net.TCPConn).SetLinger(0)
		conn.(interface{ NetConn() net.Conn }).NetConn().Close()
	}
}

func TestFetch(t *testing.T) {
	tests := []struct {
		rule           string
		graph, reports http.HandlerFunc
		graphCalls     int
	}{
		{"follows the redirect", redirect(address), answer(200, csv), 1},
		{"the standard port is allowed", redirect(strings.Replace(address, ".com/", ".com:443/", 1)), answer(200, csv), 1},
		{"the case of host names does not matter", redirect(strings.Replace(address, "office", "OFFICE", 1)), answer(200, csv), 1},
		{"accepts an inline report", answer(200, csv), nil, 1},
		{"a body that breaks off twice is requested again", redirect(address), truncated(2), 3},
		{"so is an inline body that breaks off", truncated(1), nil, 2},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			m, into := &microsoft{graph: tt.graph, reports: tt.reports}, &msapitest.Sink{}
			if err := fetch(t, m, into); err != nil {
				t.Fatal(err)
			}
			if into.String() != csv {
				t.Errorf("got %q", into.String())
			}
			if n := m.count("graph.microsoft.com"); n != tt.graphCalls || into.Resets != tt.graphCalls-1 {
				t.Errorf("%d calls of Graph and %d resets, want %d", n, into.Resets, tt.graphCalls)
			}
			if m.calls[0] != "graph.microsoft.com/v1.0/reports/getMailboxUsageDetail(period='D7')" {
				t.Errorf("asked for %s", m.calls[0])
			}
		})
	}
}

func TestTheLastLineEnd(t *testing.T) {
	bare := strings.TrimSuffix(csv, "\r\n")
	for _, test := range []struct {
		rule, want string
		reports    http.HandlerFunc
	}{
		{"is added if Content-Length says that the body is complete", bare + "\n", answer(200, bare)},
		{"is added if the last chunk says so", bare + "\n", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, bare[:10])
			http.NewResponseController(w).Flush()
			io.WriteString(w, bare[10:])
		}},
		{"is added if the checksum of a compressed body says so", bare + "\n", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			packed := gzip.NewWriter(w)
			io.WriteString(packed, bare)
			packed.Close()
		}},
		{"is not added if the connection just ends", bare, func(w http.ResponseWriter, _ *http.Request) {
			conn, out, err := http.NewResponseController(w).Hijack()
			if err == nil {
				out.WriteString("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + bare)
				out.Flush()
				conn.Close()
			}
		}},
		{"is not added to an empty body", "", answer(200, "")},
	} {
		t.Run(test.rule, func(t *testing.T) {
			into := &msapitest.Sink{}
			if err := fetch(t, &microsoft{graph: redirect(address), reports: test.reports}, into); err != nil {
				t.Fatal(err)
			}
			if into.String() != test.want {
				t.Errorf("got %q, want %q", into.String(), test.want)
			}
		})
	}
}

func TestTheReportHostLearnsNothing(t *testing.T) {
	m := &microsoft{graph: redirect(address), reports: answer(200, csv)}
	if err := fetch(t, m, &msapitest.Sink{}); err != nil {
		t.Fatal(err)
	}
	if got := m.seen[0].Get("Authorization"); got != "Bearer t0k3n" {
		t.Errorf("Graph got Authorization %q", got)
	}
	for _, name := range []string{"Authorization", "Referer", "Cookie"} {
		if got := m.seen[1].Get(name); got != "" {
			t.Errorf("the report host got %s: %s", name, got)
		}
	}
}

func TestFetchFailures(t *testing.T) {
	tests := []struct {
		rule           string
		graph, reports http.HandlerFunc
		class          run.Class
		transient      bool
		message        string
		graphCalls     int
	}{
		{"a body that always breaks off is malformed, with its cause", redirect(address), truncated(9), run.MalformedReport, false, "broke off 3 times: unexpected EOF", 3},
		{"so is a connection reset within the body", redirect(address), reset, run.MalformedReport, false, "broke off 3 times", 3},
		{"a refusal keeps its class", answer(403, `{"error":{"code":"S2SUnauthorized","message":"Invalid permission."}}`), nil, run.ConsentMissing, false, "S2SUnauthorized", 1},
		{"an error object under 200 is a refusal", answer(200, `{"error":{"code":"S2SUnauthorized","message":"Invalid permission."}}`), nil, run.ConsentMissing, false, "S2SUnauthorized", 1},
		{"an answer without a report", answer(204, ""), nil, run.ServiceFault, false, "Graph answered 204", 1},
		{"a report host that is down", redirect(address), answer(503, ""), run.ServiceFault, true, "reportsncu.office.com answered 503", 1},
		{"a report host that throttles", redirect(address), answer(429, ""), run.Throttled, true, "reportsncu.office.com answered 429", 1},
		{"an address that no longer works", redirect(address), answer(403, "s3cr3t"), run.ServiceFault, false, "reportsncu.office.com answered 403", 1},
		{"a report host that redirects", redirect(address), redirect("https://reportsweu.office.com/s3cr3t"), run.ServiceFault, false, "answered 302", 1},
		{"a report host that redirects to no address", redirect(address), redirect(":s3cr3t"), run.ServiceFault, false, "answered 302", 1},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			m, into := &microsoft{graph: tt.graph, reports: tt.reports}, &msapitest.Sink{}
			f := runtest.WantFailure(t, fetch(t, m, into), tt.class)
			if f.Transient != tt.transient || !strings.Contains(f.Message, tt.message) {
				t.Errorf("got %+v", f)
			}
			if n := m.count("graph.microsoft.com"); n != tt.graphCalls {
				t.Errorf("%d calls of Graph, want %d", n, tt.graphCalls)
			}
		})
	}
}

func TestForeignAddressesAreNotCalled(t *testing.T) {
	for _, location := range []string{
		"", "/data/s3cr3t", "//reports.office.com/s3cr3t", ":s3cr3t", "https:s3cr3t",
		"http://reports.office.com/s3cr3t",
		"https://reports.office.com:8443/s3cr3t",
		"https://user@reports.office.com/s3cr3t",
		"https://office.com/s3cr3t", "https://.office.com/s3cr3t",
		"https://reportsoffice.com/s3cr3t",
		"https://reports.office.com.example.com/s3cr3t",
		"https://example.com/.office.com?s3cr3t",
		"https://example.com\\.office.com/s3cr3t",
		"https://example.com%2f.office.com/s3cr3t",
		"https://reports.office.com./s3cr3t",
		"https://exämple.office.com/s3cr3t",
		"https://[::1%25.office.com]/s3cr3t",
		"https://127.0.0.1/s3cr3t",
	} {
		t.Run(location, func(t *testing.T) {
			m := &microsoft{graph: redirect(location), reports: answer(200, csv)}
			f := runtest.WantFailure(t, fetch(t, m, &msapitest.Sink{}), run.ServiceFault)
			if f.Transient || len(m.calls) != 1 {
				t.Errorf("called %v, got %+v", m.calls, f)
			}
		})
	}
}

func TestAReportHostOutOfReach(t *testing.T) {
	m := &microsoft{graph: redirect(address)}
	graph := realHost(msapitest.Serve(t, m))
	t.Run("refused connections are retried later", func(t *testing.T) {
		download := msapi.NewHTTPClient(1, nil)
		download.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) {
			return nil, errors.New("connection refused")
		}
		if f := runtest.WantFailure(t, fetchWith(t, graph, download, &msapitest.Sink{}), run.ServiceFault); !f.Transient {
			t.Errorf("got %+v", f)
		}
	})
	t.Run("an untrusted certificate is not", func(t *testing.T) {
		download := realHost(msapitest.Serve(t, m))
		download.Transport.(*http.Transport).TLSClientConfig.RootCAs = nil
		if f := runtest.WantFailure(t, fetchWith(t, graph, download, &msapitest.Sink{}), run.ServiceFault); f.Transient {
			t.Errorf("got %+v", f)
		}
	})
}

func TestTheSinksErrorIsNotTheReports(t *testing.T) {
	full := errors.New("disk is full")
	m := &microsoft{graph: redirect(address), reports: answer(200, csv)}
	if err := fetch(t, m, &msapitest.Sink{Err: full}); !errors.Is(err, full) || len(m.calls) != 2 {
		t.Errorf("got %v after %d calls", err, len(m.calls))
	}
}

func TestOneSliceAsksATenantFourteenTimes(t *testing.T) {
	m := &microsoft{graph: answer(200, csv)}
	call, err := report.Parse("getMailboxUsageDetail(period='D7')")
	if err != nil {
		t.Fatal(err)
	}
	client := realHost(msapitest.Serve(t, m))
	graph := msapi.NewClient("graph.microsoft.com", client, tokens{})
	slice := graphreport.New(graph, client, []string{".office.com"})
	ask := func(f *graphreport.Fetcher, tenantID string) error {
		return f.Fetch(t.Context(), run.Customer{TenantID: tenantID}, call, "2026-11-24", &msapitest.Sink{})
	}
	for range 14 {
		if err := ask(slice, "contoso"); err != nil {
			t.Fatal(err)
		}
	}
	f := runtest.WantFailure(t, ask(slice, "contoso"), run.Throttled)
	if !f.Transient || f.RetryAfter < 9*time.Minute || f.RetryAfter > 10*time.Minute+time.Millisecond || len(m.calls) != 14 {
		t.Errorf("%d calls, %+v", len(m.calls), f)
	}
	if err := errors.Join(ask(slice, "fabrikam"), ask(graphreport.New(graph, client, nil), "contoso")); err != nil {
		t.Errorf("another tenant and another slice have their own calls: %v", err)
	}
}
