package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
)

// harness measures one row after another; nothing else runs during a row.
type harness struct {
	root    string // the repository's
	scratch string
	current build
	older   build // once it is checked out
	quick   bool
	only    *regexp.Regexp // the rows to measure; nil measures all
	out     io.Writer      // what it is doing

	nights     []*night
	eights     []*eightNight
	contenders []*rival
	rivals     []*rival // those that were measured
	results    []result
}

// result is one row of the table.
type result struct {
	what, target string
	measured     string
	met          bool
	misfits      []string // why the row does not count
}

func newHarness(ctx context.Context, root string, quick bool, out io.Writer) (*harness, error) {
	scratch, err := os.MkdirTemp("", "tenant-rollup-bench-")
	if err != nil {
		return nil, err
	}
	h := &harness{root: root, scratch: scratch, quick: quick, out: out}
	h.say("building the handler and its rivals")
	h.current, err = buildHandler(ctx, root, scratch)
	if err == nil {
		err = h.buildRivals(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

func (h *harness) close() error {
	return errors.Join(h.removeOlder(), os.RemoveAll(h.scratch))
}

func (h *harness) say(format string, args ...any) { fmt.Fprintf(h.out, format+"\n", args...) }

// measure fills the table. A row that could not be measured does not count.
func (h *harness) measure(ctx context.Context) {
	for _, r := range h.rows() {
		if ctx.Err() != nil {
			return
		}
		if h.only != nil && !h.only.MatchString(r.what) {
			continue
		}
		result, err := r.measure(ctx)
		result.what, result.target = r.what, r.target
		if err != nil {
			h.say("%s: %v", r.what, err)
			result.misfits = append(result.misfits, "it could not be measured: see the harness's output")
		}
		h.say("  %s: %s (%s)", r.what, result.measured, result.verdict())
		for _, misfit := range result.misfits {
			h.say("    %s", misfit)
		}
		h.results = append(h.results, result)
	}
}

func (r result) verdict() string {
	switch {
	case len(r.misfits) > 0:
		return "does not count"
	case r.measured == notAvailable:
		return notAvailable
	case r.target == reported:
		return reported
	case r.met:
		return "met"
	}
	return "missed"
}

// refused are the rows that do not count.
func (h *harness) refused() (n int) {
	for _, r := range h.results {
		if len(r.misfits) > 0 {
			n++
		}
	}
	return n
}

// command prepares a program of the toolchain or of the scratch folder, to run in the
// repository.
func (h *harness) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, name, args...)
	command.Dir = h.root
	return command
}
