package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// mood is what one look at a night should tell. Each has a mark, so that none
// is told by its colour alone.
type mood string

const (
	good     mood = "good"
	failures mood = "failures"
	running  mood = "running"
	stopped  mood = "stopped"
	missing  mood = "missing" // there should be a run, and there is none
	blank    mood = "blank"   // there is no run, and need not be
)

// overview is the page of all reports.
type overview struct {
	From, To       report.Date
	Earlier, Later string // links; empty where there is nothing
	Today          bool   // it ends with today
	Moods          []moodCount
	Reports        []reportNights
	Live           bool
}

// moodCount is how many reports went how in their newest night.
type moodCount struct {
	Mood       mood
	Mark, Says string
}

// reportNights are the nights of one report, the oldest first.
type reportNights struct {
	Name     string
	Made     string // how it is made, where not every night
	Nights   []night
	Newest   night // the newest that is not blank
	Progress *progress
}

// night is one square of a strip.
type night struct {
	Date report.Date
	Link string // empty where there is no run
	Mood mood
	Mark string
	Says string
}

// Number is the night's day of the month.
func (n night) Number() int { return n.Date.Time().Day() }

// late is how much later than the last time tonight's run may begin before it
// counts as missing.
const late = 2 * time.Hour

func (a *API) showOverview(w http.ResponseWriter, r *http.Request, f filter, records []run.Record) {
	links := linksOf(r)
	page := overview{From: f.from, To: f.to, Today: string(f.to) == a.Today}
	nightsTo := func(last report.Date) string {
		query := []string{"to", string(last)}
		if f.report != "" {
			query = append(query, "report", f.report)
		}
		return links.to(root, query...)
	}
	page.Earlier = nightsTo(f.from.AddDays(-1))
	if !page.Today {
		page.Later = nightsTo(min(f.to.AddDays(usualDays), report.Date(a.Today)))
	}
	for _, name := range a.shown(f, records) {
		strip := a.strip(links, name, f, records)
		page.Reports = append(page.Reports, strip)
		page.Live = page.Live || strip.Progress != nil
	}
	page.Moods = countMoods(page.Reports)
	show(w, r, http.StatusOK, overviewPage, page)
}

// shown names the reports of the page: those of every night, and others that
// have runs.
func (a *API) shown(f filter, records []run.Record) []string {
	var names []string
	for _, known := range a.Reports {
		if !known.OnDemand && (f.report == "" || f.report == known.Name) {
			names = append(names, known.Name)
		}
	}
	var others []string
	for _, record := range records {
		if record.Date >= f.from && !slices.Contains(names, record.Report) {
			others = append(others, record.Report)
		}
	}
	slices.Sort(others)
	return append(names, slices.Compact(others)...)
}

// strip tells of each night of a report. The records, newest first, begin before
// it does, so that it knows of nights that are missing at its beginning.
func (a *API) strip(links links, name string, f filter, records []run.Record) reportNights {
	strip := reportNights{Name: name, Newest: night{Mood: blank, Says: "No run on any of these nights"}}
	at := slices.IndexFunc(a.Reports, func(known Report) bool { return known.Name == name })
	nightly := at >= 0 && !a.Reports[at].OnDemand
	switch {
	case at < 0:
		strip.Made = "made no longer"
	case !nightly:
		strip.Made = "made on demand"
	}
	byDate := map[report.Date]run.Record{}
	var before *run.Record // the run before the night that is told of
	for _, record := range slices.Backward(records) {
		if record.Report != name {
			continue
		}
		byDate[record.Date] = record
		if record.Date < f.from {
			before = &record
		}
	}
	for date := f.from; date <= f.to; date = date.AddDays(1) {
		record, there := byDate[date]
		n := night{Date: date, Mood: blank, Says: "no run"}
		switch {
		case there && (f.state == "" || f.state == stateOf(record)):
			n = nightOf(links, record)
			strip.Newest, strip.Progress = n, progressOf(record)
		case !there && f.state == "" && nightly && before != nil && a.due(date, *before):
			n.Mood, n.Mark, n.Says = missing, "–", "There should be a run, and there is none"
			strip.Newest, strip.Progress = n, nil
		}
		if there {
			before = &record
		}
		strip.Nights = append(strip.Nights, n)
	}
	return strip
}

// due tells whether there should be a run of the date by now. That of today is
// due when it begins later in the day than the one before did. There is no need
// to read the schedule.
func (a *API) due(date report.Date, before run.Record) bool {
	if string(date) < a.Today {
		return true
	}
	return time.Since(date.Time()) > before.Started.Sub(before.Date.Time())+late
}

func stateOf(record run.Record) run.State { return cmp.Or(record.State, unreadable) }

func nightOf(links links, record run.Record) night {
	key := run.Key{Report: record.Report, Date: record.Date}
	n := night{Date: record.Date, Link: links.to(statusURL(key))}
	switch stateOf(record) {
	case run.StatePublished:
		n.Mood, n.Mark, n.Says = good, "✓", wentWell(record)
		if record.Failed > 0 {
			n.Mood, n.Mark = failures, short(record.Failed)
			n.Says = fmt.Sprintf("%s of %s failed", count(record.Failed), customers(record.Customers))
		}
	case run.StateStopped:
		n.Mood, n.Mark, n.Says = stopped, "!", "Stopped: "+record.Reason
	case unreadable:
		n.Mood, n.Mark, n.Says = stopped, "?", "The record of this run can't be read"
	default:
		n.Mood, n.Mark, n.Says = running, "…", "Under way"
	}
	return n
}

func wentWell(record run.Record) string {
	if record.WithData == record.Customers {
		return "All of " + customers(record.Customers) + " have data"
	}
	says := []string{fmt.Sprintf("%s of %s have data", count(record.WithData), customers(record.Customers))}
	if record.NoData > 0 {
		says = append(says, count(record.NoData)+" had none to report")
	}
	if record.Excluded > 0 {
		says = append(says, count(record.Excluded)+" excluded")
	}
	return strings.Join(says, ", ")
}

// countMoods sums up how the reports are, the worst first.
func countMoods(reports []reportNights) []moodCount {
	var all []moodCount
	for _, c := range []struct {
		mood      mood
		mark      string
		one, many string
	}{
		{missing, "–", "report is missing", "reports are missing"},
		{stopped, "!", "report has stopped", "reports have stopped"},
		{failures, "×", "report has customers that failed", "reports have customers that failed"},
		{running, "…", "report is under way", "reports are under way"},
		{good, "✓", "report is good", "reports are good"},
	} {
		n := 0
		for _, r := range reports {
			if r.Newest.Mood == c.mood && r.Made == "" {
				n++
			}
		}
		switch {
		case n == 1:
			all = append(all, moodCount{c.mood, c.mark, "1 " + c.one})
		case n > 1:
			all = append(all, moodCount{c.mood, c.mark, count(n) + " " + c.many})
		}
	}
	return all
}
