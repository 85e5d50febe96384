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

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/standin"
	"tenantrollup/internal/standin/m365"
)

// night is one nightly run and what is printed about it.
type night struct {
	place     *standin.Place
	read      func(ctx context.Context, name string) ([]byte, error) // what was published
	reports   []string                                               // that are run, each name=call
	customers int
	out       io.Writer
	terminal  bool // out is one
	root      string
	began     time.Time // of tonight, even after midnight
	drawn     int       // length of the bar as drawn last
	took      time.Duration
	release   func() // ends the last hold
	killedAt  int    // customers whose report was being downloaded by then
}

// tick is how often the progress bar is redrawn.
const tick = 200 * time.Millisecond

func (n *night) run(ctx context.Context) error {
	begin := time.Now()
	fmt.Fprintf(n.out, "The nightly trigger fires. %d customers, %d reports: %s.\n\n", n.customers, len(n.reports), strings.Join(n.names(), ", "))
	if err := n.place.Host.FireTimer(ctx, "nightly", n.began, false); err != nil {
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
		return fmt.Errorf("the night did not end: %w\n%s", err, n.place.Console())
	}
	n.took = time.Since(begin)
	return n.tell(ctx)
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
			n.bar(n.customers * len(n.reports))
			fmt.Fprintln(n.out)
			return err
		case <-ticker.C:
			n.bar(n.asked())
		}
	}
}

// asked is how many reports of customers were asked for, without counting attempts
// and pages.
func (n *night) asked() int {
	asked := 0
	for _, kinds := range n.place.Cloud.Counts().Tenants {
		reports := min(kinds[m365.KindReport], 1) + min(kinds[m365.KindCollection], len(n.reports)-1)
		if reports == 0 { // it gives no token
			reports = min(kinds[m365.KindToken], len(n.reports))
		}
		asked += reports
	}
	return min(asked, n.customers*len(n.reports))
}

// bar draws how many customers were asked: over itself on a terminal, otherwise as
// a line for every quarter.
func (n *night) bar(asked int) {
	const width = 40
	done, all := width, n.customers*len(n.reports)
	if all > 0 {
		done = width * asked / all
	}
	line := fmt.Sprintf("  %s%s %d of %d asked", strings.Repeat("█", done), strings.Repeat("░", width-done), asked, all)
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

func (n *night) names() []string {
	var names []string
	for _, text := range n.reports {
		name, _, _ := strings.Cut(text, "=")
		names = append(names, name)
	}
	return names
}

// tell writes the files to out/ and prints what a partner would look at.
func (n *night) tell(ctx context.Context) error {
	fmt.Fprintf(n.out, "Published in %.1f s:\n\n", n.took.Seconds())
	var all []publication
	for _, name := range n.names() {
		p, err := n.publication(ctx, run.Key{Report: name, Date: report.DateOf(n.began)})
		if err != nil {
			return err
		}
		all = append(all, p)
		r := p.record
		fmt.Fprintf(n.out, "  %-16s %d customers = %d with data + %d no data + %d failed + %d excluded; %d rows\n",
			name, r.Customers, r.WithData, r.NoData, r.Failed, r.Excluded, r.Rows)
		if sum := r.WithData + r.NoData + r.Failed + r.Excluded; sum != n.customers || r.Customers != n.customers {
			return fmt.Errorf("%s: %d customers are accounted for, want %d", name, sum, n.customers)
		}
	}
	fmt.Fprintln(n.out)
	if err := n.tellKill(all[0].files[".csv"]); err != nil {
		return err
	}
	for _, p := range all {
		for _, ending := range endings {
			fmt.Fprintf(n.out, "  %-44s %9d bytes\n", filepath.Join("out", p.stem+ending), len(p.files[ending]))
		}
	}
	return n.tellFailures(all[0].files[".errors.log"])
}

// publication is what was published of a report.
type publication struct {
	stem   string
	files  map[string][]byte // by ending
	record run.Record
}

var endings = []string{".csv", ".errors.log", ".run.json"}

// publication reads a publication and writes it to out/.
func (n *night) publication(ctx context.Context, key run.Key) (publication, error) {
	p := publication{stem: key.Report + "_" + string(key.Date), files: map[string][]byte{}}
	dir := filepath.Join(n.root, "out")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return p, err
	}
	for _, ending := range endings {
		blob := p.stem + ending
		if ending == ".run.json" {
			blob = "run.json"
		}
		text, err := n.read(ctx, key.String()+"/"+blob)
		if err != nil {
			return p, err
		}
		p.files[ending] = text
		if err := os.WriteFile(filepath.Join(dir, p.stem+ending), text, 0o644); err != nil {
			return p, err
		}
	}
	var err error
	p.record, err = run.ParseRecord(p.files[".run.json"])
	return p, err
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
