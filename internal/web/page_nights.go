package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// outcome is how a night went, as far as it can be seen at a glance. Each outcome
// has a mark of its own, so that nobody has to tell it by its colour.
type outcome string

const (
	good     outcome = "good"
	failures outcome = "failures"
	running  outcome = "running"
	stopped  outcome = "stopped"
	held     outcome = "held"
	missing  outcome = "missing" // a run was due, and there is none
	blank    outcome = "blank"   // there is no run, and none was due
)

// nightsPage is the page of all reports.
type nightsPage struct {
	From, To       report.Date
	Earlier, Later string // links; Later is empty where the page ends with today
	Today          bool   // the page ends with today
	Totals         []total
	Reports        []reportNights
	Live           bool // a run is under way
}

// total is how many reports had an outcome in their newest night.
type total struct {
	Outcome    outcome
	Mark, Text string
}

// reportNights are the nights of one report, the oldest first.
type reportNights struct {
	Name     string
	Nightly  bool   // there should be a run every night
	Note     string // why not, otherwise
	Nights   []night
	Newest   night // the newest that is not blank
	Progress *progressBar
}

// night is a report's run of one date, or that there is none.
type night struct {
	Date    report.Date
	Link    string // to the run, if there is one
	Outcome outcome
	Mark    string
	Text    string
}

// Number is the night's day of the month.
func (n night) Number() int { return n.Date.Time().Day() }

func (a *API) showNights(w http.ResponseWriter, r *http.Request, f filter, runs []run.Status) {
	links := linksOf(r)
	page := nightsPage{From: f.from, To: f.to, Today: f.to == a.Today}
	nightsTo := func(last report.Date) string {
		query := []string{"to", string(last)}
		if f.report != "" {
			query = append(query, "report", f.report)
		}
		return links.to(root, query...)
	}
	page.Earlier = nightsTo(f.from.AddDays(-1))
	if !page.Today {
		page.Later = nightsTo(min(f.to.AddDays(usualDays), a.Today))
	}
	for _, name := range a.shownReports(f, runs) {
		nights := a.nightsOf(links, name, f, runs)
		page.Reports = append(page.Reports, nights)
		page.Live = page.Live || nights.Progress != nil
	}
	page.Totals = totals(page.Reports)
	writePage(w, r, http.StatusOK, nightsTemplate, page)
}

// shownReports names the reports of the page: those of every night, and others
// that have runs.
func (a *API) shownReports(f filter, runs []run.Status) []string {
	var names []string
	for _, known := range a.Reports {
		if !known.OnDemand && (f.report == "" || f.report == known.Name) {
			names = append(names, known.Name)
		}
	}
	var others []string
	for _, status := range runs {
		if status.Date >= f.from && !slices.Contains(names, status.Report) {
			others = append(others, status.Report)
		}
	}
	slices.Sort(others)
	return append(names, slices.Compact(others)...)
}

// nightsOf returns the nights of a report. The runs, newest first, begin before
// the first night, so that missing nights are noticed there too.
func (a *API) nightsOf(links links, name string, f filter, runs []run.Status) reportNights {
	all := reportNights{Name: name, Newest: night{Outcome: blank, Text: "No run on any of these nights"}}
	switch known, ok := a.report(name); {
	case !ok:
		all.Note = "no longer in REPORTS"
	case known.OnDemand:
		all.Note = "only on request"
	default:
		all.Nightly = true
	}
	byDate := map[report.Date]run.Status{}
	var before *run.Status // the run before the current night
	for _, status := range slices.Backward(runs) {
		if status.Report != name {
			continue
		}
		byDate[status.Date] = status
		if status.Date < f.from {
			before = &status
		}
	}
	for date := f.from; date <= f.to; date = date.AddDays(1) {
		status, there := byDate[date]
		n := night{Date: date, Outcome: blank, Text: "no run"}
		switch {
		case there && (f.state == "" || f.state == status.State):
			n = nightOf(links, status)
			all.Newest, all.Progress = n, progressOf(status)
		case !there && f.state == "" && all.Nightly && before != nil && a.due(date, *before):
			n.Outcome, n.Mark, n.Text = missing, "–", "A run was due, but there is none"
			all.Newest, all.Progress = n, nil
		}
		if there {
			before = &status
		}
		all.Nights = append(all.Nights, n)
	}
	return all
}

