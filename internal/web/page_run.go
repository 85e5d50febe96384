package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"tenantrollup/internal/run"
)

// runPage is the page of one run.
type runPage struct {
	Run      run.Status
	Night    night
	Progress *progressBar
	Facts    []fact
	Segments []segment
	Warnings []string
	Offers   []offer
	Home     string // link to the nights; forms post to it
	Self     string // link to this page
	CSV, Log string // links; empty if nothing has been published yet
	Without  *withoutData
}

// fact is a number about a run.
type fact struct{ Term, Value, Note string }

func (a *API) showRun(w http.ResponseWriter, r *http.Request, status run.Status, search string) {
	links, self := linksOf(r), statusURL(status.Key())
	page := runPage{
		Run: status, Night: nightOf(links, status), Progress: progressOf(status),
		Segments: segments(status.Record), Offers: a.offers(status),
		Home: links.to(root), Self: links.to(self),
	}
	for _, class := range status.Warnings.Sorted() {
		page.Warnings = append(page.Warnings, class.Warning().Text(status.Warnings[class]))
	}
	if status.HasFiles() {
		page.Facts = facts(status.Record)
		page.CSV, page.Log = links.to(self+"/csv"), links.to(self+"/errors")
		page.Without = a.withoutData(r, status.Key(), search)
	}
	writePage(w, r, http.StatusOK, runTemplate, page)
}

func facts(record run.Record) []fact {
	all := []fact{
		{"With data", run.Number(record.WithData), "of " + run.Customers(record.Customers)},
		{"Failed", run.Number(record.Failed), ""},
		{"No data", run.Number(record.NoData), ""},
		{"Excluded", run.Number(record.Excluded), ""},
		{"Rows", run.Number(record.Rows), fmt.Sprintf("in %d columns", len(record.Columns))},
		{"Duration", lasting(record.Finished.Sub(record.Started)), "ended " + moment(record.Finished)},
	}
	if record.NewestRefresh != "" {
		fresh := fact{"Data from", shortDay(record.NewestRefresh), daysBefore(record.NewestRefresh, record.Date)}
		if record.OldestRefresh != record.NewestRefresh {
			fresh.Note += "; the oldest from " + shortDay(record.OldestRefresh)
		}
		all = append(all, fresh)
	}
	return all
}

// segment is a part of the bar of classes, which is 1000 wide.
type segment struct {
	X, Width float64
	Kind     string // with-data, or a class
	Title    string
	Count    string
	Link     string // to its customers on this page
}

// narrowest is the width of a segment that can still be seen.
const narrowest = 8

// segments divides the bar by customers. A class of few customers is drawn wider
// than it is, at the cost of those with data.
func segments(record run.Record) []segment {
	if record.Customers == 0 {
		return nil
	}
	width := func(n int) float64 { return max(1000*float64(n)/float64(record.Customers), narrowest) }
	classes := record.Classes.Sorted()
	slices.SortStableFunc(classes, func(x, y run.Class) int {
		return cmp.Or(rank(x)-rank(y), record.Classes[y]-record.Classes[x])
	})
	var all []segment
	x := 1000.0
	for _, class := range slices.Backward(classes) {
		n := record.Classes[class]
		x -= width(n)
		all = append(all, segment{x, width(n) - 2, string(class), title(class), run.Number(n), "#" + string(class)})
	}
	if record.WithData > 0 {
		all = append(all, segment{0, max(x-2, 0), "with-data", "With data", run.Number(record.WithData), ""})
	}
	slices.Reverse(all)
	return all
}

// rank puts the classes first that somebody has to do something about.
func rank(class run.Class) int {
	return slices.Index([]run.Class{run.NotLicensed, run.NoData, run.Excluded}, class)
}

// progressBar is how far a run has come, in words.
type progressBar struct {
	ID       string // of its element
	Done, Of int
	Text     string
	Details  string
	Quarter  int // how many quarters are done, 0 to 4
}

func progressOf(status run.Status) *progressBar {
	progress := status.Progress
	if progress == nil || status.State == run.StateStopped || status.State == run.StateHeld || givenUp(status) {
		return nil
	}
	bar := progressBar{ID: "progress-" + status.Report, Done: progress.Done, Of: progress.Of}
	if bar.Of == 0 {
		bar.Text = "Waiting to start"
		if status.State == run.StateQueued {
			bar.Text += ", queued since " + moment(status.Started)
			bar.Details = "An idle instance begins within ten seconds; a busy one when its slice ends."
		}
		return &bar
	}
	bar.Quarter = 4 * bar.Done / bar.Of
	bar.Text = fmt.Sprintf("%s of %s done", run.Number(bar.Done), run.Customers(bar.Of))
	var details []string
	if progress.PerSecond > 0 {
		details = append(details, fmt.Sprintf("%.1f a second, about %s left", progress.PerSecond, lasting(time.Duration(progress.SecondsLeft)*time.Second)))
	}
	if progress.SetAside > 0 {
		details = append(details, run.Customers(progress.SetAside)+" set aside to be asked again")
	}
	details = append(details, fmt.Sprintf("slice %d", progress.Slice))
	bar.Details = strings.Join(details, " · ")
	return &bar
}
