package web

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// logsAtOnce is how many error logs are read side by side.
const logsAtOnce = 8

// dealOrder has the classes in the order in which to deal with them, as in
// docs/operate.md. A class of another version comes before no-data.
var dealOrder = []run.Class{
	run.PartnerCredential, run.ConsentMissing, run.RoleMissing, run.BlockedByPolicy, run.RelationshipEnded, run.NotLicensed,
	run.TenantGone, run.WrongCloud, run.MalformedReport, run.ServiceFault, run.Throttled, run.NoData, run.Excluded,
}

func rank(class run.Class) int {
	n := slices.Index(dealOrder, class)
	switch {
	case n < 0:
		return 2*slices.Index(dealOrder, run.NoData) - 1
	default:
		return 2 * n
	}
}

// sortedClasses returns the classes in the order in which to deal with them.
func sortedClasses[N any](classes map[run.Class]N) []run.Class {
	var all []run.Class
	for class := range classes {
		all = append(all, class)
	}
	slices.SortFunc(all, func(x, y run.Class) int { return cmp.Or(rank(x)-rank(y), cmp.Compare(x, y)) })
	return all
}

// isQuiet reports whether nobody has to do anything about the class.
func isQuiet(class run.Class) bool { return class == run.NoData || class == run.Excluded }

// kept returns the class without the line of the log that it is a part of.
func kept(class run.Class) run.Class {
	if n := slices.Index(dealOrder, class); n >= 0 {
		return dealOrder[n]
	}
	return run.Class(strings.Clone(string(class)))
}

// needs are the customers without data of some runs, each of them once.
type needs struct {
	runs    []run.Key         // in the order of the reports
	tonight report.Date       // the newest night: whoever lacks data since then is new
	all     []*need           // those that match the filter, in the order in which to deal with them
	classes map[run.Class]int // how many have each class first, whatever class is wanted
	total   int               // how many there are, whatever is searched for
	unread  []unread          // logs that can't be read
}

// unread is a run whose error log can't be read, and why.
type unread struct {
	run.Key
	err error
}

// need is a customer without data.
type need struct {
	line    run.Line // of the class to deal with first
	first   lack     // that it is from
	remedy  string   // the same for all who need the same
	needing *int     // how many need the same
	consent string   // the customer's own address, if it has one
	lacks   []lack   // in the order of the reports
	name    string   // in lower case, to sort by
	matches bool     // what is searched for
	since   report.Date
	earlier bool // since may be earlier still
}

// lack is a run that has no data for a customer.
type lack struct {
	run   int // its index among the runs
	class run.Class
}

// Class is the one to deal with first.
func (n *need) Class() run.Class { return n.line.Failure.Class }

// ofRuns returns which of the runs have no data for the customer.
func (n *need) ofRuns(runs []run.Key) []run.Key {
	var keys []run.Key
	for _, l := range n.lacks {
		keys = append(keys, runs[l.run])
	}
	return keys
}

// readNeeds reads the error logs of the runs. It keeps one line of each customer,
// however many runs there are.
func (a *API) readNeeds(ctx context.Context, runs []run.Key, class run.Class, find string) *needs {
	n := &needs{runs: runs, classes: map[run.Class]int{}}
	find = strings.ToLower(find)
	byTenant := map[string]*need{}
	var merging sync.Mutex
	var reading errgroup.Group
	reading.SetLimit(logsAtOnce)
	for i, key := range runs {
		reading.Go(func() error {
			for line, err := range a.Runs.ErrorLog(ctx, key) {
				merging.Lock()
				if err != nil {
					n.unread = append(n.unread, unread{key, err})
				} else {
					addLine(byTenant, i, line, find)
				}
				merging.Unlock()
			}
			return nil
		})
	}
	reading.Wait()
	n.total = len(byTenant)
	n.sort(byTenant, class, a.Login)
	return n
}

// logUnread logs which error logs can't be read.
func (a *API) logUnread(ctx context.Context, n *needs) {
	for _, log := range n.unread {
		a.Log.LogAttrs(ctx, slog.LevelError, "the error log cannot be read", slog.Any("", log.Key), slog.String("error", log.err.Error()))
	}
}

