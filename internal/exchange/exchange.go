// Package exchange runs one Exchange Online cmdlet in one customer's tenant, over
// the REST endpoint that Microsoft's own module ExchangeOnlineManagement uses, and
// makes a CSV of the records in its answers.
//
// It promises that the columns and values are those of package records, and that
// each record is written as it arrives, so that no page is held in memory. No token
// leaves Exchange's own domain, and an endless answer is cut off.
package exchange

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/records"
	"tenantrollup/internal/refusal"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

const (
	// pageSize is the largest that Exchange allows.
	pageSize = "1000"
	// anchor is the arbitration mailbox that every tenant has: calls of an app, or of
	// another tenant's user, are routed by it.
	anchor = "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@"
)

// Fetcher runs cmdlets. It is safe for concurrent use.
type Fetcher struct {
	exchange *msapi.Client
	log      *slog.Logger
}

// New returns a Fetcher over a client of Exchange's host. Exchange's warnings go to
// log, which may be nil.
func New(exchange *msapi.Client, log *slog.Logger) *Fetcher {
	return &Fetcher{exchange: exchange, log: cmp.Or(log, slog.New(slog.DiscardHandler))}
}

// Fetch writes the records of the call's cmdlet into the sink. No record at all is
// a *run.Failure of class NoData. If an answer may be incomplete, the sink gets the
// warning run.WarnTruncated. Other errors are a *run.Failure, the sink's own, or
// that of a ctx that ended; what the sink holds then is of no use.
func (f *Fetcher) Fetch(ctx context.Context, c run.Customer, call report.Call, date report.Date, into run.Sink) error {
	name, parameters := call.Cmdlet(date)
	g := gathering{Fetcher: f, customer: c, ask: askAll(name, parameters), into: into}
	var table *records.Table
	err := msapi.ReadWhole(func() error {
		if table != nil {
			into.Reset()
		}
		table = records.NewTable(into, records.Options{Columns: call.Selected()})
		return g.fill(ctx, table)
	})
	if unfit, ok := errors.AsType[records.Unfit](err); ok {
		return unusable(call, unfit)
	}
	if err != nil {
		return err
	}
	if table.Rows() == 0 {
		return run.NoReport(c)
	}
	into.Columns(table.Columns())
	return nil
}

func unusable(call report.Call, unfit records.Unfit) *run.Failure {
	f := refusal.NotAReport("Exchange", unfit.Problem)
	if unfit.Wide {
		f.Remedy = call.HowToNarrow()
	}
	return f
}

// probe answers with one small record in every tenant, and every role that may
// read the reports of a tenant, such as Global Reader, may read it too. The
// reports themselves take seconds.
const probe = "Get-OrganizationConfig"

// Probe asks the customer's Exchange for as little as possible: a nil error says
// that the app is let in. Any other is a *run.Failure, or that of a ctx that ended.
func (f *Fetcher) Probe(ctx context.Context, c run.Customer) error {
	cmdlet, err := newCmdlet(probe, nil)
	if err != nil {
		return err
	}
	return f.pages(ctx, c, cmdlet, (*jsontext.Decoder).SkipValue, func(page) bool { return false })
}

func path(c run.Customer) string { return "/adminapi/beta/" + c.TenantID + "/InvokeCommand" }

// cmdlet is one as it is sent.
type cmdlet struct {
	name string
	body []byte
}

func newCmdlet(name string, parameters map[string]any) (cmdlet, error) {
	type input struct {
		CmdletName string
		Parameters map[string]any
	}
	if parameters == nil {
		parameters = map[string]any{}
	}
	body, err := json.Marshal(struct{ CmdletInput input }{input{name, parameters}})
	if err != nil {
		return cmdlet{}, fmt.Errorf("parameters of %s: %w", name, err)
	}
	return cmdlet{name, body}, nil
}

func (cm cmdlet) header(c run.Customer) http.Header {
	h := http.Header{}
	h.Set("Accept", "application/json")
	h.Set("Prefer", "odata.maxpagesize="+pageSize)
	h.Set("X-AnchorMailbox", anchor+anchored(c))
	h.Set("X-CmdletName", cm.name)
	h.Set("X-ResponseFormat", "json")
	h.Set("client-request-id", newID())
	return h
}

// anchored is how the anchor names the tenant: by its initial domain if that is
// known, because some tenants refuse next links without it.
func anchored(c run.Customer) string {
	name, suffix, _ := strings.Cut(strings.ToLower(c.Domain), ".")
	switch suffix {
	case "onmicrosoft.com", "onmicrosoft.us", "partner.onmschina.cn":
		return name + "." + suffix
	}
	return c.TenantID
}

// newID returns a random GUID.
func newID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
