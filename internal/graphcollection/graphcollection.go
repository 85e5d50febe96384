// Package graphcollection makes a CSV of a read-only collection of Graph in one
// customer's tenant: of users, say, or of licences.
//
// It promises that the columns and values are those of package records, with
// objects spread; that each record is written as it arrives, so that no page is
// held in memory; that every page is requested from Graph's own host below /v1.0,
// with the header of the first one; and that the list is read to its end or not at
// all.
package graphcollection

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/records"
	"tenantrollup/internal/refusal"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// Fetcher fetches collections. It is safe for concurrent use.
type Fetcher struct{ graph *msapi.Client }

// New returns a Fetcher over a client of Graph's host.
func New(graph *msapi.Client) *Fetcher { return &Fetcher{graph} }

// Fetch writes the collection's records into the sink. No record at all is a
// *run.Failure of class NoData. Other errors are a *run.Failure, the sink's own, or
// that of a ctx that ended; what the sink holds then is of no use.
func (f *Fetcher) Fetch(ctx context.Context, c run.Customer, call report.Call, date report.Date, into run.Sink) error {
	err := f.fetch(ctx, c, call, date, into)
	if unfit, ok := errors.AsType[records.Unfit](err); ok {
		return unusable(call, unfit)
	}
	return err
}

func (f *Fetcher) fetch(ctx context.Context, c run.Customer, call report.Call, date report.Date, into run.Sink) error {
	options, err := f.options(ctx, c, call)
	if err != nil {
		return err
	}
	first := call.Path(date, report.DateOf(time.Now()))
	list := listing{Fetcher: f, tenantID: c.TenantID, first: version + first, firstOnly: call.First(), pace: paceOf(first), header: header(call)}
	var table *records.Table
	err = list.whole(ctx, func() taker {
		if table != nil {
			into.Reset()
		}
		table = records.NewTable(into, options)
		return table
	})
	if err != nil {
		return err
	}
	if table.Rows() == 0 {
		return run.NoReport(c)
	}
	into.Columns(table.Columns())
	return nil
}

var plainHeader = http.Header{"Accept": {"application/json"}}

func header(call report.Call) http.Header {
	if !call.Eventual() {
		return plainHeader
	}
	h := plainHeader.Clone()
	h.Set("ConsistencyLevel", "eventual")
	return h
}

// options are those of the table: what is selected, and what is also expanded.
func (f *Fetcher) options(ctx context.Context, c run.Customer, call report.Call) (records.Options, error) {
	o := records.Options{Spread: true, Columns: columns(call.Selected())}
	if o.Columns != nil {
		o.Columns = append(o.Columns, call.Expanded()...)
	}
	var err error
	o.Beside, err = f.beside(ctx, c, call.Resource(), o.Columns)
	return o, err
}

// signInActivity is what Graph leaves out of users who have never signed in. Its
// members (https://learn.microsoft.com/graph/api/resources/signinactivity) are
// columns in any case: else a customer that has such users alone would have an empty
// column of that name, beside those of all other customers.
const signInActivity = "signInActivity"

var ofSignInActivity = []string{
	"lastSignInDateTime", "lastSignInRequestId", "lastNonInteractiveSignInDateTime", "lastNonInteractiveSignInRequestId",
	"lastSuccessfulSignInDateTime", "lastSuccessfulSignInRequestId",
}

func columns(selected []string) (all []string) {
	for _, name := range selected {
		if strings.EqualFold(name, signInActivity) {
			for _, member := range ofSignInActivity {
				all = append(all, name+"/"+member)
			}
		}
		all = append(all, name)
	}
	return all
}

func unusable(call report.Call, unfit records.Unfit) *run.Failure {
	f := refusal.NotAReport("Graph", unfit.Problem)
	if unfit.Wide {
		f.Remedy = call.HowToNarrow()
	}
	return f
}
