package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// machine is what the figures were measured on.
type machine struct {
	date     string
	cores    int
	memory   string
	system   string
	goTool   string
	node     string
	busyWith string // runnable processes before the first row
}

func thisMachine(ctx context.Context) machine {
	m := machine{
		date: time.Now().UTC().Format(time.DateOnly), cores: runtime.NumCPU(),
		memory: notAvailable, system: runtime.GOOS + "/" + runtime.GOARCH, goTool: runtime.Version(),
		node: notAvailable, busyWith: notAvailable,
	}
	if version, err := exec.CommandContext(ctx, "node", "--version").Output(); err == nil {
		m.node = strings.TrimSpace(string(version))
	}
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		if fields := strings.Fields(string(text)); len(fields) > 1 {
			kib, _ := strconv.ParseInt(fields[1], 10, 64)
			m.memory = fmt.Sprintf("%d GiB", (kib+1<<19)>>20)
		}
	}
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.busyWith, _, _ = strings.Cut(string(text), " ")
	}
	return m
}

// page writes docs/speed.md, which opens with the chart of that name.
func (h *harness) page(m machine, chart string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Speed\n\n![How long a night takes, against the customers](%s)\n\n"+
		"Dots are measured. Dashes continue at the rate of the dot where they begin.\n\n", chart)
	fmt.Fprintf(&b, "This is one run of `make bench`, %s. Microsoft is simulated: see [How to read this](#how-to-read-this).\n\n", m.date)
	fmt.Fprintf(&b, "The machine: %s, %d cores, %s memory, %s, Node %s. Its load average before the first row was %s. It should be "+
		"near 0, because other programs share the cores.\n\n", m.system, m.cores, m.memory, m.goTool, m.node, m.busyWith)
	b.WriteString("| What | Must reach | Measured | Verdict |\n| --- | --- | --- | --- |\n")
	for _, r := range h.results {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.what, r.target, r.measured, r.verdict())
	}
	h.refusals(&b)
	h.rawNights(&b)
	h.rawEights(&b)
	h.rawRivals(&b)
	b.WriteString(whereItGoes)
	b.WriteString(howToRead)
	return b.Bytes()
}

func (h *harness) refusals(b *bytes.Buffer) {
	if h.refused() == 0 {
		return
	}
	b.WriteString("\nThese rows do not count:\n\n")
	for _, r := range h.results {
		if len(r.misfits) > 0 {
			fmt.Fprintf(b, "- %s: %s.\n", r.what, strings.Join(r.misfits, "; "))
		}
	}
}

func (h *harness) rawNights(b *bytes.Buffer) {
	b.WriteString("\n## The nights\n\n" +
		"| Night | Customers | In flight | Rows each | Shortest, s | Wall, s | Last download, s | CPU a customer, µs | Peak memory, MB | Slices |" +
		" Tokens | Reports | Downloads | Token, ms | Report, ms | Download, ms | At once |\n" +
		strings.Repeat("| --- ", 17) + "|\n")
	for _, n := range h.nights {
		wall, last, cpu, memory := "–", "–", "–", "–"
		if n.wall > 0 {
			wall = fmt.Sprintf("%.2f", n.wall.Seconds())
		}
		if n.lastDownload > 0 {
			last = fmt.Sprintf("%.2f", n.lastDownload.Seconds())
		}
		if n.usage.known {
			cpu, memory = fmt.Sprint(n.perCustomer().Microseconds()), strings.TrimSuffix(n.megabytes(), " MB")
		}
		fmt.Fprintf(b, "| %s | %d | %d | %d | %.2f | %s | %s | %s | %s | %d | %s |\n", n.name, n.customers, n.inFlight, n.rows,
			n.shortest().Seconds(), wall, last, cpu, memory, n.record.Slices, n.counts.cells())
	}
}

func (h *harness) rawEights(b *bytes.Buffer) {
	b.WriteString("\n## The nights of eight reports\n\n" +
		"| Night | Customers | Wall, s | CPU a customer and report, µs | Peak memory, MB | Tokens a customer |" +
		" Tokens | Reports | Downloads | Token, ms | Report, ms | Download, ms | At once |\n" +
		strings.Repeat("| --- ", 13) + "|\n")
	for _, n := range h.eights {
		fmt.Fprintf(b, "| %s | %d | %s |\n", n.name, n.customers, n.cells())
	}
}

func (h *harness) rawRivals(b *bytes.Buffer) {
	b.WriteString("\n## The rivals\n\n" +
		"| Rival | Customers | In flight | Wall, s | CPU a customer, µs | The simulator's, µs | Peak memory, MB |" +
		" Tokens | Reports | Downloads | Token, ms | Report, ms | Download, ms | At once |\n" +
		strings.Repeat("| --- ", 14) + "|\n")
	for _, r := range h.rivals {
		memory := "–"
		if r.memory > 0 {
			memory = fmt.Sprintf("%.1f", float64(r.memory)/megabyte)
		}
		fmt.Fprintf(b, "| %s | %d | %d | %.2f | %d | %d | %s | %s |\n", r.name, r.customers, r.inFlight, r.wall.Seconds(),
			r.perCustomer().Microseconds(), r.simulatorCost().Microseconds(), memory, r.counts.cells())
	}
}

// cells are the counters that confirm a row.
func (t tally) cells() string {
	var cells []string
	for _, kind := range steps {
		cells = append(cells, fmt.Sprint(t.Customers[kind]))
	}
	for _, kind := range steps {
		cells = append(cells, fmt.Sprintf("%.1f", t.mean(kind)*1000))
	}
	return strings.Join(append(cells, fmt.Sprint(t.peak())), " | ")
}