// late is how much later than the run before tonight's run may begin before it
// counts as missing.
const late = 2 * time.Hour

// due reports whether there should be a run of the date by now. Today's is due at
// the time of day at which the run before it began; so the schedule need not be
// known.
func (a *API) due(date report.Date, before run.Status) bool {
	if date < a.Today {
		return true
	}
	return time.Since(date.Time()) > before.Started.Sub(before.Date.Time())+late
}

func nightOf(links links, status run.Status) night {
	n := night{Date: status.Date, Link: links.to(statusURL(status.Key()))}
	switch status.State {
	case run.StatePublished:
		n.Outcome, n.Mark, n.Text = good, "✓", goodNight(status)
		if status.Failed > 0 {
			n.Outcome, n.Mark = failures, short(status.Failed)
			n.Text = fmt.Sprintf("%s of %s failed", run.Number(status.Failed), run.Customers(status.Customers))
		}
	case run.StateStopped:
		n.Outcome, n.Mark, n.Text = stopped, "!", "Stopped: "+status.Reason
	case run.StatePublishing:
		n.Outcome, n.Mark, n.Text = running, "…", "Under way"
		if givenUp(status) {
			n.Outcome, n.Mark, n.Text = stopped, "!", "Stopped while publishing: "+status.Reason
		}
	case run.StateHeld:
		n.Outcome, n.Mark, n.Text = held, "‖", "Held: "+status.Reason
	case run.StateUnreadable:
		n.Outcome, n.Mark, n.Text = stopped, "?", "The record of this run cannot be read"
	default:
		n.Outcome, n.Mark, n.Text = running, "…", "Under way"
	}
	return n
}

// givenUp: storage has refused the publication for so long that no message of the
// run is left. A request takes the reason out of the record.
func givenUp(status run.Status) bool {
	return status.State == run.StatePublishing && status.Reason != ""
}

// goodNight describes a night on which nobody failed.
func goodNight(status run.Status) string {
	text := []string{fmt.Sprintf("%s of %s have data", run.Number(status.WithData), run.Customers(status.Customers))}
	if status.WithData == status.Customers && status.Customers > 1 {
		text[0] = fmt.Sprintf("All %s have data", run.Customers(status.Customers))
	}
	if status.NoData > 0 {
		text = append(text, run.Number(status.NoData)+" had no data")
	}
	if status.Excluded > 0 {
		text = append(text, run.Number(status.Excluded)+" excluded")
	}
	return strings.Join(text, ", ")
}

// totals counts the nightly reports by the outcome of their newest night, the
// worst outcome first.
func totals(reports []reportNights) []total {
	var all []total
	for _, c := range []struct {
		outcome   outcome
		mark      string
		one, many string
	}{
		{missing, "–", "report is missing", "reports are missing"},
		{stopped, "!", "report has stopped", "reports have stopped"},
		{held, "‖", "report is held", "reports are held"},
		{failures, "×", "report has failed customers", "reports have failed customers"},
		{running, "…", "report is under way", "reports are under way"},
		{good, "✓", "report is good", "reports are good"},
	} {
		n := 0
		for _, r := range reports {
			if r.Nightly && r.Newest.Outcome == c.outcome {
				n++
			}
		}
		switch {
		case n == 1:
			all = append(all, total{c.outcome, c.mark, "1 " + c.one})
		case n > 1:
			all = append(all, total{c.outcome, c.mark, run.Number(n) + " " + c.many})
		}
	}
	return all
}
