// Command handler is the custom handler that the Azure Functions host starts:
// it reads the settings, wires the packages together and serves the host until
// it is stopped. Its other commands are in commands.go; handler help lists them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"tenantrollup/internal/customhandler"
	"tenantrollup/internal/refusal"
	"tenantrollup/internal/web"
)

// gcPercent is less than Go's own 100: an instance has 512 MB and time to spare.
const gcPercent = 60

func main() {
	debug.SetGCPercent(gcPercent)
	log.SetOutput(io.Discard) // net/http prints what a server sends unsolicited, which may be a customer's report
	// A host that stops leaves a busy handler behind, and nobody reads its pipes: a
	// line that can't be written must not end it before it has saved.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := start(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	if code, told := errors.AsType[exitCode](err); told {
		os.Exit(int(code))
	}
	if _, logged := errors.AsType[loggedError](err); err != nil && !logged && !nobodyReads(err) {
		fmt.Fprintln(os.Stderr, "handler:", err)
	}
	if err != nil {
		os.Exit(1)
	}
}

// loggedError is an error that is already in the log.
type loggedError struct{ error }

// nobodyReads reports whether stdout was closed at its other end, as handler reports | head
// does.
func nobodyReads(err error) bool {
	write, ok := errors.AsType[*fs.PathError](err)
	return ok && write.Path == os.Stdout.Name() && errors.Is(write.Err, syscall.EPIPE)
}

// grace is how long running invocations may take to save their progress once the
// process is told to stop.
const grace = 25 * time.Second

// serve serves the Functions host until ctx is done. It never returns nil: the
// host does not restart a handler that exits with 0.
func serve(ctx context.Context, verbose bool, c console) error {
	level := slog.LevelInfo
	if verbose {
		level = slog.LevelDebug
	}
	log := customhandler.NewLogger(c.stdout, c.stderr, level)
	logSDK(c.getenv, log, c.secrets)
	port := c.getenv("FUNCTIONS_CUSTOMHANDLER_PORT")
	if port == "" {
		return errors.New("FUNCTIONS_CUSTOMHANDLER_PORT is not set: the Functions host sets it. Start the app with func start or make dev; " +
			"handler help lists what the handler does without a host")
	}
	err := customhandler.Serve(ctx, net.JoinHostPort("127.0.0.1", port), customhandler.New(log, functions(c.getenv, log, c.secrets)), grace, log)
	if errors.Is(err, customhandler.ErrStopped) {
		log.Info("stopped", slog.String("cause", err.Error()))
	} else {
		log.Error("the Functions host can't be served", slog.String("error", err.Error()))
	}
	return loggedError{err}
}

// functions wires the four functions. If the settings don't allow that, all of them
// answer with what is wrong: a process that ended instead would be started again
// and again, and finally take the host down with it. To the host, those that a
// person calls succeed, because it would not pass on anything about a failure.
func functions(getenv func(string) string, log *slog.Logger, secrets *refusal.Secrets) map[string]customhandler.Func {
	app, err := wire(getenv, secrets)
	if err != nil {
		log.Error("the settings are wrong", slog.String("error", err.Error()))
		refuse := func(context.Context, *customhandler.Invocation) (customhandler.Result, error) {
			return customhandler.Result{}, err
		}
		tell := func(ctx context.Context, inv *customhandler.Invocation) (customhandler.Result, error) {
			return answerHTTP(ctx, inv, web.WrongSettings(err.Error()))
		}
		return map[string]customhandler.Func{"nightly": refuse, "rollup": refuse, "rerun": tell, "runs": tell}
	}
	for _, warning := range app.config.Warnings {
		log.Warn("a setting is ignored", slog.String("warning", warning))
	}
	for _, r := range app.config.Reports {
		for _, note := range r.Call.Notes() {
			log.Info(note, slog.String("report", r.Name))
		}
	}
	return map[string]customhandler.Func{"nightly": app.nightly, "rollup": app.rollup, "rerun": app.rerun, "runs": app.runs}
}
