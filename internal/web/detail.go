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

// detail is the page of one run.
type detail struct {
	Record   run.Record
	Night    night
	Progress *progress
	Facts    []fact
	Segments []segment
	Warnings []string
	Offers   []offer
	CSV, Log string // links; empty where nothing was published yet
	Without  *without
	Asked    asking
}

// fact is one number of a run.
type fact struct{ Term, Value, Note string }

// asking is where the page asks for runs.
type asking struct{ Address, Then string }

// progress is how far a run is, in words.
type progress struct {
	ID       string // of its element
	Done, Of int
	Says     string
	More     string
	Quarter  int // of the way, 0 to 4
}

func (a *API) showRun(w http.ResponseWriter, r *http.Request, record run.Record, search string) {
	links := linksOf(r)
	key := run.Key{Report: record.Report, Date: record.Date}
	page := detail{
		Record: record, Night: nightOf(links, record), Progress: progressOf(record),
		Segments: segments(record), Offers: a.offers(record),
		Asked: asking{links.to(root), links.to(statusURL(key))},
	}
	for _, class := range record.Warnings.Sorted() {
		page.Warnings = append(page.Warnings, warning(class, record.Warnings[class]))
	}
	if !record.Finished.IsZero() {
		page.Facts = facts(record)
		page.CSV, page.Log = links.to(statusURL(key)+"/csv"), links.to(statusURL(key)+"/errors")
		page.Without = a.without(r, key, search)
	}
	show(w, r, http.StatusOK, runPage, page)
}

func facts(record run.Record) []fact {
	all := []fact{
		{"With data", count(record.WithData), "of " + customers(record.Customers)},
		{"Failed", count(record.Failed), ""},
		{"No data", count(record.NoData), ""},
		{"Excluded", count(record.Excluded), ""},
		{"Rows", count(record.Rows), fmt.Sprintf("of %d columns", len(record.Columns))},
		{"Took", lasting(record.Finished.Sub(record.Started)), "ended " + moment(record.Finished)},
	}
	if record.NewestRefresh != "" {
		fresh := fact{"Data of", shortDay(record.NewestRefresh), daysBefore(record.NewestRefresh, record.Date)}
		if record.OldestRefresh != record.NewestRefresh {
			fresh.Note += "; the oldest of " + shortDay(record.OldestRefresh)
		}
		all = append(all, fresh)
	}
	return all
}

func daysBefore(date, of report.Date) string {
	switch n := days(date, of); n {
	case 0:
		return "the day of the run"
	case 1:
		return "1 day before the run"
	default:
		return fmt.Sprintf("%d days before the run", n)
	}
}

// segment is a part of the bar of classes, which is 1000 wide.
type segment struct {
	X, Width float64
	Kind     string // with-data, or a class
	Title    string
	Count    string
	Link     string // to its customers on this page
}

// narrowest is a segment that can still be seen.
const narrowest = 8

// segments divide the bar by customers. A class of few is drawn wider than it
// is, at the cost of those with data.
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
		all = append(all, segment{x, width(n) - 2, string(class), title(class), count(n), "#" + string(class)})
	}
	if record.WithData > 0 {
		all = append(all, segment{0, max(x-2, 0), "with-data", "With data", count(record.WithData), ""})
	}
	slices.Reverse(all)
	return all
}

// rank puts what needs a person first.
func rank(class run.Class) int {
	return slices.Index([]run.Class{run.NoData, run.Excluded}, class)
}

func progressOf(record run.Record) *progress {
	if record.Progress == nil || record.State == run.StateStopped {
		return nil
	}
	p := progress{ID: "progress-" + record.Report, Done: record.Progress.Done, Of: record.Progress.Of}
	if p.Of == 0 {
		p.Says = "Waiting to begin"
		return &p
	}
	p.Quarter = 4 * p.Done / p.Of
	p.Says = fmt.Sprintf("%s of %s accounted for", count(p.Done), customers(p.Of))
	var more []string
	if record.Progress.PerSecond > 0 {
		more = append(more, fmt.Sprintf("%.1f a second, about %s left", record.Progress.PerSecond, lasting(time.Duration(record.Progress.SecondsLeft)*time.Second)))
	}
	if n := record.Progress.SetAside; n > 0 {
		more = append(more, customers(n)+" set aside, to be asked again")
	}
	more = append(more, fmt.Sprintf("slice %d", record.Progress.Slice))
	p.More = strings.Join(more, " · ")
	return &p
}

// offer is a run that may be asked for from the page of this one.
type offer struct {
	Scope                  run.Scope
	Button, Title, Explain string
	Refused                string // why it is not to be had
}

func willBe(n int) string {
	if n == 1 {
		return "1 customer is"
	}
	return customers(n) + " are"
}

// offers are what POST /api/runs would take.
func (a *API) offers(record run.Record) []offer {
	failed := offer{
		Scope: run.ScopeFailed, Button: "Rerun failed …", Title: "Ask the customers without data again?",
		Explain: fmt.Sprintf("%s asked again: who failed or had no data. The rows of the others stay, and the published files stay until the new ones are whole.",
			willBe(record.NoData+record.Failed)),
	}
	all := offer{
		Scope: run.ScopeAll, Button: "Rerun all …", Title: "Make the report anew?",
		Explain: "All customers are asked again. The published files stay until the new ones are whole.",
	}
	var list []offer
	switch state := stateOf(record); {
	case state == unreadable:
		return nil
	case state != run.StatePublished:
		again := offer{
			Scope: run.ScopeAll, Button: "Is it stuck? …", Title: "Ask for this run again?",
			Explain: "If it is stuck, it goes on from where it is. If it is not, nothing changes.",
		}
		if state == run.StateStopped {
			again.Button, again.Title, again.Explain = "Go on …", "Go on with this run?", "It goes on from where it stopped."
		}
		if record.Scope == run.ScopeFailed {
			again.Scope = run.ScopeFailed
		}
		list = []offer{again}
	case record.NoData+record.Failed > 0:
		list = []offer{failed, all}
	default:
		list = []offer{all}
	}
	for i := range list {
		if _, _, err := a.readReport(record.Report, string(record.Date), list[i].Scope); err != nil {
			_, list[i].Refused, _ = strings.Cut(err.Error(), ": ")
		}
	}
	return list
}
