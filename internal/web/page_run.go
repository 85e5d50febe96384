package web

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// runPage is the page of one run.
type runPage struct {
	Run            run.Status
	Night          night
	Report         string // link to the nights of the report
	Previous, Next *nextNight
	Progress       *progressBar
	Facts          []fact
	Segments       []segment
	Warnings       []warning
	Offers         []offer
	Home           string // link to the morning; forms post to it
	Self           string // link to this page
	CSV, Log       string // links; empty if nothing has been published yet
	Without        *listing
	Some           *offer // to ask the chosen class again
}

// fact is a number about a run.
type fact struct {
	Term, Value, Note string
	Time              time.Time // behind the note, if it is not zero
}

// nextNight is the run of another night.
type nextNight struct {
	Date report.Date
	Link string
}

// warning is a class of warnings, and the customers it concerns as far as they are
// known.
type warning struct {
	Text  string
	Whom  []who
	More  int
	Where string // where the customers are named, if not here
}

func (a *API) showRun(w http.ResponseWriter, r *http.Request, name, date string) error {
	key, err := a.key(r, name, date, "find", "class", "page")
	if err != nil {
		return err
	}
	f, err := listFilter(r)
	if err != nil {
		return err
	}
	looking, cancel := context.WithTimeout(r.Context(), lookTime)
	defer cancel()
	read, err := a.readRun(r.Context(), looking, key, f)
	if err != nil {
		return a.noRun(r.Context(), key.Report, err)
	}
	status, n := read.status, read.needs
	n.tonight = key.Date
	a.logUnreadable(r, status)
	links, self := linksOf(r), statusURL(key)
	page := runPage{
		Run: status, Night: nightOf(&status), Progress: progressOf(status), Report: links.to(root, "report", key.Report),
		Segments: segments(links, status, f.class), Offers: a.offers(status),
		Home: links.to(root), Self: links.to(self),
	}
	a.tellWhatItWaitsFor(r.Context(), status, page.Progress)
	page.Previous, page.Next = neighbours(links, key, read.around)
	var beside sync.WaitGroup
	beside.Go(func() { page.Warnings = a.warnings(r.Context(), links, status) })
	if status.HasFiles() {
		a.logUnread(r.Context(), n)
		page.Facts = facts(status.Record)
		page.CSV, page.Log = links.to(self+"/csv"), links.to(self+"/errors")
		_, pages := n.page(1)
		f.page = min(f.page, pages)
		shown, _ := n.page(f.page)
		a.tellSince(looking, n, shown, runsBefore(read.around), read.lately)
		page.Without = new(n.listing(r, self, f, shown, pages))
		page.Without.Search.Choices = nil // the bar's legend has them
		if f.class != "" && f.class != run.Excluded {
			page.Some = a.askSome([]run.Status{status}, []run.Key{key}, run.Asked{Class: f.class})
		}
	}
	beside.Wait()
	writePage(w, r, http.StatusOK, runTemplate, page)
	return nil
}

// listFilter reads which customers of a run to list.
func listFilter(r *http.Request) (filter, error) {
	values, err := query(r, "find", "class", "page")
	if err != nil {
		return filter{}, err
	}
	var f filter
	return f, f.readCustomers(values)
}

// readForRun is what the page of a run needs at first.
type readForRun struct {
	status run.Status
	around []run.Status // of the days around it, newest first
	needs  *needs
	lately map[run.Key]map[string]run.Class // who has a line in the logs of the nights before
}

// readRun reads it side by side. The logs of the nights before are looked at in the
// hope that the run has files; if it has none, nobody needs them.
func (a *API) readRun(ctx, looking context.Context, key run.Key, f filter) (r readForRun, err error) {
	looking, stop := context.WithCancel(looking)
	defer stop()
	var lately [logsAtOnce - 1]map[string]run.Class // beside the run's own
	var hoping sync.WaitGroup
	for i := range lately {
		hoping.Go(func() { lately[i], _ = a.Runs.Absent(looking, nightBefore(key, i), everybody) })
	}
	reading, ctx := errgroup.WithContext(ctx)
	reading.Go(func() (err error) {
		r.status, err = a.Runs.Status(ctx, key)
		return err
	})
	reading.Go(func() (err error) {
		r.around, err = a.Runs.List(ctx, []string{key.Report}, key.Date.AddDays(-nightsBack), min(key.Date.AddDays(7), a.Today))
		return err
	})
	reading.Go(func() error {
		r.needs = a.readNeeds(ctx, []run.Key{key}, f.class, f.find)
		return nil
	})
	if err = reading.Wait(); err != nil || !r.status.HasFiles() {
		stop()
	}
	hoping.Wait()
	r.lately = map[run.Key]map[string]run.Class{}
	for i, absent := range lately {
		r.lately[nightBefore(key, i)] = absent
	}
	return r, err
}

