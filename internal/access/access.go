// Package access makes our own report: one row for each customer with what it lets
// the app do today and, if it refuses something, what to ask it for.
//
// It promises that each service in use is asked once, with the cheapest call that
// it refuses for the same reasons as the reports, and that no report is downloaded;
// that what the reports need and the customer has not granted is read from the
// tokens, and costs no call; and that a refusal is a row, with the class and the
// remedy that a night's error log would show. Only what may pass when asked again,
// and the partner's own trouble, are errors.
package access

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// cheapest is the usage report that has least to count. Graph answers with the
// address of a file, which is not fetched.
const cheapest = "/v1.0/reports/getMailboxUsageMailboxCounts(period='D7')"

const settingsPath = "/v1.0/admin/reportSettings"

// ok is the value for a service that lets us in.
const ok = "ok"

// Options says what is asked.
type Options struct {
	Tokens msapi.TokenSource
	Scope  string // of the token that the sign-in is tried with: Graph's
	Graph  *msapi.Client
	// UsageReports says that Graph's usage reports are in use, so that they are
	// asked for.
	UsageReports bool
	// Needs is what the reports in use need of a customer.
	Needs []report.Need
	// ExchangeScope is the scope of the token that cmdlets are run with; empty if
	// no cmdlet is in use.
	ExchangeScope string
	// Exchange asks a customer's Exchange for as little as possible; nil if no
	// cmdlet is in use. Its errors are *run.Failure, or that of a ctx that ended.
	Exchange func(context.Context, run.Customer) error
}

// Fetcher asks customers. It is safe for concurrent use.
type Fetcher struct{ o Options }

// New returns a Fetcher.
func New(o Options) *Fetcher { return &Fetcher{o} }

// Fetch writes the header, which is the call's columns, and the customer's row
// into the sink. An error is a *run.Failure that is transient or the partner's
// own, the sink's, or that of a ctx that ended.
func (f *Fetcher) Fetch(ctx context.Context, c run.Customer, call report.Call, _ report.Date, into run.Sink) error {
	r, err := f.ask(ctx, c)
	if err != nil {
		return err
	}
	w := csv.NewWriter(into)
	w.UseCRLF = true
	if err := w.WriteAll([][]string{call.Columns(), r.record()}); err != nil {
		return fmt.Errorf("write the row of %s: %w", c.TenantID, err)
	}
	return nil
}

// ask tries one service after another. A customer that can't be signed in to is
// asked nothing more.
func (f *Fetcher) ask(ctx context.Context, c run.Customer) (row, error) {
	r := row{relationshipEnds: string(c.Ends)}
	token, err := f.o.Tokens.Token(ctx, c.TenantID, f.o.Scope)
	if r.signIn, err = f.settle(&r, c, err); err != nil || r.signIn != ok {
		return r, err
	}
	f.note(&r, token, report.GraphAPI)
	if f.o.UsageReports {
		if r.graphReports, err = f.settle(&r, c, f.askReport(ctx, c)); err != nil {
			return r, err
		}
		if r.namesConcealed, err = f.namesConcealed(ctx, c); err != nil {
			return r, err
		}
	}
	if f.o.Exchange != nil {
		if r.exchange, err = f.settle(&r, c, f.askExchange(ctx, c, &r)); err != nil {
			return r, err
		}
	}
	if r.lacking && r.class == "" {
		r.consentAddress = f.o.Tokens.ConsentURL(c.TenantID)
		r.class, r.whatToDo = run.ConsentMissing, fmt.Sprintf("Have an administrator of the customer open %s and accept. "+
			"If the registration does not declare what is missing, declare it first: handler permissions prints the commands.", r.consentAddress)
	}
	return r, nil
}

// note adds to the row what a service's token lacks.
func (f *Fetcher) note(r *row, token string, api report.API) {
	names, used := f.missing(token, api)
	r.missing, r.lacking = append(r.missing, names...), r.lacking || used
}

func (f *Fetcher) askExchange(ctx context.Context, c run.Customer, r *row) error {
	if f.o.ExchangeScope != "" {
		token, err := f.o.Tokens.Token(ctx, c.TenantID, f.o.ExchangeScope)
		if err != nil {
			return err
		}
		f.note(r, token, report.ExchangeAPI)
	}
	return f.o.Exchange(ctx, c)
}

// settle says what an answer means, in the words of the row. The first refusal is
// the one to fix first: its remedy is in the row.
func (f *Fetcher) settle(r *row, c run.Customer, err error) (string, error) {
	if err == nil {
		return ok, nil
	}
	failure, refused := errors.AsType[*run.Failure](err)
	if !refused || failure.Transient || failure.Class == run.PartnerCredential {
		return "", err
	}
	if r.class == "" {
		r.class, r.whatToDo = failure.Class, failure.Remedy
	}
	if r.class == run.ConsentMissing {
		r.consentAddress = f.o.Tokens.ConsentURL(c.TenantID)
	}
	return string(failure.Class), nil
}

func (f *Fetcher) askReport(ctx context.Context, c run.Customer) error {
	resp, err := f.o.Graph.Get(ctx, c.TenantID, cheapest)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusFound && resp.StatusCode != http.StatusOK {
		return &run.Failure{
			Class: run.ServiceFault, Message: fmt.Sprintf("Graph answered %d instead of a report.", resp.StatusCode),
			Remedy: "Rerun later; if that does not help, report it to Microsoft.",
		}
	}
	return nil
}

// namesConcealed reads whether the customer's reports conceal names: "yes" or "no",
// or nothing if the app can't tell. Its permission is optional, so a refusal
// doesn't count.
//
// Graph's reference shows the setting under value, its schema at the top:
// https://learn.microsoft.com/graph/api/adminreportsettings-get
func (f *Fetcher) namesConcealed(ctx context.Context, c run.Customer) (string, error) {
	type settings struct {
		Concealed *bool `json:"displayConcealedNames"`
	}
	var answer struct {
		settings
		Value settings `json:"value"`
	}
	err := f.o.Graph.GetJSON(ctx, c.TenantID, settingsPath, &answer)
	if _, refused := errors.AsType[*run.Failure](err); err != nil && !refused {
		return "", err
	}
	concealed := answer.Concealed
	if concealed == nil {
		concealed = answer.Value.Concealed
	}
	switch {
	case concealed == nil:
		return "", nil
	case *concealed:
		return "yes", nil
	}
	return "no", nil
}

// row is what a customer lets us do.
type row struct {
	class                          run.Class
	whatToDo, consentAddress       string
	signIn, graphReports, exchange string // ok, a class, or nothing if not asked
	missing                        []string
	lacking                        bool // something missing that a report needs
	namesConcealed                 string
	relationshipEnds               string
}

// record returns the fields in the order of the report's columns.
func (r row) record() []string {
	return []string{
		string(r.class), r.whatToDo, r.consentAddress, r.signIn, r.graphReports, r.exchange,
		strings.Join(r.missing, ", "), r.namesConcealed, r.relationshipEnds,
	}
}
