package main

import (
	"fmt"
	"slices"

	"tenantrollup/internal/report"
)

// offered is a report that can be requested.
type offered struct {
	report.Named
	onDemand bool // it runs when somebody asks, and not every night
}

// offer returns the reports of REPORTS, and our own, which can be requested at any
// time.
func offer(nightly []report.Named) ([]offered, error) {
	var all []offered
	for _, r := range nightly {
		all = append(all, offered{Named: r})
	}
	if slices.ContainsFunc(nightly, func(r report.Named) bool { return r.Name == report.Access }) {
		return all, nil
	}
	call, err := report.Parse(report.Access)
	if err != nil {
		return nil, fmt.Errorf("report %s: %w", report.Access, err)
	}
	return append(all, offered{report.Named{Name: report.Access, Call: call}, true}), nil
}