func nightBefore(key run.Key, i int) run.Key {
	return run.Key{Report: key.Report, Date: key.Date.AddDays(-1 - i)}
}

func everybody([]byte) bool { return true }

// neighbours returns the runs before and after, of those around, newest first.
func neighbours(links links, key run.Key, around []run.Status) (previous, next *nextNight) {
	for _, status := range around {
		other := &nextNight{status.Date, links.to(statusURL(status.Key()))}
		switch {
		case status.Date > key.Date:
			next = other
		case status.Date < key.Date:
			return other, next
		}
	}
	return nil, next
}

// fewNamed is how many customers a warning names.
const fewNamed = 12

// warnings explains the run's warnings. Only those about ending relationships can
// be traced to customers: the run's list says when they end.
func (a *API) warnings(ctx context.Context, links links, status run.Status) []warning {
	var all []warning
	for _, class := range status.Warnings.Sorted() {
		explained := class.Warning()
		w := warning{Text: explained.Text(status.Warnings[class])}
		if class == run.WarnRelationshipEnding {
			w.Whom = a.ending(ctx, links, status)
		}
		if explained.PerCustomer && len(w.Whom) == 0 {
			w.Where = "The function's log names the customers."
		}
		if len(w.Whom) > fewNamed {
			w.Whom, w.More = w.Whom[:fewNamed], len(w.Whom)-fewNamed
		}
		all = append(all, w)
	}
	return all
}

// ending returns the customers whose relationships end soon after the run, the earliest
// first.
func (a *API) ending(ctx context.Context, links links, status run.Status) []who {
	var whom []who
	last := status.Date.AddDays(run.EndsSoonDays)
	for customer, err := range a.Runs.Listed(ctx, status.Key(), `"ends":`) {
		if err != nil {
			a.Log.LogAttrs(ctx, slog.LevelWarn, "the customer list cannot be read", slog.Any("", status.Key()), slog.String("error", err.Error()))
			return nil
		}
		if customer.Ends != "" && customer.Ends <= last && !customer.Excluded {
			whom = append(whom, who{Customer: customer, Link: links.to(root, "by", "customer", "customer", customer.TenantID), Since: shortDay(customer.Ends)})
		}
	}
	slices.SortStableFunc(whom, func(x, y who) int { return cmp.Compare(x.Ends, y.Ends) })
	return whom
}

func facts(record run.Record) []fact {
	all := []fact{
		{Term: "With data", Value: run.Number(record.WithData), Note: "of " + run.Customers(record.Customers)},
		{Term: "Failed", Value: run.Number(record.Failed)},
		{Term: "No data", Value: run.Number(record.NoData)},
		{Term: "Excluded", Value: run.Number(record.Excluded)},
		{Term: "Rows", Value: run.Number(record.Rows), Note: "in " + count(len(record.Columns), "column")},
		{Term: "Duration", Value: lasting(record.Finished.Sub(record.Started)), Note: "ended ", Time: record.Finished},
	}
	if record.NewestRefresh != "" {
		fresh := fact{Term: "Data from", Value: shortDay(record.NewestRefresh), Note: daysBefore(record.NewestRefresh, record.Date)}
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
	Family   string // of classes that look the same
	Title    string
	Count    string
	Link     string // to its customers
	Chosen   bool
}

// narrowest is the width of a segment that can still be seen.
const narrowest = 8

// segments divides the bar by customers. A class of few customers is drawn wider
// than it is, at the cost of those with data.
func segments(links links, status run.Status, chosen run.Class) []segment {
	if status.Customers == 0 {
		return nil
	}
	width := func(n int) float64 { return max(1000*float64(n)/float64(status.Customers), narrowest) }
	var all []segment
	x := 1000.0
	for _, class := range slices.Backward(sortedClasses(status.Classes)) {
		n := status.Classes[class]
		x -= width(n)
		link := ""
		if status.HasFiles() {
			link = links.to(statusURL(status.Key()), "class", string(class)) + "#without"
		}
		all = append(all, segment{x, width(n) - 2, family(class), title(class), run.Number(n), link, class == chosen})
	}
	if status.WithData > 0 {
		all = append(all, segment{0, max(x-2, 0), family(withData), "With data", run.Number(status.WithData), "", false})
	}
	slices.Reverse(all)
	return all
}
