// Package web is the runs API: it takes requests for reruns and tells how runs
// went. Every answer is JSON, and every refusal names the field that is wrong
// and what is accepted.
package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"tenantrollup/internal/run"
)

// Runs knows the runs that there are.
type Runs interface {
	// Record tells what is known of a run; run.ErrNoRun where nothing is.
	Record(ctx context.Context, key run.Key) (run.Record, error)
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

// ServeHTTP implements http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/runs", a.rerun)
	mux.HandleFunc("GET /api/runs/{report}/{date}", a.show)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotFound, "not-found", "there is nothing at "+r.URL.Path+"; see POST /api/runs and GET /api/runs/{report}/{date}")
	})
	mux.ServeHTTP(w, r)
}

func (a *API) show(w http.ResponseWriter, r *http.Request) {
	key, err := run.ParseKey(r.PathValue("report"), r.PathValue("date"))
	if err != nil {
		refuse(w, http.StatusBadRequest, "bad-request", err.Error())
		return
	}
	record, err := a.Runs.Record(r.Context(), key)
	if err != nil {
		a.fault(w, r, err)
		return
	}
	answer(w, http.StatusOK, record)
}

// fault answers what the runs said. What failed inside is for the log, not for
// whoever holds a key.
func (a *API) fault(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, run.ErrNoRun):
		refuse(w, http.StatusNotFound, "not-found", err.Error())
	case errors.Is(err, run.ErrNotPublished):
		refuse(w, http.StatusNotFound, "not-published", "scope: "+err.Error()+"; ask with scope all")
	case errors.Is(err, run.ErrBusy):
		refuse(w, http.StatusConflict, "busy", "scope: "+err.Error()+"; ask again when it is published")
	default:
		a.Log.LogAttrs(r.Context(), slog.LevelError, "request failed", slog.String("path", r.URL.Path), slog.String("error", err.Error()))
		refuse(w, http.StatusServiceUnavailable, "storage", "the runs can't be read or written at the moment; try again, and see the function's log")
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

func refuse(w http.ResponseWriter, status int, code, message string) {
	var body refusal
	body.Error.Code, body.Error.Message = code, message
	answer(w, status, body)
}
