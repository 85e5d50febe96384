// Command bench measures the handler and writes docs/speed.md: how fast it is
// compared with what the latencies allow, what it costs, and how three other designs
// do the same work on the same simulator.
//
// Simulator and handler are separate processes: this program starts itself again as
// the simulator, with a control address on the loopback interface for its counters,
// and also starts Azurite and the stand-in of the Functions host. A row counts only
// if the simulator's counters show the latencies, the requests and the concurrency
// that the row is about; otherwise the table names what did not fit, and the exit
// code is 1. A row that misses its target says so, and is not an error.
//
//	bench          the full table, about twenty minutes; nothing else should run
//	bench -quick   a few small rows, to see that the harness works
//	bench -run X   the rows whose names X matches, printed
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"tenantrollup/internal/standin"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := start(ctx, os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func start(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	if len(args) == 1 && args[0] == simulateCommand {
		return simulate(in, out)
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	quick := flags.Bool("quick", false, "measure a few small rows only, and write no file unless -o names one")
	only := flags.String("run", "", "measure only the rows whose name this expression matches, and write no file unless -o names one")
	file := flags.String("o", "", "file to write (default docs/speed.md)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	root, err := standin.Repository()
	if err != nil {
		return err
	}
	name := *file
	if name == "" && !*quick && *only == "" {
		name = filepath.Join(root, "docs", "speed.md")
	}
	rows, err := regexp.Compile(*only)
	if err != nil {
		return err
	}
	return bench(ctx, root, name, *quick, rows, out)
}

// bench measures, writes the file, if one is named, and fails if a row does not count.
func bench(ctx context.Context, root, name string, quick bool, only *regexp.Regexp, out io.Writer) error {
	h, err := newHarness(ctx, root, quick, out)
	if err != nil {
		return err
	}
	h.only = only
	defer h.close()
	machine := thisMachine(ctx)
	h.measure(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if name != "" {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		chart := strings.TrimSuffix(name, filepath.Ext(name)) + ".svg"
		if err := os.WriteFile(chart, h.chart(), 0o644); err != nil {
			return err
		}
		if err := os.WriteFile(name, h.page(machine, filepath.Base(chart)), 0o644); err != nil {
			return err
		}
	}
	if refused := h.refused(); refused > 0 {
		return fmt.Errorf("%d of %d rows do not count", refused, len(h.results))
	}
	return nil
}
