// Package graphreport fetches one Graph usage report of one customer.
//
// Graph answers with a redirect to an address that is itself a secret: anybody who
// has it can read the report, for some minutes, without a token. The package
// promises that the address is fetched only from Microsoft's report hosts, without
// a token, a cookie or a referrer, and without following a further redirect, and
// that it is never in an error. A report that breaks off is requested again, three
// times in total, and never passed on in part: the sink is reset first.
package graphreport

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/refusal"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// tries is how often an address is fetched in total.
const tries = 3

// Fetcher fetches reports. It is safe for concurrent use.
type Fetcher struct {
	graph    *msapi.Client
	download http.RoundTripper
	allowed  []string
}

// How often one app may ask a tenant for one report function as CSV. What others
// and earlier slices have used, Graph says with a 429
// (https://learn.microsoft.com/graph/throttling-limits#microsoft-365-reports-service-limits).
const (
	callsLimit  = 14
	callsWindow = 10 * time.Minute
)

// New returns a Fetcher for one report function. download, of which only the
// transport is used, carries no credential; allowed are the endings of report
// hosts, e.g. ".office.com".
func New(graph *msapi.Client, download *http.Client, allowed []string) *Fetcher {
	return &Fetcher{
		graph:    graph.Limit(callsLimit, callsWindow),
		download: cmp.Or(download.Transport, http.DefaultTransport),
		allowed:  allowed,
	}
}

// Fetch writes the report's body into the sink as it arrives. An error is a
// *run.Failure, the sink's own, or that of a ctx that ended; what the sink holds
// then is of no use.
func (f *Fetcher) Fetch(ctx context.Context, c run.Customer, call report.Call, date report.Date, into run.Sink) error {
	var broken *brokenBody
	for try := range tries {
		if try > 0 {
			into.Reset()
		}
		err := f.once(ctx, c, "/v1.0"+call.Path(date, report.DateOf(time.Now())), into)
		if err == nil {
			return nil
		}
		var again bool
		if broken, again = errors.AsType[*brokenBody](err); !again {
			return err
		}
		if ctx.Err() != nil {
			return fmt.Errorf("report from %s: %w", broken.host, context.Cause(ctx))
		}
	}
	return &run.Failure{
		Class:   run.MalformedReport,
		Message: fmt.Sprintf("The report from %s broke off %d times: %s.", broken.host, tries, broken.cause),
		Remedy:  refusal.NextRun,
	}
}

func (f *Fetcher) once(ctx context.Context, c run.Customer, path string, into io.Writer) error {
	resp, err := f.graph.Get(ctx, c.TenantID, path)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
		return copyInline(into, resp, f.graph.Secrets(resp))
	case http.StatusFound:
		resp.Body.Close()
		return f.follow(ctx, f.graph.Secrets(resp), resp.Header.Get("Location"), into)
	}
	return fault(fmt.Sprintf("Graph answered %d instead of a report.", resp.StatusCode))
}

// brokenBody is a body that ended before its end.
type brokenBody struct {
	host  string
	cause string
}

func (b *brokenBody) Error() string { return "report from " + b.host + ": " + b.cause }

// copyInline copies a report that arrived without a redirect; Graph's error object
// with a good status is not one.
func copyInline(into io.Writer, resp *http.Response, secrets *refusal.Secrets) error {
	body := bufio.NewReader(resp.Body)
	if first, err := body.Peek(1); err == nil && first[0] == '{' {
		text, _ := io.ReadAll(io.LimitReader(body, 64<<10))
		return refusal.Graph(refusal.Answer{Host: "Graph", Status: resp.StatusCode, Header: resp.Header, Text: text, Secrets: secrets})
	}
	return copyReport(into, body, secrets, "Graph", whole(resp))
}

// buffers serve one download after another: a report is usually shorter than the
// buffer that io.Copy would make for it.
var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// longest is the most that a report may have, unpacked, in bytes: two million users.
const longest = 512 << 20

// whole reports whether the transport can distinguish the end of a body from a cut
// connection: by its length, its last chunk or frame, or its checksum.
func whole(resp *http.Response) bool {
	return resp.ContentLength >= 0 || len(resp.TransferEncoding) > 0 || resp.ProtoMajor >= 2 || resp.Uncompressed
}

// copyReport ends the last record if the report does not, which RFC 4180 allows,
// and which is only done for a complete body.
func copyReport(into io.Writer, body io.Reader, secrets *refusal.Secrets, host string, whole bool) error {
	sink := &sinkWriter{into: into}
	buffer := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buffer)
	n, err := io.CopyBuffer(sink, io.LimitReader(body, longest+1), buffer[:])
	if n > longest {
		return &run.Failure{
			Class:   run.MalformedReport,
			Message: fmt.Sprintf("The report from %s is longer than %d MiB.", host, longest>>20),
			Remedy:  "Ask for a shorter period, or for counts instead of details; if this customer is not that large, report it to Microsoft.",
		}
	}
	if err == nil && whole && n > 0 && sink.last != '\n' {
		_, err = sink.Write([]byte{'\n'})
	}
	if err == nil || sink.err != nil {
		return sink.err
	}
	return &brokenBody{host, secrets.Clear(err.Error())}
}

// sinkWriter distinguishes the sink's errors from the body's.
type sinkWriter struct {
	into io.Writer
	last byte // written
	err  error
}

func (w *sinkWriter) Write(p []byte) (int, error) {
	n, err := w.into.Write(p)
	w.err = err
	if n > 0 {
		w.last = p[n-1]
	}
	return n, err
}

func fault(message string) *run.Failure {
	return &run.Failure{
		Class: run.ServiceFault, Message: message,
		Remedy: "Rerun later; if that does not help, report it to Microsoft.",
	}
}
