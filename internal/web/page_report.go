package web

import (
	"fmt"
	"net/http"

	"tenantrollup/internal/run"
)

// reportPage is the nights of one report.
type reportPage struct {
	Name, Note string
	Newest     night
	Link       string // to the newest run
	Progress   *progressBar
	Grid       grid
	Plots      []plot
	Nights     []nightRow
	Spans      []span
	Customers  string // link to the customers without data
	Live       bool
}

// span is a number of nights to choose.
type span struct {
	Text, Link string
	Chosen     bool
}

func (a *API) showReport(w http.ResponseWriter, r *http.Request, f filter, runs []run.Status) {
	links := linksOf(r)
	nights := a.nightsOf(f.report, f, runs)
	page := reportPage{
		Name: f.report, Note: nights.Note, Newest: nights.Newest,
		Grid: gridOf(links, f, a.Today, gridRows(links, []reportNights{nights})), Nights: nightRows(links, nights.Nights),
		Customers: links.to(root, "by", "customer", "report", f.report),
	}
	if f.state != "" {
		page.Note = string(f.state) + " runs only"
	} else {
		page.Plots = plotsOf(nights.Nights)
	}
	page.Grid.One = true
	page.Progress, page.Grid.Rows[0].Progress = page.Grid.Rows[0].Progress, nil
	page.Live = page.Progress != nil
	if newest := nights.Newest.Run; newest != nil {
		page.Link = links.to(statusURL(newest.Key()))
	}
	for _, n := range []int{30, 90, mostDays} {
		query := []string{"report", f.report, "nights", fmt.Sprint(n)}
		if f.to != a.Today {
			query = append(query, "to", string(f.to))
		}
		if f.state != "" {
			query = append(query, "state", string(f.state))
		}
		text := fmt.Sprintf("%d nights", n)
		if n == mostDays {
			text = "a year"
		}
		page.Spans = append(page.Spans, span{text, links.to(root, query...), n == f.nights()})
	}
	writePage(w, r, http.StatusOK, reportTemplate, page)
}
