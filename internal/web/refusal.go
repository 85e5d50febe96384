package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"tenantrollup/internal/run"
)

// refusal is an error that is shown to the caller.
type refusal struct {
	status int         // HTTP status
	code   string      // for programs; docs/openapi.yaml lists them
	field  string      // of the request that is wrong, if the reason does not name it
	reason string      // for people: what is wrong, and what is accepted
	runs   []queuedRun // what was requested nevertheless, if anything
}

func (r *refusal) Error() string {
	if r.field == "" {
		return r.reason
	}
	return r.field + ": " + r.reason
}

func badRequest(field, format string, args ...any) *refusal {
	return &refusal{status: http.StatusBadRequest, code: "bad-request", field: field, reason: fmt.Sprintf(format, args...)}
}

func bodyMissing() *refusal {
	return &refusal{
		status: http.StatusBadRequest, code: "body-missing",
		reason: "no body arrived; send {} to rerun every report for today, with a Content-Length",
	}
}

func bodyTooLarge() *refusal {
	return &refusal{
		status: http.StatusRequestEntityTooLarge, code: "body-too-large", field: "body",
		reason: "it has more than 64 KiB; nothing was requested",
	}
}

// RefuseBody answers a request whose body is so large that the request itself
// could not be read.
func RefuseBody(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	told := bodyTooLarge()
	answer(w, told.status, refusalBody{Error: errorBody{told.code, told.Error()}})
}

// asOfNow refuses a date that is past for a report of the present.
func asOfNow(format string, args ...any) *refusal {
	return &refusal{status: http.StatusBadRequest, code: "as-of-now", field: "date", reason: fmt.Sprintf(format, args...)}
}

func notFound(field, reason string) *refusal {
	return &refusal{status: http.StatusNotFound, code: "not-found", field: field, reason: reason}
}

func nothingAt(path string) *refusal {
	return notFound("path", "there is nothing at "+path+
		"; see /api/runs, /api/runs/{report}/{date} and /api/runs/{report}/{date}/{csv|errors}")
}

func notPublished(field, reason string) *refusal {
	return &refusal{status: http.StatusNotFound, code: "not-published", field: field, reason: reason}
}

func methodNotAllowed(allowed string) *refusal {
	return &refusal{status: http.StatusMethodNotAllowed, code: "method-not-allowed", field: "method", reason: "accepted here: " + allowed}
}

// noMatch says that none of the requested customers is without data.
func noMatch(wanted rerunRequest) *refusal {
	if wanted.asked.Class != "" {
		return &refusal{status: http.StatusNotFound, code: "no-match", field: "class", reason: "no customer is without data as " + string(wanted.asked.Class)}
	}
	return &refusal{
		status: http.StatusNotFound, code: "no-match", field: "customers",
		reason: "none of these is a customer without data: " + strings.Join(wanted.asked.Customers, ", ") + "; see the error log",
	}
}

// busy names the runs that could not be queued because a rerun of their failed
// customers is under way.
func busy(requested []queuedRun) *refusal {
	var names []string
	for _, q := range requested {
		if q.Busy {
			names = append(names, q.key().String())
		}
	}
	reason := run.ErrBusy.Error() + " for " + strings.Join(names, ", ") + "; ask again when it is published"
	if len(names) < len(requested) {
		reason += "; the other runs are queued"
	}
	return &refusal{status: http.StatusConflict, code: "busy", field: "scope", reason: reason, runs: requested}
}

func conflict(code, field, reason string) *refusal {
	return &refusal{status: http.StatusConflict, code: code, field: field, reason: reason}
}

// about turns what Runs and Requests say into a refusal of this field, if that is
// the caller's business.
func about(field string, err error) error {
	switch {
	case errors.Is(err, run.ErrNoRun):
		return notFound(field, err.Error())
	case errors.Is(err, run.ErrNotPublished):
		return notPublished(field, err.Error())
	case errors.Is(err, run.ErrNoMatch):
		return &refusal{status: http.StatusNotFound, code: "no-match", field: field, reason: err.Error()}
	case errors.Is(err, run.ErrNotHeld):
		return conflict("not-held", field, err.Error()+"; see its state and its turn")
	case errors.Is(err, run.ErrRowsGone):
		return conflict("rows-gone", field, err.Error()+"; ask with scope all")
	}
	return err
}

// refuse answers with the error if it is a refusal. Any other error is for the
// log, and not for everybody who has a key.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, err error) {
	told, ok := errors.AsType[*refusal](err)
	if !ok {
		a.Log.LogAttrs(r.Context(), slog.LevelError, "request failed", slog.String("path", r.URL.Path), slog.String("error", err.Error()))
		told = &refusal{
			status: http.StatusServiceUnavailable, code: "storage",
			reason: "the runs cannot be read or written at the moment; try again, and check the function's log",
		}
	}
	if prefersPage(r) {
		showRefusal(w, r, told)
		return
	}
	answer(w, told.status, refusalBody{errorBody{told.code, told.Error()}, told.runs})
}

type refusalBody struct {
	Error errorBody   `json:"error"`
	Runs  []queuedRun `json:"runs,omitempty"`
}

type errorBody struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}
