package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin"
	"tenantrollup/internal/standin/m365"
)

// night is one nightly run and what is printed about it.
type night struct {
	place     *standin.Place
	read      func(ctx context.Context, name string) ([]byte, error) // what was published
	customers int
	out       io.Writer
	terminal  bool // out is one
	root      string
	drawn     int // length of the bar as drawn last
	took      time.Duration
	killedAt  int // customers whose report was being downloaded by then
}

// tick is how often the progress bar is redrawn.
const tick = 200 * time.Millisecond

func (n *night) run(ctx context.Context) error {
	begin := time.Now()
	key, err := run.ParseKey(reportName, begin.UTC().Format(time.DateOnly))
	if err != nil {
		return err
	}
	fmt.Fprintf(n.out, "The nightly trigger fires. %s, %d customers.\n\n", key, n.customers)
	if err := n.place.Host.FireTimer(ctx, "nightly", begin, false); err != nil {
		return fmt.Errorf("fire the nightly trigger: %w", err)
	}
	idle := make(chan error, 1)
	go func() {
		if err := n.kill(ctx); err != nil {
			idle <- err
			return
		}
		idle <- n.place.Host.Idle(ctx)
	}()
	if err := n.watch(idle); err != nil {
		return fmt.Errorf("the night did not come to an end: %w\n%s", err, n.place.Console())
	}
	n.took = time.Since(begin)
	return n.tell(ctx, key)
}

// kill ends the handler in the middle of its work, as a crash would. The queue delivers
// the message again.
func (n *night) kill(ctx context.Context) error {
	n.killedAt = n.customers * 117 / 250
	if err := n.place.Cloud.Await(ctx, m365.KindDownload, n.killedAt); err != nil {
		return err
	}
	return n.place.Host.KillHandler()
}

// watch draws the bar until the host is idle.
func (n *night) watch(idle <-chan error) error {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case err := <-idle:
			n.bar(n.customers)
			fmt.Fprintln(n.out)
			return err
		case <-ticker.C:
			n.bar(min(len(n.place.Cloud.Counts().Tenants), n.customers))
		}
	}
}

// bar draws how many customers were asked: over itself on a terminal, otherwise as a
// line for every quarter of the way.
func (n *night) bar(asked int) {
	const width = 40
	done := width
	if n.customers > 0 {
		done = width * asked / n.customers
	}
	line := fmt.Sprintf("  %s%s %d of %d customers asked", strings.Repeat("█", done), strings.Repeat("░", width-done), asked, n.customers)
	if n.terminal {
		fmt.Fprint(n.out, "\r"+line)
		if done == width && n.drawn < width {
			fmt.Fprintln(n.out)
		}
	} else if done/(width/4) > n.drawn/(width/4) {
		fmt.Fprintln(n.out, line)
	}
	n.drawn = done
}

// tell writes the files to out/ and says what a partner would look at.
func (n *night) tell(ctx context.Context, key run.Key) error {
	dir := filepath.Join(n.root, "out")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	stem := key.Report + "_" + string(key.Date)
	content := map[string][]byte{}
	names := []string{stem + ".csv", stem + ".errors.log", "run.json"}
	for _, name := range names {
		text, err := n.read(ctx, key.String()+"/"+name)
		if err != nil {
			return err
		}
		content[name] = text
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return err
		}
	}
	record, err := run.ParseRecord(content["run.json"])
	if err != nil {
		return err
	}
	fmt.Fprintf(n.out, "Published in %.1f s: %d customers = %d with data + %d no data + %d failed + %d excluded; %d rows.\n\n",
		n.took.Seconds(), record.Customers, record.WithData, record.NoData, record.Failed, record.Excluded, record.Rows)
	if sum := record.WithData + record.NoData + record.Failed + record.Excluded; sum != n.customers || record.Customers != n.customers {
		return fmt.Errorf("%d customers are accounted for, want %d", sum, n.customers)
	}
	if err := n.tellKill(content[stem+".csv"]); err != nil {
		return err
	}
	for _, name := range names {
		fmt.Fprintf(n.out, "  %-40s %9d bytes\n", filepath.Join("out", name), len(content[name]))
	}
	return n.tellFailures(content[stem+".errors.log"])
}

// shown is how many lines of the error log are printed.
const shown = 8

func (n *night) tellFailures(log []byte) error {
	lines := bufio.NewScanner(bytes.NewReader(log))
	lines.Scan() // the header
	fmt.Fprintln(n.out, "\nThe first customers without data, and what to do:")
	told, left := 0, 0
	for lines.Scan() {
		if told == shown {
			left++
			continue
		}
		line, err := run.ParseLine(lines.Text())
		if err != nil {
			return err
		}
		told++
		fmt.Fprintf(n.out, "\n  %s  %s\n    %s\n    → %s\n", line.Failure.Class, line.Customer.Label(), line.Failure.Message, line.Failure.Remedy)
	}
	if left > 0 {
		fmt.Fprintf(n.out, "\n  … and %d more in the error log.\n", left)
	}
	return lines.Err()
}
