package main

import (
	"context"
	"log/slog"
	"slices"

	"tenantrollup/internal/access"
	"tenantrollup/internal/exchange"
	"tenantrollup/internal/graphcollection"
	"tenantrollup/internal/graphreport"
	"tenantrollup/internal/msapi"
	"tenantrollup/internal/report"
	"tenantrollup/internal/rollup"
	"tenantrollup/internal/run"
)

// fetchers passes each call to the package that fetches such a report.
type fetchers map[report.Kind]rollup.Fetcher

func (a *app) fetchers(graph *msapi.Client, partner msapi.TokenSource, log *slog.Logger) fetchers {
	cmdlets := exchange.New(a.microsoft(a.config.Cloud.Exchange, partner), log)
	options := access.Options{Tokens: partner, Scope: a.graphScope(), Graph: graph, UsageReports: a.asks(report.Graph)}
	options.Needs, _ = report.Needed(a.config.Reports)
	if a.asks(report.Exchange) {
		options.Exchange, options.ExchangeScope = cmdlets.Probe, "https://"+a.config.Cloud.Exchange+"/.default"
	}
	return fetchers{
		report.Graph:      graphreport.New(graph, a.client, []string{a.config.Cloud.ReportHostSuffix}),
		report.Exchange:   cmdlets,
		report.Collection: graphcollection.New(graph),
		report.Own:        access.New(options),
	}
}

// asks reports whether a report of REPORTS is of that kind.
func (a *app) asks(kind report.Kind) bool {
	return slices.ContainsFunc(a.config.Reports, func(r report.Named) bool { return r.Call.Kind() == kind })
}

// Fetch implements rollup.Fetcher.
func (f fetchers) Fetch(ctx context.Context, customer run.Customer, call report.Call, date report.Date, into run.Sink) error {
	return f[call.Kind()].Fetch(ctx, customer, call, date, into)
}
