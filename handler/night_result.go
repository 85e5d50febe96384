package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"tenantrollup/internal/run"
)

// The exit codes of handler night.
const (
	notPublished = 1 // a run is not published
	someFailed   = 2 // all are published, but customers failed
)

// exitCode is an error that has already been printed.
type exitCode int

// Error implements error.
func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// result is the outcome of a run.
type result struct {
	run.Status
	Files *files `json:"files,omitempty"` // nil if nothing was ever published
	Error string `json:"error,omitempty"`

	key    run.Key
	begun  time.Time // when this process began to work on it
	again  wish      // arguments that request the run again
	folder string    // empty: the files are in storage
	err    error
}

// files are where a publication is: paths, or names of blobs.
type files struct {
	CSV      string `json:"csv"`
	ErrorLog string `json:"errorLog"`
}

func (r result) published() bool { return r.err == nil && r.State == run.StatePublished }

// before reports whether the run was published already, so that nobody was asked. The
// record has whole seconds.
func (r result) before() bool {
	return r.published() && r.Finished.Before(r.begun.Truncate(time.Second))
}

func (r result) files() *files {
	if !r.HasFiles() {
		return nil
	}
	stem := filepath.Join(r.folder, r.key.Report, string(r.key.Date), r.key.Report+"_"+string(r.key.Date))
	return &files{stem + ".csv", stem + ".errors.log"}
}

// verdict is the exit code that follows from the results.
func verdict(results []result) error {
	if slices.ContainsFunc(results, func(r result) bool { return !r.published() }) {
		return exitCode(notPublished)
	}
	if slices.ContainsFunc(results, func(r result) bool { return r.Failed > 0 }) {
		return exitCode(someFailed)
	}
	return nil
}

// tell prints the results for people, or for programs.
func tell(out io.Writer, results []result, asJSON bool) error {
	if asJSON {
		for i, r := range results {
			results[i].Files = r.files()
			if r.err != nil {
				results[i].Error = r.err.Error()
			}
		}
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(map[string][]result{"runs": results})
	}
	for _, r := range results {
		if _, err := io.WriteString(out, r.text()); err != nil {
			return err
		}
	}
	return nil
}

func (r result) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s ", r.key.Report, r.key.Date)
	switch {
	case r.published():
		fmt.Fprintf(&b, "is published: %s = %d with data + %d no data + %d failed + %d excluded; %d rows.\n",
			run.Customers(r.Customers), r.WithData, r.NoData, r.Failed, r.Excluded, r.Rows)
	case r.State == run.StateHeld || r.State == run.StateStopped:
		fmt.Fprintf(&b, "is %s: %s\n", r.State, r.Reason)
	case errors.Is(r.err, context.Canceled):
		b.WriteString("is not published: it was interrupted.\n")
	case r.err != nil:
		fmt.Fprintf(&b, "is not published: %v\n", r.err)
	default:
		b.WriteString("is not published: another process is working on it.\n")
	}
	if files := r.files(); files != nil {
		if !r.published() {
			b.WriteString("  What was published before stays:\n")
		}
		fmt.Fprintf(&b, "  %s\n  %s\n", files.CSV, files.ErrorLog)
	}
	for _, class := range slices.Sorted(maps.Keys(r.Classes)) {
		fmt.Fprintf(&b, "  %s: %d\n", class, r.Classes[class])
	}
	for _, class := range slices.Sorted(maps.Keys(r.Warnings)) {
		fmt.Fprintf(&b, "  %s: %d\n", class, r.Warnings[class])
	}
	again, accepted := r.again, r.again
	accepted.accept = true
	if r.before() {
		again.scope = run.ScopeAll
		b.WriteString("  It was published before, so nobody was asked. To rerun all customers: " + again.command() + "\n")
	}
	switch {
	case r.published() && r.Failed > 0:
		again.scope = run.ScopeFailed
		b.WriteString("  The error log says what each customer without data needs. After that: " + again.command() + "\n")
	case r.State == run.StateHeld:
		again.scope = run.ScopeAll
		b.WriteString("  To publish it as it is: " + accepted.command() + "\n  To rerun all customers: " + again.command() + "\n")
	}
	return b.String()
}

// command is what to type for this wish.
func (w wish) command() string {
	words := []string{"handler night"}
	for _, name := range w.reports {
		words = append(words, "-report", quoted(name))
	}
	if w.date != "" {
		words = append(words, "-date", string(w.date))
	}
	if w.scope != "" {
		words = append(words, "-scope", string(w.scope))
	}
	if w.accept {
		words = append(words, "-accept")
	}
	if w.out != "" {
		words = append(words, "-out", quoted(w.out))
	}
	return strings.Join(words, " ")
}

// quoted is an argument as bash reads it or, on Windows, PowerShell.
func quoted(text string) string {
	if !strings.ContainsAny(text, " ()$'\"&;|=<>{}") {
		return text
	}
	quote := `'\''`
	if runtime.GOOS == "windows" {
		quote = "''"
	}
	return "'" + strings.ReplaceAll(text, "'", quote) + "'"
}
