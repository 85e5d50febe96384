// Command handler is the custom handler that the Azure Functions host starts:
// it reads the settings, wires the packages together and serves the host until
// it is stopped.
//
//	handler          serve the host (FUNCTIONS_CUSTOMHANDLER_PORT)
//	handler -debug   the same, with progress lines
//	handler check    look at all that can be looked at without asking a customer;
//	                 -json for programs; exit code 1 where something is wrong
//	handler version  print the version and exit
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
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
)

// gcPercent is less than Go's own 100: an instance has 512 MB and time to spare.
const gcPercent = 70

func main() {
	debug.SetGCPercent(gcPercent)
	log.SetOutput(io.Discard) // net/http prints what a server sends unasked, which may be a customer's report
	// A host that stops leaves a busy handler behind with nobody at the other end of
	// its pipes: a line that can't be written must not end it before it has saved.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := start(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "handler:", err)
		os.Exit(1)
	}
}

// grace is how long running invocations may take to save what they reached
// once the process is told to stop.
const grace = 25 * time.Second

// start serves until ctx is done. It returns nil only where there was nothing to
// serve: the host does not restart a handler that exits with 0.
func start(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("handler", flag.ContinueOnError)
	flags.SetOutput(stderr)
	verbose := flags.Bool("debug", false, "print progress lines")
	if err := flags.Parse(args); err != nil {
		return err
	}
	secrets := new(refusal.Secrets)
	clearSDK(getenv, stderr, secrets)
	switch flags.Arg(0) {
	case "":
	case "check":
		return check(ctx, flags.Args()[1:], getenv, stdout, secrets)
	case "reports":
		return writeOffers(stdout)
	case "permissions":
		return permissions(flags.Args()[1:], getenv, stdout)
	case "version":
		fmt.Fprintln(stdout, version())
		return nil
	default:
		return fmt.Errorf("unknown command %q; accepted: check, reports, permissions, version, or nothing to serve the Functions host", flags.Arg(0))
	}
	level := slog.LevelInfo
	if *verbose {
		level = slog.LevelDebug
	}
	log := customhandler.NewLogger(stdout, stderr, level)
	port := getenv("FUNCTIONS_CUSTOMHANDLER_PORT")
	if port == "" {
		return errors.New("FUNCTIONS_CUSTOMHANDLER_PORT is not set; the Functions host sets it, so start the app with func start or make dev")
	}
	return customhandler.Serve(ctx, net.JoinHostPort("127.0.0.1", port), customhandler.New(log, functions(getenv, log, secrets)), grace, log)
}

// functions wires the four functions. Where the settings don't allow that, all
// of them answer with what is wrong: a process that ended instead would be
// started again and again, and in the end take the host down with it.
func functions(getenv func(string) string, log *slog.Logger, secrets *refusal.Secrets) map[string]customhandler.Func {
	app, err := wire(getenv, secrets)
	if err != nil {
		log.Error("the settings are wrong", slog.String("error", err.Error()))
		refuse := func(context.Context, *customhandler.Invocation) (customhandler.Result, error) {
			return customhandler.Result{}, err
		}
		return map[string]customhandler.Func{"nightly": refuse, "rollup": refuse, "rerun": refuse, "runs": refuse}
	}
	for _, warning := range app.config.Warnings {
		log.Warn("a setting is passed over", slog.String("warning", warning))
	}
	for _, r := range app.config.Reports {
		for _, note := range r.Call.Notes() {
			log.Info(note, slog.String("report", r.Name))
		}
	}
	return map[string]customhandler.Func{"nightly": app.nightly, "rollup": app.rollup, "rerun": app.rerun, "runs": app.runs}
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return info.Main.Version
}