func addLine(byTenant map[string]*need, of int, line run.Line, find string) {
	line.Failure.Class = kept(line.Failure.Class)
	this := lack{of, line.Failure.Class}
	one := byTenant[line.Customer.TenantID]
	switch {
	case one == nil:
		one = &need{line: line, first: this}
		byTenant[line.Customer.TenantID] = one
	case cmp.Or(rank(this.class)-rank(one.first.class), this.run-one.first.run) < 0:
		one.line, one.first = line, this
	}
	one.lacks = append(one.lacks, this)
	one.matches = one.matches || matches(line, find)
}

// matches reports whether the lower-case search is part of anything that people
// know a customer by.
func matches(line run.Line, search string) bool {
	if search == "" {
		return true
	}
	for _, text := range []string{line.Customer.Name, line.Customer.Domain, line.Customer.TenantID, string(line.Failure.Class), line.Failure.CorrelationID} {
		if strings.Contains(strings.ToLower(text), search) {
			return true
		}
	}
	return false
}

// sort puts the customers that need the same together, most useful first, and within a
// class what most of them need.
func (n *needs) sort(byTenant map[string]*need, class run.Class, login string) {
	type remedied struct {
		class  run.Class
		remedy string
	}
	needing := map[remedied]*int{}
	for _, one := range byTenant {
		if !one.matches {
			continue
		}
		n.classes[one.Class()]++
		if class != "" && one.Class() != class {
			continue
		}
		slices.SortFunc(one.lacks, func(x, y lack) int { return x.run - y.run })
		one.remedy, one.consent = generalRemedy(one.line, login)
		one.name = strings.ToLower(one.line.Customer.Name)
		same := remedied{one.Class(), one.remedy}
		if needing[same] == nil {
			needing[same] = new(int)
		}
		one.needing = needing[same]
		*one.needing++
		n.all = append(n.all, one)
	}
	slices.SortFunc(n.all, func(x, y *need) int {
		return cmp.Or(
			rank(x.Class())-rank(y.Class()), cmp.Compare(x.Class(), y.Class()),
			*y.needing-*x.needing, cmp.Compare(x.remedy, y.remedy),
			cmp.Compare(x.name, y.name), cmp.Compare(x.line.Customer.TenantID, y.line.Customer.TenantID),
		)
	})
}

// failed is how many customers failed in the runs of the date.
func (n *needs) failed(date report.Date) int {
	failed := 0
	for _, one := range n.all {
		if slices.ContainsFunc(one.lacks, func(l lack) bool {
			return n.runs[l.run].Date == date && !l.class.HasNothing() && l.class != run.Excluded
		}) {
			failed++
		}
	}
	return failed
}

// failedWords says how many customers failed in the runs of the date; nothing if none
// did. If a log can't be read, its run's record says how many they are at least.
func (n *needs) failedWords(date report.Date, runs []run.Status) string {
	failed, atLeast := n.failed(date), ""
	for _, status := range runs {
		isUnread := func(log unread) bool { return log.Key == status.Key() }
		if status.Date == date && status.Failed > 0 && slices.ContainsFunc(n.unread, isUnread) {
			failed, atLeast = max(failed, status.Failed), "at least "
		}
	}
	if failed == 0 {
		return ""
	}
	return atLeast + run.Customers(failed)
}

// perPage is how many customers a page lists.
const perPage = 200

// page returns the customers of one page, and how many pages there are.
func (n *needs) page(number int) (shown []*need, pages int) {
	pages = max(1, (len(n.all)+perPage-1)/perPage)
	from := min((number-1)*perPage, len(n.all))
	return n.all[from:min(from+perPage, len(n.all))], pages
}

// generalRemedy replaces the customer's own consent address in a remedy, so that the
// remedy is the same for all customers of a group, and returns that address too. It is
// only at the cloud's login host: whoever can write the error log must not be able to
// lead administrators elsewhere.
func generalRemedy(line run.Line, login string) (remedy, own string) {
	remedy = line.Failure.Remedy
	address := "https://" + login + "/" + line.Customer.TenantID + "/adminconsent"
	before, query, found := strings.Cut(remedy, address)
	if end := strings.IndexAny(query, " '\","); end >= 0 {
		query = query[:end]
	}
	if !found || login == "" || query != "" && query[0] != '?' {
		return remedy, ""
	}
	own = address + query
	return before + "the customer's consent address" + remedy[len(before)+len(own):], own
}
