package main

import (
	"context"
	"errors"
	"fmt"
)

// pages are the rows of the page. The older build has no page for a customer:
// people find one there on the page of the run.
func (h *harness) pages() []row {
	const mostMorning, mostRun = 0.25, 0.15
	morning := row{
		what:   "page /api/runs, 30 reports × 30 nights, storage delayed by 30 ms, ÷ the build of " + olderCommit + ": time",
		target: fmt.Sprintf("≤ %.2f", mostMorning),
		measure: func(ctx context.Context) (result, error) {
			now, before, err := h.pagesOfBoth(ctx, "^Morning$")
			if err != nil {
				return result{}, err
			}
			time, err := against(now, "Morning", before, "Morning", "ns/op")
			return result{measured: fmt.Sprintf("%.2f", time), met: time <= mostMorning}, err
		},
	}
	run := row{
		what: "page of a run, and of a customer, 10,000 customers, 3,644 without data, ÷ the build of " + olderCommit +
			", which shows a customer on the page of the run: time; bytes",
		target: fmt.Sprintf("≤ %.2f each", mostRun),
		measure: func(ctx context.Context) (result, error) {
			now, before, err := h.pagesOfBoth(ctx, "^(Run|Customer)$")
			if err != nil {
				return result{}, err
			}
			runTime, err := against(now, "Run", before, "Run", "ns/op")
			runSize, err2 := against(now, "Run", before, "Run", "page-B")
			oneTime, err3 := against(now, "Customer", before, "Run", "ns/op")
			oneSize, err4 := against(now, "Customer", before, "Run", "page-B")
			return result{
				measured: fmt.Sprintf("%.2f, %.2f; %.2f, %.2f", runTime, oneTime, runSize, oneSize),
				met:      max(runTime, oneTime, runSize, oneSize) <= mostRun,
			}, errors.Join(err, err2, err3, err4)
		},
	}
	return []row{morning, run}
}

// pagesOfBoth runs the benchmark of the page in both builds.
func (h *harness) pagesOfBoth(ctx context.Context, which string) (now, before figures, err error) {
	args := []string{"-run", "^$", "-bench", "^BenchmarkPage$/" + which, "-benchtime", "1x", "-count", "3"}
	if now, err = h.goTest(ctx, "./internal/web", args...); err != nil {
		return nil, nil, err
	}
	if which != "^Morning$" {
		args[3] = "^BenchmarkPage$/^Run$"
	}
	before, err = h.olderTest(ctx, "./internal/web", []olderFile{
		{name: "internal/web/bench_test.go", source: "internal/web/bench_test.go", without: `, Login: "login.microsoftonline.com"`},
	}, args...)
	return now, before, err
}

// against is a figure of one benchmark divided by that of another.
func against(now figures, ours string, before figures, theirs, unit string) (float64, error) {
	a, err := now.get(ours + " " + unit)
	b, err2 := before.get(theirs + " " + unit)
	return a / b, errors.Join(err, err2)
}
