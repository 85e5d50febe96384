package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// outcome is how a night went, as far as it can be seen at a glance. Each outcome
// has its own mark, so that nobody has to recognise it by its colour.
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

// reportNights are the nights of one report, the oldest first.
type reportNights struct {
	Name    string
	Nightly bool   // there should be a run every night
	Note    string // why not, otherwise
	Nights  []night
	Newest  night // the newest that is not blank
}

// lastRun is the newest run of these nights, or nil.
func (r reportNights) lastRun() *run.Status {
	for _, n := range slices.Backward(r.Nights) {
		if n.Run != nil {
			return n.Run
		}
	}
	return nil
}

// night is a report's run of one date, or that there is none.
type night struct {
	Date    report.Date
	Run     *run.Status // nil if there is none
	Outcome outcome
	Mark    string
	Text    string
}

// runsFrom is the day from which runs are read to show the nights from a day on:
// so nights that are missing are noticed there, too.
func runsFrom(from report.Date) report.Date { return from.AddDays(-7) }

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
// the first night.
func (a *API) nightsOf(name string, f filter, runs []run.Status) reportNights {
	none := "No run"
	if f.state != "" {
		none = "No " + string(f.state) + " run"
	}
	all := reportNights{Name: name, Newest: night{Outcome: blank, Text: none + " on any of these nights"}}
	switch known, ok := a.report(name); {
	case !ok:
		all.Note = "not in REPORTS"
	case known.OnDemand:
		all.Note = "only on request"
	default:
		all.Nightly = true
	}
	byDate := map[report.Date]*run.Status{}
	var before *run.Status // the run before the current night
	for i, status := range slices.Backward(runs) {
		if status.Report != name {
			continue
		}
		byDate[status.Date] = &runs[i]
		if status.Date < f.from {
			before = &runs[i]
		}
	}
	for date := f.from; date <= f.to; date = date.AddDays(1) {
		status := byDate[date]
		n := night{Date: date, Outcome: blank, Text: none}
		switch {
		case status != nil && (f.state == "" || f.state == status.State):
			n = nightOf(status)
			all.Newest = n
		case status == nil && f.state == "" && all.Nightly && before != nil && a.due(date, *before):
			n.Outcome, n.Mark, n.Text = missing, "–", "A run was due, but there is none"
			all.Newest = n
		}
		if status != nil {
			before = status
		}
		all.Nights = append(all.Nights, n)
	}
	return all
}

// late is how much later than the previous run tonight's may begin before it counts as
// missing.
const late = 2 * time.Hour

// due reports whether there should be a run of the date by now. Today's is due at the
// time of day at which the previous run began, so the schedule need not be known.
func (a *API) due(date report.Date, before run.Status) bool {
	if date < a.Today {
		return true
	}
	return time.Since(date.Time()) > before.Started.Sub(before.Date.Time())+late
}

func nightOf(status *run.Status) night {
	n := night{Date: status.Date, Run: status, Outcome: running, Mark: "…", Text: "Under way"}
	switch status.State {
	case run.StatePublished:
		n.Outcome, n.Mark, n.Text = good, "✓", goodNight(*status)
		if status.Failed > 0 {
			n.Outcome, n.Mark = failures, short(status.Failed)
			n.Text = fmt.Sprintf("%s of %s failed", run.Number(status.Failed), run.Customers(status.Customers))
		}
	case run.StateStopped:
		n.Outcome, n.Mark, n.Text = stopped, "!", "Stopped: "+cmp.Or(status.Reason, "no reason is known")
	case run.StatePublishing:
		if givenUp(*status) {
			n.Outcome, n.Mark, n.Text = stopped, "!", "Stopped while publishing: "+status.Reason
		}
	case run.StateHeld:
		n.Outcome, n.Mark, n.Text = held, "‖", "Held: "+status.Reason
	case run.StateUnreadable:
		n.Outcome, n.Mark, n.Text = stopped, "?", "The record of this run cannot be read"
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
