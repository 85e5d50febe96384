package main

import (
	"context"
	"encoding/xml"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin"
	"tenantrollup/internal/standin/m365"
)

// TestMain is the simulator process too, which the harness starts as this very
// program.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == simulateCommand {
		if err := start(context.Background(), os.Args[1:], os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// TestHarness runs the quick rows. It does not check whether they count: next to other
// tests, latencies may have any value.
func TestHarness(t *testing.T) {
	root, err := standin.Repository()
	if err != nil {
		t.Fatal(err)
	}
	h, err := newHarness(t.Context(), root, true, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	h.measure(t.Context())
	if len(h.results) != len(h.rows()) {
		t.Errorf("%d results of %d rows", len(h.results), len(h.rows()))
	}
	for _, r := range h.results {
		if r.measured == "" {
			t.Errorf("%s was not measured", r.what)
		}
		for _, misfit := range r.misfits {
			if !strings.Contains(misfit, " took ") && !strings.Contains(misfit, "at once") {
				t.Errorf("%s: %s", r.what, misfit)
			}
		}
	}
}

// goodNight is one whose counters confirm it.
func goodNight() *night {
	tallies, customers := map[m365.Kind]m365.Tally{}, map[m365.Kind]int{}
	for kind, latency := range map[m365.Kind]time.Duration{
		m365.KindToken: nominal.Token, m365.KindReport: nominal.Report, m365.KindDownload: nominal.Download,
	} {
		tallies[kind] = m365.Tally{Requests: 640, Peak: 64, Busy: 640 * (latency + time.Millisecond)}
		customers[kind] = 640
	}
	return &night{
		plan:   plan{customers: 640, inFlight: 64, rows: 200},
		spent:  spent{counts: tally{Kinds: tallies, Customers: customers, Asked: 640}},
		record: run.Status{Record: run.Record{Customers: 640, WithData: 640, Rows: 640 * 200}},
	}
}

func TestNightBearsItselfOut(t *testing.T) {
	if found := goodNight().misfits(); len(found) > 0 {
		t.Errorf("a good night is refused: %q", found)
	}
	change := func(n *night, kind m365.Kind, by func(*m365.Tally)) {
		changed := n.counts.Kinds[kind]
		by(&changed)
		n.counts.Kinds[kind] = changed
	}
	for rule, test := range map[string]struct {
		spoil func(n *night)
		want  string
	}{
		"a latency was shorter than nominal": {
			func(n *night) {
				change(n, m365.KindToken, func(t *m365.Tally) { t.Busy = 640 * 79 * time.Millisecond })
			},
			"a token request took 79 ms, want 80 to 88"},
		"a latency was much longer": {
			func(n *night) { change(n, m365.KindReport, func(t *m365.Tally) { t.Busy *= 2 }) },
			"a report request took 502 ms, want 250 to 275"},
		"a customer signed in twice": {
			func(n *night) { n.counts.Customers[m365.KindToken]++ }, "641 token requests, want 640"},
		"a customer was asked twice": {
			func(n *night) {
				for _, kind := range steps {
					n.counts.Customers[kind]++
				}
				n.counts.Again++
			}, "1 customers were asked again"},
		"a customer was never asked": {
			func(n *night) { n.counts.Asked-- }, "639 customers that were asked, want 640"},
		"a body was never fetched": {
			func(n *night) { n.counts.Customers[m365.KindDownload]-- }, "639 download requests, want 640"},
		"more were in flight than allowed": {
			func(n *night) { change(n, m365.KindReport, func(t *m365.Tally) { t.Peak = 65 }) },
			"65 report requests at once, want at most 64"},
		"fewer were in flight than claimed": {
			func(n *night) {
				for _, kind := range steps {
					change(n, kind, func(t *m365.Tally) { t.Peak = 32 })
				}
			},
			"32 requests of one kind at once at the peak, want at least 60"},
		"a row is missing": {
			func(n *night) { n.record.Rows-- }, "127999 rows in the record, want 128000"},
		"a customer has no data": {
			func(n *night) { n.record.WithData-- }, "639 customers with data in the record, want 640"},
	} {
		t.Run(rule, func(t *testing.T) {
			n := goodNight()
			test.spoil(n)
			if found := n.misfits(); !slices.Equal(found, []string{test.want}) {
				t.Errorf("got %q, want %q", found, test.want)
			}
		})
	}
}

func TestKilledNightBearsItselfOut(t *testing.T) {
	killed := func() *night {
		n := goodNight()
		n.kills, n.counts.Again = []time.Duration{time.Second}, 100
		for _, kind := range steps {
			n.counts.Customers[kind] += 100
		}
		n.counts.Customers[m365.KindDownload] -= 30
		return n
	}
	t.Run("rows missing from the file are lost, extra rows are doubled", func(t *testing.T) {
		n := &night{plan: plan{customers: 4, rows: 9}, published: map[string]int{"a": 9, "b": 8, "c": 11}}
		if lost, doubled := n.lostAndDoubled(); lost != 1+9 || doubled != 2 {
			t.Errorf("%d lost, %d doubled", lost, doubled)
		}
	})
	t.Run("requests that the kill ended are not counted as a misfit", func(t *testing.T) {
		if found := killed().misfits(); len(found) > 0 {
			t.Errorf("got %q", found)
		}
	})
	t.Run("more of them than were in flight are counted as one", func(t *testing.T) {
		n := killed()
		n.counts.Customers[m365.KindDownload] -= 35
		if found := n.misfits(); len(found) != 1 {
			t.Errorf("got %q", found)
		}
	})
}

func TestShortest(t *testing.T) {
	p := plan{customers: 100, inFlight: 10, tuning: m365.Tuning{Slow: time.Second}}
	if want := 4800 * time.Millisecond; p.shortest() != want {
		t.Errorf("without slow customers %s, want %s", p.shortest(), want)
	}
	p.faults = map[int]m365.Fault{7: m365.Slow, 8: m365.Throttled}
	if want := 4900 * time.Millisecond; p.shortest() != want {
		t.Errorf("with a slow customer %s, want %s", p.shortest(), want)
	}
}

func TestPage(t *testing.T) {
	h := &harness{
		nights: []*night{goodNight()},
		results: []result{
			{what: "speed", target: "≤ 1.05", measured: "1.010", met: true},
			{what: "memory", target: "≤ 64 MB", measured: "70.1 MB"},
			{what: "signature", target: reported, measured: "900 µs"},
			{what: "cost", target: "≤ 0.6", measured: notAvailable},
			{what: "kill", target: "≤ 9", measured: "3", met: true, misfits: []string{"one thing", "another"}},
		},
	}
	page := string(h.page(machine{date: "2026-11-24", cores: 2}, "speed.svg"))
	for _, want := range []string{
		"| speed | ≤ 1.05 | 1.010 | met |\n",
		"| memory | ≤ 64 MB | 70.1 MB | missed |\n",
		"| signature | reported | 900 µs | reported |\n",
		"| cost | ≤ 0.6 | not available | not available |\n",
		"| kill | ≤ 9 | 3 | does not count |\n",
		"- kill: one thing; another.\n",
		"| 640 | 640 | 640 | 81.0 | 251.0 | 151.0 | 64 |\n",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no line %q:\n%s", want, page)
		}
	}
	if h.refused() != 1 {
		t.Errorf("%d rows are refused, want 1", h.refused())
	}
}

func TestChart(t *testing.T) {
	n := goodNight()
	n.auth, n.wall = m365.SecretOnly, 5*time.Second
	killed := goodNight()
	killed.auth, killed.wall, killed.kills = m365.SecretOnly, time.Hour, []time.Duration{1}
	h := &harness{nights: []*night{n, killed}, rivals: []*rival{{name: "loop2015", customers: 102, wall: 49 * time.Second}, {name: "floor"}}}
	text := string(h.chart())
	if err := xml.Unmarshal([]byte(text), new(struct{})); err != nil {
		t.Errorf("it is not XML: %v", err)
	}
	for want, times := range map[string]int{"<circle": 2, "the 2015 loop": 1, "Tenant Rollup, 64 in flight": 1, "256 in flight": 0, ">100,000<": 1, ">10 min<": 1} {
		if n := strings.Count(text, want); n != times {
			t.Errorf("it has %q %d times, want %d", want, n, times)
		}
	}
	if a, b := downOf(time.Minute), downOf(time.Hour); acrossOf(100) >= acrossOf(1000) || a <= b || downOf(time.Millisecond) > fieldTop+fieldHeight {
		t.Error("more is not further right, or not higher")
	}
}

func TestParseFigures(t *testing.T) {
	found := parseFigures("goos: linux\nBenchmarkMerge/same_columns-2  \t 200\t 0 ns/op\t 57521 ns/customer\t 3.25 x\n" +
		"BenchmarkMerge/same_columns-2  \t 200\t 0 ns/op\t 60000 ns/customer\t 3.5 x\n" +
		"=== ATTR  TestCostOfCheckpoints growth 0.941\nPASS\n")
	for name, want := range map[string]float64{"same_columns x": 3.25, "x": 3.25, "ns/customer": 57521, "growth": 0.941} {
		if got, err := found.get(name); got != want || err != nil {
			t.Errorf("%s: got %v, %v, want %v", name, got, err, want)
		}
	}
	if _, err := found.get("throughput"); err == nil {
		t.Error("a figure that was not reported is not an error")
	}
}

func TestASourceFileMovesToAnotherPackage(t *testing.T) {
	for text, want := range map[string]string{
		"package records\n\nimport \"fmt\"\n":                 "package exchange\n\nimport \"fmt\"\n",
		"package web_test\n":                                  "package exchange_test\n",
		"// Package records.\npackage records\n\nvar a = 1\n": "// Package records.\npackage exchange\n\nvar a = 1\n",
	} {
		if got := string(inPackage([]byte(text), "exchange")); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestUsage(t *testing.T) {
	t.Run("the name of a process may hold spaces and parentheses", func(t *testing.T) {
		cpu, ok := cpuTime([]byte("7 (a (b) c) S 1 7 7 0 -1 4194304 100 0 0 0 150 50 0 0 20 0 8 0 100 0 0"))
		if cpu != 2*time.Second || !ok {
			t.Errorf("got %s, %t", cpu, ok)
		}
	})
	t.Run("peak memory is VmHWM", func(t *testing.T) {
		memory, ok := peakMemory([]byte("Name:\thandler\nVmPeak:\t 1240000 kB\nVmHWM:\t   20480 kB\nVmRSS:\t   10240 kB\n"))
		if memory != 20<<20 || !ok {
			t.Errorf("got %d, %t", memory, ok)
		}
	})
	t.Run("a process that has ended has none", func(t *testing.T) {
		if got := usageOf(-1); got.known {
			t.Errorf("got %+v", got)
		}
	})
}
