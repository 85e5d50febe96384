package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"tenantrollup/internal/rollup"
	"tenantrollup/internal/run"
)

// How often progress is shown: on a terminal for the eye, elsewhere for the reader
// of a log.
const (
	barEvery  = 200 * time.Millisecond
	lineEvery = 10 * time.Second
)

// progress shows how far a run is: with a bar on a terminal, otherwise with a line
// now and then. Everything else that is printed there goes through it.
type progress struct {
	out      io.Writer
	terminal bool

	mu sync.Mutex
	shownRun
}

// shownRun is the run on display.
type shownRun struct {
	key     run.Key
	started time.Time
	first   int // customers that were done before
	shown   time.Time
	drawn   int // characters of the bar
	failure string
	last    rollup.Step
	told    int // how many were done when it was shown last
}

func newProgress(out io.Writer) *progress {
	file, ok := out.(*os.File)
	if !ok {
		return &progress{out: out}
	}
	info, err := file.Stat()
	return &progress{out: out, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0}
}

// begin begins with the next run.
func (p *progress) begin(key run.Key) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shownRun = shownRun{key: key, started: time.Now(), first: -1}
	fmt.Fprintf(p.out, "%s %s\n", key.Report, key.Date)
}

// step is called for each customer that is done.
func (p *progress) step(s rollup.Step) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.first < 0 || s.Done < p.last.Done { // the run starts over
		p.first, p.started = s.Done-1, time.Now()
	}
	p.last = s
	if s.Failure != nil && !s.Failure.Class.HasNothing() && s.Failure.Class != run.Excluded {
		p.failure = fmt.Sprintf("%s of %s", s.Failure.Class, s.Customer.Label())
	}
	every := lineEvery
	if p.terminal {
		every = barEvery
	}
	if now := time.Now(); now.Sub(p.shown) >= every {
		p.shown = now
		p.show()
	}
}

// end leaves the last state where it can be read.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last.Done == 0 {
		return
	}
	if p.told != p.last.Done {
		p.show()
	}
	p.endLine()
}

// Write implements io.Writer for lines of the log: none begins after the bar.
func (p *progress) Write(line []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.endLine()
	return p.out.Write(line)
}

func (p *progress) endLine() {
	if p.drawn > 0 {
		fmt.Fprintln(p.out)
		p.drawn = 0
	}
}

func (p *progress) show() {
	p.told = p.last.Done
	if !p.terminal {
		fmt.Fprintf(p.out, "%s %s: %s\n", p.key.Report, p.key.Date, p.words(run.Customers(p.last.Of), "last failure: "))
		return
	}
	const width, most = 16, 78
	done := width
	if p.last.Of > 0 {
		done = width * p.last.Done / p.last.Of
	}
	line := "  " + strings.Repeat("█", done) + strings.Repeat("░", width-done) + " " + p.words(fmt.Sprint(p.last.Of), "")
	if runes := []rune(line); len(runes) > most { // a line that wraps can't be overwritten
		line = string(runes[:most-1]) + "…"
	}
	drawn := utf8.RuneCountInString(line)
	fmt.Fprint(p.out, "\r"+line+strings.Repeat(" ", max(0, p.drawn-drawn)))
	p.drawn = drawn
}

// words says how far the run is, of how many, and who failed last.
func (p *progress) words(of, failed string) string {
	text := fmt.Sprintf("%d of %s", p.last.Done, of)
	if seconds := time.Since(p.started).Seconds(); seconds > 0.5 {
		rate := float64(p.last.Done-p.first) / seconds
		left := time.Duration(float64(p.last.Of-p.last.Done) / rate * float64(time.Second))
		text += fmt.Sprintf(", %.1f a second, %s left", rate, left.Round(time.Second))
	}
	if p.failure != "" {
		text += "; " + failed + p.failure
	}
	return text
}
