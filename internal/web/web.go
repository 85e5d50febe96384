// Package web is the runs API and its page: it takes requests for reruns, tells
// how runs went, and gives out short-lived links to their files. Every refusal
// names the field that is wrong and what is accepted. Nothing is answered or
// logged that would let somebody in: not the caller's key, which comes as a query
// parameter, nor a link but to whoever asked for it.
//
// Every answer is JSON, which docs/openapi.yaml describes, and a test holds the
// two together; or a page, for who would rather read HTML, with the same status.
// A page needs no script, and loads nothing: what it holds is text escaped by
// html/template. The caller's key stands in its links and forms alone.
package web

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// Runs knows the runs that there are, also those of reports that are made no
// longer.
type Runs interface {
	// Record tells what is known of a run; run.ErrNoRun where nothing is. A run
	// that can't be read has no State, and its Reason says why.
	Record(ctx context.Context, key run.Key) (run.Record, error)
	// List tells the same of the runs of a report, or of all where it is empty,
	// from one day to another, newest first.
	List(ctx context.Context, report string, from, to report.Date) ([]run.Record, error)
	// Latest is the newest run of a report that has a publication. run.ErrNoRun:
	// the report has no runs; run.ErrNotPublished: none was published.
	Latest(ctx context.Context, report string) (run.Key, error)
	// Link is an address, itself a secret, at which a published file may be read
	// until then. run.ErrNoRun, run.ErrNotPublished: there is no such file.
	Link(ctx context.Context, key run.Key, file run.File, until time.Time) (string, error)
	// ErrorLog yields the lines of a published run's error log.
	ErrorLog(ctx context.Context, key run.Key) iter.Seq2[run.Line, error]
}

// Requests takes requests for runs.
type Requests interface {
	// Judge tells whether a request would be taken, without writing anything.
	// run.ErrNotPublished: there are no failed customers to ask again.
	Judge(ctx context.Context, key run.Key, scope run.Scope) error
	// Request queues a run, or joins the one under way. run.ErrBusy: it joined
	// one that asks the failed customers, though all were asked for.
	Request(ctx context.Context, key run.Key, scope run.Scope) error
}

// Report is a report that may be asked for.
type Report struct {
	Name string
	// AsOfNow says that the report tells the present whatever date it is asked
	// for, so that a past date can't be made again.
	AsOfNow bool
	// AnswerableOn returns why Microsoft has no answer, today, for a run of that
	// date, or nil. It may be left out.
	AnswerableOn func(date report.Date) error
	// OnDemand says that it is made only where it is asked for by name.
	OnDemand bool
}

// API answers /api/runs and what is below it.
type API struct {
	Reports  []Report
	Runs     Runs
	Requests Requests
	// Today is the current date, YYYY-MM-DD in UTC.
	Today string
	Log   *slog.Logger
}

const root = "/api/runs"

// ServeHTTP implements http.Handler. It routes by itself: http.ServeMux would
// answer a path that is not clean with a redirect to another one.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Vary", "Accept")
	rest, ours := strings.CutPrefix(r.URL.EscapedPath(), root)
	if !ours || rest != "" && rest[0] != '/' {
		a.nothing(w, r)
		return
	}
	segments, err := split(strings.TrimPrefix(rest, "/"))
	if err != nil {
		refuse(w, r, http.StatusBadRequest, "bad-request", "path: it is not percent-encoded as it should be")
		return
	}
	switch n := len(segments); {
	case n == 1 || n > 3:
		a.nothing(w, r)
	case n == 0 && r.Method == http.MethodPost && a.Requests != nil:
		a.rerun(w, r)
	case r.Method != http.MethodGet:
		allowed := http.MethodGet
		if n == 0 && a.Requests != nil {
			allowed += ", " + http.MethodPost
		}
		w.Header().Set("Allow", allowed)
		refuse(w, r, http.StatusMethodNotAllowed, "method-not-allowed", "method: accepted here: "+allowed)
	case n == 0:
		a.list(w, r)
	case n == 2:
		a.show(w, r, segments[0], segments[1])
	default:
		a.download(w, r, segments[0], segments[1], segments[2])
	}
}

func split(path string) ([]string, error) {
	if path == "" {
		return nil, nil
	}
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		var err error
		if segments[i], err = url.PathUnescape(segment); err != nil {
			return nil, err
		}
	}
	return segments, nil
}

func (a *API) nothing(w http.ResponseWriter, r *http.Request) {
	refuse(w, r, http.StatusNotFound, "not-found", "path: there is nothing at "+r.URL.Path+
		"; see /api/runs, /api/runs/{report}/{date} and /api/runs/{report}/{date}/{csv|errors}")
}

// fault answers what the runs said of this field of the request. What failed
// inside is for the log, not for whoever holds a key.
func (a *API) fault(w http.ResponseWriter, r *http.Request, field string, err error) {
	switch {
	case errors.Is(err, run.ErrNoRun):
		refuse(w, r, http.StatusNotFound, "not-found", field+": "+err.Error())
	case errors.Is(err, run.ErrNotPublished):
		refuse(w, r, http.StatusNotFound, "not-published", field+": "+err.Error())
	default:
		a.Log.LogAttrs(r.Context(), slog.LevelError, "request failed", slog.String("path", r.URL.Path), slog.String("error", err.Error()))
		refuse(w, r, http.StatusServiceUnavailable, "storage", "the runs can't be read or written at the moment; try again, and see the function's log")
	}
}

func answer(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		panic(err) // only our own types come here
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}

type refusal struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

func refused(code, message string) refusal {
	var body refusal
	body.Error.Code, body.Error.Message = code, message
	return body
}

func refuse(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	if prefersPage(r) {
		show(w, r, status, refusedPage, refused(code, message))
		return
	}
	answer(w, status, refused(code, message))
}
