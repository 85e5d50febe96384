package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// merge runs csvmerge's own benchmark.
func (h *harness) merge(benchtime string) row {
	const least = 2
	return row{
		what:   "csvmerge ÷ encoding/csv read and write, same bytes, all checks and the guard on",
		target: fmt.Sprintf("≥ %d × faster", least),
		measure: func(ctx context.Context) (result, error) {
			figures, err := h.goTest(ctx, "./internal/csvmerge", "-run", "^$", "-bench", "^BenchmarkMerge$/^same_columns$", "-benchtime", benchtime)
			if err != nil {
				return result{}, err
			}
			x, err := figures.get("x")
			return result{measured: fmt.Sprintf("%.1f × faster", x), met: x >= least}, err
		},
	}
}

// records compares package records with the table that it took the place of, in turns:
// whatever else the machine does, it does to both.
func (h *harness) records() row {
	const least, mostAllocations, rounds = 8, 200, 9
	return row{
		what:   "20,000 JSON records as CSV: speed ÷ that of the table of " + olderCommit + " on the same bytes; allocations in all",
		target: fmt.Sprintf("≥ %d × faster; ≤ %d", least, mostAllocations),
		measure: func(ctx context.Context) (result, error) {
			var faster []float64
			var allocations float64
			for range rounds {
				now, before, err := h.recordsOfBoth(ctx)
				if err != nil {
					return result{}, err
				}
				ours, err := now.get("ns/op")
				theirs, err2 := before.get("ns/op")
				most, err3 := now.get("allocs/op")
				if err := errors.Join(err, err2, err3); err != nil {
					return result{}, err
				}
				faster, allocations = append(faster, theirs/ours), max(allocations, most)
			}
			slices.Sort(faster)
			x := faster[rounds/2]
			return result{
				measured: fmt.Sprintf("%.1f × faster (%.1f to %.1f in %d rounds); %.0f", x, faster[0], faster[rounds-1], rounds, allocations),
				met:      x >= least && allocations <= mostAllocations,
			}, nil
		},
	}
}

// recordsOfBoth runs the benchmark of the records in both builds, for about as long.
func (h *harness) recordsOfBoth(ctx context.Context) (now, before figures, err error) {
	args := []string{"-run", "^$", "-bench", "^BenchmarkRecords$/^json$", "-benchtime", "30x"}
	if now, err = h.goTest(ctx, "./internal/records", args...); err != nil {
		return nil, nil, err
	}
	args[3], args[5] = "^BenchmarkRecords$", "3x"
	before, err = h.olderTest(ctx, "./internal/exchange", []olderFile{
		{name: "internal/exchange/bench_test.go", source: "internal/records/testdata/bench_" + olderCommit + ".txt"},
		{name: "internal/exchange/benchdata_test.go", source: "internal/records/benchdata_test.go"},
	}, args...)
	return now, before, err
}

// collection runs graphcollection's own measurement.
func (h *harness) collection() row {
	const most = 2 // MB
	return row{
		what:   "a collection of 100,000 records in 101 pages: memory above that of one page",
		target: fmt.Sprintf("≤ %d MB", most),
		measure: func(ctx context.Context) (result, error) {
			figures, err := h.goTest(ctx, "./internal/graphcollection", "-run", "^TestManyPagesTakeTheMemoryOfOne$", "-v", "-count", "1")
			if err != nil {
				return result{}, err
			}
			grown, err := figures.get("grown")
			return result{measured: fmt.Sprintf("%.2f MB", grown), met: grown <= most}, err
		},
	}
}

// checkpoints runs rollup's own measurement.
func (h *harness) checkpoints() row {
	const least, most = 0.98, 1.2
	return row{
		what:   "throughput with a checkpoint every 10 s ÷ with one at the end, storage delayed by 30 ms; the last ten checkpoints ÷ the first ten",
		target: fmt.Sprintf("≥ %.2f; ≤ %.1f", least, most),
		measure: func(ctx context.Context) (result, error) {
			figures, err := h.goTest(ctx, "./internal/rollup", "-run", "^TestCostOfCheckpoints$", "-v", "-count", "1")
			if err != nil {
				return result{}, err
			}
			throughput, err := figures.get("throughput")
			if err != nil {
				return result{}, err
			}
			growth, err := figures.get("growth")
			return result{
				measured: fmt.Sprintf("%.3f; %.2f", throughput, growth),
				met:      throughput >= least && growth <= most,
			}, err
		},
	}
}

// figures are the values that go test reported: metrics of a benchmark by their
// unit, and by its name within the whole and their unit, and attributes of a test
// by their name. If a benchmark ran several times, the least value is kept:
// whatever else the machine does only adds to it.
type figures map[string]string

func (f figures) keepLeast(name, value string) {
	known, err := f.get(name)
	if other, err2 := strconv.ParseFloat(value, 64); err == nil && err2 == nil && known <= other {
		return
	}
	f[name] = value
}

func (f figures) get(name string) (float64, error) {
	value, err := strconv.ParseFloat(f[name], 64)
	if err != nil {
		return 0, fmt.Errorf("go test reported no %q", name)
	}
	return value, nil
}

func (h *harness) goTest(ctx context.Context, pkg string, args ...string) (figures, error) {
	return h.goTestIn(ctx, h.root, pkg, args...)
}

func (h *harness) goTestIn(ctx context.Context, root, pkg string, args ...string) (figures, error) {
	h.say("go test %s", pkg)
	command := h.command(ctx, "go", append(append([]string{"test"}, args...), pkg)...)
	command.Dir = root
	output, err := command.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("go test %s: %w\n%s", pkg, err, output)
	}
	return parseFigures(string(output)), nil
}

// parseFigures reads "BenchmarkX-2 100 0 ns/op 5.1 x" and
// "=== ATTR  TestX growth 1.0".
func parseFigures(output string) figures {
	found := figures{}
	for line := range strings.Lines(output) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 5 && fields[1] == "ATTR":
			found[fields[3]] = fields[4]
		case len(fields) > 3 && strings.HasPrefix(fields[0], "Benchmark"):
			_, part, _ := strings.Cut(fields[0], "/")
			part = part[:max(0, strings.LastIndexByte(part, '-'))] // the number of cores
			for i := 3; i < len(fields); i += 2 {
				found.keepLeast(fields[i], fields[i-1])
				found.keepLeast(part+" "+fields[i], fields[i-1])
			}
		}
	}
	return found
}
