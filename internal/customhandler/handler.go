package customhandler

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
)

// maxBody bounds an invocation's body, in bytes. A queue message has at most 64
// KiB; anything much larger is an HTTP request that is not meant for us.
const maxBody = 4 << 20

// Func is the work of one function. An error fails the invocation and drops the
// Result; its text is logged and returned, so it must not contain a secret. What an
// HTTP caller did wrong is a Response, not an error. The context ends when the host
// hangs up or the process is asked to stop; the host's own timeout doesn't end it
// but kills the process.
type Func func(ctx context.Context, inv *Invocation) (Result, error)

// New returns the handler that answers the host for the functions, which are keyed
// by the names of their function.json folders. Paths are compared exactly and never
// redirected: the host would follow the redirect and ask again with GET.
func New(log *slog.Logger, functions map[string]Func) http.Handler {
	return &handler{log: log, functions: functions}
}

type handler struct {
	log       *slog.Logger
	functions map[string]Func
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/" && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		// The host asks this every 25 ms until it gets an answer.
		h.answer(w, h.log, http.StatusOK, []byte("{}"))
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	log := h.log.With("invocation", r.Header.Get("X-Azure-Functions-InvocationId"), "function", name)
	run, ok := h.functions[name]
	switch {
	case !ok:
		known := strings.Join(slices.Sorted(maps.Keys(h.functions)), ", ")
		h.refuse(w, log, http.StatusNotFound, fmt.Errorf("no function at %q: there are %s", r.URL.Path, known))
		return
	case r.Method != http.MethodPost:
		h.refuse(w, log, http.StatusMethodNotAllowed, fmt.Errorf("function %s is invoked by POST, not by %s", name, r.Method))
		return
	}

	inv, err := read(name, r.Body)
	if err != nil {
		h.refuse(w, log, http.StatusBadRequest, fmt.Errorf("read the invocation of %s: %w", name, err))
		return
	}
	inv.Log = log

	answer, err := invoke(r.Context(), run, inv)
	if err != nil {
		h.refuse(w, log, http.StatusInternalServerError, err)
		return
	}
	h.answer(w, log, http.StatusOK, answer)
}

// read reads an invocation. One that is too large is read to its end and thrown
// away, because the host accepts no answer earlier.
func read(function string, from io.Reader) (*Invocation, error) {
	body, err := io.ReadAll(io.LimitReader(from, maxBody+1))
	if err != nil {
		return nil, err
	}
	if len(body) <= maxBody {
		return decode(function, body)
	}
	if _, err := io.Copy(io.Discard, from); err != nil {
		return nil, err
	}
	return &Invocation{Function: function, tooLarge: true}, nil
}

// invoke runs the function and encodes its answer; a panic becomes an error with
// its stack.
func invoke(ctx context.Context, run Func, inv *Invocation) (answer []byte, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicError{function: inv.Function, value: value, stack: debug.Stack()}
		}
	}()
	result, err := run(ctx, inv)
	if err != nil {
		return nil, err
	}
	return result.encode(inv.Function)
}

// panicError is a panic of a function, as an error.
type panicError struct {
	function string
	value    any
	stack    []byte
}

func (e *panicError) Error() string {
	return fmt.Sprintf("function %s panicked: %v", e.function, e.value)
}

// refuse logs a failure and answers it. The log line is the only place where its
// reason survives: the host discards the body of anything that is not 2xx.
func (h *handler) refuse(w http.ResponseWriter, log *slog.Logger, status int, err error) {
	attrs := []any{"status", status, "error", err.Error()}
	if p, ok := errors.AsType[*panicError](err); ok {
		attrs = append(attrs, "stack", string(p.stack))
	}
	log.Error("invocation failed", attrs...)
	body, _ := json.Marshal(map[string]string{"error": err.Error()}) // strings always encode
	h.answer(w, log, status, body)
}

func (h *handler) answer(w http.ResponseWriter, log *slog.Logger, status int, body []byte) {
	// Go would sniff JSON as text/plain, and the host fails on that.
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		log.Warn("answer did not reach the host", "error", err.Error())
	}
}
