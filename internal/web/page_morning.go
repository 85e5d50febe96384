package web

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// morningPage is what somebody sees first in the morning: whether everything is
// there, which customers need attention, and how the nights went.
type morningPage struct {
	Sentence string
	Ended    time.Time   // of the newest publication of the night
	Night    report.Date // the newest that has a run
	Troubles []gridRow   // reports that need attention
	Groups   []*group
	Search   search
	All      string   // link to every customer without data
	Quiet    []choice // classes for which nothing has to be done
	Unread   []unread
	Ask      *offer
	Home     string // forms post to it
	Self     string
	Grid     grid
	Live     bool // a run is under way
}

const (
	fewListed = 8  // customers of one group in the morning
	fewGroups = 24 // our tables have far fewer remedies
)

func (a *API) morning(w http.ResponseWriter, r *http.Request, f filter, runs []run.Status) {
	links := linksOf(r)
	page := morningPage{
		Home: links.to(root), Self: links.to(root), All: links.to(root, "by", "customer"),
		Search: search{Action: root, Hidden: links.fields("by", "customer")},
	}
	var reports []reportNights
	for _, name := range a.shownReports(f, runs) {
		reports = append(reports, a.nightsOf(name, f, runs))
	}
	page.Grid = gridOf(links, f, a.Today, gridRows(links, reports))
	for i, row := range page.Grid.Rows {
		page.Live = page.Live || row.Progress != nil
		if o := row.Newest.Outcome; reports[i].Nightly && (o == stopped || o == held || o == missing) {
			page.Troubles = append(page.Troubles, row)
		}
	}
	if f.to < a.Today || f.state != "" {
		page.Sentence = fmt.Sprintf("%s to %s", day(f.from), day(f.to))
		if f.state != "" {
			page.Sentence += ", " + string(f.state) + " runs only"
		}
		page.Troubles = nil
		writePage(w, r, http.StatusOK, morningTemplate, page)
		return
	}
	n := a.readNeeds(r.Context(), a.newest(f, runs), "", "")
	a.logUnread(r.Context(), n)
	few, groups := n.few()
	a.tellSince(r.Context(), n, few, runsBefore(runs), nil)
	page.Night, page.Ended = lastNight(reports)
	n.tonight = page.Night
	page.Groups, page.Unread = groups(links, few), n.unread
	page.Quiet = n.quiet(links)
	page.Sentence = sentence(reports, page.Night, n.failedWords(page.Night, runs))
	page.Ask = a.askSome(runs, n.lacking(""), run.Asked{})
	for _, g := range page.Groups {
		if g.Title != "" {
			g.Ask = a.askSome(runs, n.lacking(g.Class), run.Asked{Class: g.Class})
		}
	}
	writePage(w, r, http.StatusOK, morningTemplate, page)
}

// lastNight is the newest night that has a run, and when its last publication ended.
func lastNight(reports []reportNights) (night report.Date, ended time.Time) {
	for _, r := range reports {
		if newest := r.Newest.Run; newest != nil && r.Nightly {
			night = max(night, newest.Date)
		}
	}
	for _, r := range reports {
		if newest := r.Newest.Run; newest != nil && r.Nightly && newest.Date == night && newest.Finished.After(ended) {
			ended = newest.Finished
		}
	}
	return night, ended
}

// sentence is last night in one sentence; failed says who failed, if anybody did.
func sentence(reports []reportNights, night report.Date, failed string) string {
	nightly, gone, under, toCome, customers, ran := 0, 0, 0, 0, 0, false
	for _, r := range reports {
		if !r.Nightly {
			continue
		}
		nightly++
		switch o := r.Newest.Outcome; {
		case o == stopped, o == held, o == missing, o == blank:
			gone++
		case o == running:
			under++
		case r.Newest.Date < night:
			toCome++
		}
		if last := r.lastRun(); last != nil {
			ran = true
			customers = max(customers, last.Customers-last.Excluded)
		}
	}
	if !ran {
		return "No report has run yet."
	}
	begin := count(nightly, "report") + ", " + run.Customers(customers) + ": "
	end := "."
	var waited []string
	if under > 0 {
		waited = append(waited, areStill(under)+"under way")
	}
	if toCome > 0 {
		waited = append(waited, areStill(toCome)+"to come")
	}
	if len(waited) > 0 {
		end = "; " + strings.Join(waited, " and ") + "."
	}
	var lacking []string
	if gone > 0 {
		lacking = append(lacking, count(gone, "report"))
	}
	if failed != "" {
		lacking = append(lacking, failed)
	}
	switch {
	case len(lacking) > 0:
		return begin + "all there but " + strings.Join(lacking, " and ") + end
	case under+toCome == nightly && under > 0:
		return begin + "still under way."
	}
	return begin + "everything is there" + end
}

func areStill(n int) string {
	if n == 1 {
		return "1 report is still "
	}
	return count(n, "report") + " are still "
}

// few returns the first customers of each group that needs attention, and what
// makes the groups of them.
func (n *needs) few() ([]*need, func(links, []*need) []*group) {
	var few []*need
	var more []int // by group
	listed := 0    // of the current group
	for i, one := range n.all {
		if isQuiet(one.Class()) {
			continue
		}
		if i == 0 || one.Class() != n.all[i-1].Class() || one.remedy != n.all[i-1].remedy {
			more, listed = append(more, 0), 0
		}
		if listed++; listed <= fewListed && len(more) <= fewGroups {
			few = append(few, one)
		} else {
			more[len(more)-1]++
		}
	}
	return few, func(links links, few []*need) []*group {
		groups := groupsOf(links, n, few)
		for i, g := range groups {
			g.More, g.All = more[i], links.to(root, "by", "customer", "class", string(g.Class))
		}
		return groups
	}
}

func (n *needs) quiet(links links) []choice {
	var all []choice
	for _, class := range []run.Class{run.NoData, run.Excluded} {
		if count := n.classes[class]; count > 0 {
			all = append(all, choice{Title: title(class), Count: run.Customers(count), Class: class, Link: links.to(root, "by", "customer", "class", string(class))})
		}
	}
	return all
}
