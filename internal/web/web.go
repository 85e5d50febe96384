// Package web is the runs API and its page. It shows how runs went, gives out
// short-lived links to their files, and takes requests for reruns. Every refusal
// names the field that is wrong and what is accepted. No answer and no log line
// contains anything that would let somebody in: not the caller's key, which comes
// as a query parameter, and a link only for the caller who asked for it.
//
// Every answer is JSON, as docs/openapi.yaml describes it and a test verifies; or
// a page with the same status, for a caller who prefers HTML. A page needs no
// script and loads nothing; html/template escapes all text in it. The caller's
// key is only in its links and forms.
package web

import (
	"context"
	"iter"
	"log/slog"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// Runs reads the runs, including those of reports that are no longer in REPORTS.
type Runs interface {
	// Status returns what is known about a run. run.ErrNoRun: there is no such run.
	// A record that cannot be read is not an error, but run.StateUnreadable.
	Status(ctx context.Context, key run.Key) (run.Status, error)
	// List returns the runs of these reports, or of all that have runs if none is
	// named, from one day to another, newest first.
	List(ctx context.Context, reports []string, from, to report.Date) ([]run.Status, error)
	// Reports returns the names of the reports that have runs.
	Reports(ctx context.Context) ([]string, error)
	// Latest returns a report's newest run that has a publication. run.ErrNoRun:
	// the report has no runs; run.ErrNotPublished: none of them was published.
	Latest(ctx context.Context, report string) (run.Key, error)
	// Link returns an address, itself a secret, at which a published file can be
	// read until then. run.ErrNoRun, run.ErrNotPublished: there is no such file.
	Link(ctx context.Context, key run.Key, file run.File, until time.Time) (string, error)
	// ErrorLog yields the lines of a run's published error log.
	ErrorLog(ctx context.Context, key run.Key) iter.Seq2[run.Line, error]
	// Absent returns which of the customers have a line in that log, and under which
	// class. It costs less than reading the log.
	Absent(ctx context.Context, key run.Key, among func(tenantID []byte) bool) (map[string]run.Class, error)
	// LineOf returns a customer's line in that log; ok is false if it has none.
	LineOf(ctx context.Context, key run.Key, tenantID string) (line run.Line, ok bool, err error)
	// Listed yields the customers of a run's list whose line contains the text. The
	// list of a rerun has only those that were asked again.
	Listed(ctx context.Context, key run.Key, containing string) iter.Seq2[run.Customer, error]
}

// Requests takes requests for runs.
type Requests interface {
	// Judge reports whether a request would be accepted, without writing anything.
	// run.ErrNotPublished: there are no failed customers to ask again.
	Judge(ctx context.Context, key run.Key, scope run.Scope) error
	// Request queues a run, or joins the one that is under way. run.ErrBusy: all
	// customers were requested, but it joined a run of the failed ones.
	Request(ctx context.Context, key run.Key, scope run.Scope) error
	// JudgeSome reports whether RequestSome would be accepted, without writing
	// anything, and which of the named customers are without data. run.ErrNoMatch:
	// none of them is.
	JudgeSome(ctx context.Context, key run.Key, asked run.Asked) (named []string, err error)
	// RequestSome queues a rerun of some of the customers without data. run.ErrBusy:
	// it joined a run that asks others.
	RequestSome(ctx context.Context, key run.Key, asked run.Asked) error
	// JudgeAccept reports whether Accept would accept a request, without writing
	// anything. Errors are those of Accept.
	JudgeAccept(ctx context.Context, key run.Key, turn run.Turn) error
	// Accept requests that a held run is published as it is: that of the turn, or
	// whichever is held if the turn is empty. Repeating it is not an error.
	// run.ErrNotHeld: it is not held, or another one is; run.ErrRowsGone: it was
	// held for too long.
	Accept(ctx context.Context, key run.Key, turn run.Turn) error
}

// Report is a report that can be requested.
type Report struct {
	Name string
	// AsOfNow: the report shows the present, whatever its date. So it cannot be run
	// again for a past date.
	AsOfNow bool
	// AnswerableOn returns why Microsoft does not answer today for a run of that
	// date, or nil. The function itself may be nil.
	AnswerableOn func(date report.Date) error
	// OnDemand: it runs only when it is requested by name.
	OnDemand bool
}

// API answers /api/runs and everything below it.
type API struct {
	Reports  []Report
	Runs     Runs
	Requests Requests // nil: only GET is answered
	Today    report.Date
	Log      *slog.Logger
	Login    string // host of the cloud's Entra, where consent is given
}
