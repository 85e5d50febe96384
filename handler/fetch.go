package main

import (
	"context"
	"slices"

	"tenantrollup/internal/access"
	"tenantrollup/internal/graphreport"
	"tenantrollup/internal/msapi"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// fetchers gives each call to the package that makes such a report.
type fetchers struct {
	usage  *graphreport.Fetcher
	access *access.Fetcher
}

func (a *app) fetchers(graph *msapi.Client, partner msapi.TokenSource) fetchers {
	c := a.config
	return fetchers{
		usage: graphreport.New(graph, a.client, []string{c.Cloud.ReportHostSuffix}),
		access: access.New(access.Options{
			Tokens: partner, Scope: a.graphScope(), Graph: graph,
			UsageReports: slices.ContainsFunc(c.Reports, func(r report.Named) bool { return r.Call.Function() != report.Access }),
		}),
	}
}

// Fetch implements rollup.Fetcher.
func (f fetchers) Fetch(ctx context.Context, customer run.Customer, call report.Call, date report.Date, into run.Sink) error {
	if call.Function() == report.Access {
		return f.access.Fetch(ctx, customer, call, date, into)
	}
	return f.usage.Fetch(ctx, customer, call, date, into)
}
