package web

import (
	"fmt"
	"net/http"
	"slices"

	"tenantrollup/internal/run"
)

// group is the customers of a page that need the same thing done.
type group struct {
	Class  run.Class
	Title  string // empty if the previous group has the same class
	Remedy string
	Since  string // since when most of them have had no data, in words; empty if each says so itself
	New    bool   // Since is tonight, and somebody has to do something
	Mixed  bool   // the others say since when
	Who    []who
	Ask    *offer // to ask all of the class again; nil: not here
	More   int    // customers that the page does not list
	All    string // link to all of them, if there are more
}

// who is a customer in a group.
type who struct {
	run.Customer
	Link    string // to the customer's page
	Consent string // the customer's own consent address, if it has one
	Since   string // since when it has had no data, in words; empty if the group says so, or it is excluded
	New     bool   // since tonight, and somebody has to do something
	In      string // which reports lack it; empty if that is clear
}

// groupsOf puts customers, which are sorted, into groups.
func groupsOf(links links, n *needs, shown []*need) []*group {
	var groups []*group
	for i, one := range shown {
		if i == 0 || one.Class() != shown[i-1].Class() || one.remedy != shown[i-1].remedy {
			g := &group{Class: one.Class(), Title: title(one.Class()), Remedy: one.remedy}
			if i > 0 && one.Class() == shown[i-1].Class() {
				g.Title = ""
			}
			groups = append(groups, g)
		}
		g := groups[len(groups)-1]
		w := who{
			Customer: one.line.Customer, Consent: one.consent,
			Link: links.to(root, "by", "customer", "customer", one.line.Customer.TenantID),
		}
		if one.Class() != run.Excluded {
			w.Since = sinceWords(one.since, n.tonight, one.earlier)
			w.New = w.Since == "new" && !isQuiet(one.Class())
		}
		if len(n.runs) > 1 {
			w.In = inReports(one.ofRuns(n.runs), len(n.runs))
		}
		g.Who = append(g.Who, w)
	}
	for _, g := range groups {
		g.saySinceOnce()
	}
	return groups
}

// fewSince is how many customers may say the same in a row: for more, the group
// says it.
const fewSince = 2

// saySinceOnce makes the group say since when most of its customers have had no data.
func (g *group) saySinceOnce() {
	counts := map[string]int{}
	for _, w := range g.Who {
		counts[w.Since]++
	}
	for since, count := range counts {
		if since == "" || count <= fewSince || 2*count <= len(g.Who) {
			continue
		}
		g.Since, g.Mixed = since, count < len(g.Who)
		for i, w := range g.Who {
			if w.Since == since {
				g.Who[i].Since, g.New = "", w.New
			}
		}
	}
}

// inReports names a few reports, and counts more.
func inReports(keys []run.Key, of int) string {
	switch {
	case len(keys) == of:
		return "in all reports"
	case len(keys) > 2:
		return fmt.Sprintf("in %d reports", len(keys))
	case len(keys) == 2:
		return "in " + keys[0].Report + " and " + keys[1].Report
	}
	return "in " + keys[0].Report
}

// search is the form above a list of customers.
type search struct {
	Action  string
	Hidden  []field // what the form must not lose
	Find    string
	Found   string    // what was found, in words; empty if everything is shown
	All     string    // link to everything
	Choices []choice  // of classes
	Class   run.Class // that is chosen
}

type field struct{ Name, Value string }

// fields are these names and values, and the key, for a form, which would remove
// them from its address.
func (l links) fields(query ...string) []field {
	var all []field
	for i := 0; i+1 < len(query); i += 2 {
		all = append(all, field{query[i], query[i+1]})
	}
	if l.code != "" {
		all = append(all, field{"code", l.code})
	}
	return all
}

// choice is a class to choose.
type choice struct {
	Title, Count, Link string
	Class              run.Class
	Chosen             bool
}

// pager leads to the other pages of a list.
type pager struct {
	Page, Pages        int
	Previous, Next     string // links; empty if there is none
	First, Last, Found string // of the customers shown, in words
}

// listing is a searchable list of customers without data.
type listing struct {
	Search search
	Groups []*group
	Pager  *pager // nil if all are on one page
	Total  int    // customers without data, whatever is searched for
	Unread []unread
}

// listing returns the list on the page at path, whose address keeps the fixed
// names and values.
func (n *needs) listing(r *http.Request, path string, f filter, shown []*need, pages int, fixed ...string) listing {
	links := linksOf(r)
	to := func(more ...string) string { return links.to(path, slices.Concat(fixed, more)...) }
	withFind := func(more ...string) []string {
		if f.find != "" {
			more = append(more, "find", f.find)
		}
		return more
	}
	l := listing{
		Groups: groupsOf(links, n, shown), Total: n.total, Unread: n.unread,
		Search: search{Action: path, Find: f.find, All: to(), Class: f.class},
	}
	keep := fixed
	if f.class != "" {
		keep = append(slices.Clone(fixed), "class", string(f.class))
	}
	l.Search.Hidden = links.fields(keep...)
	if f.find != "" || f.class != "" {
		l.Search.Found = fmt.Sprintf("%s of %s without data", run.Number(len(n.all)), run.Customers(n.total))
	}
	for _, class := range sortedClasses(n.classes) {
		l.Search.Choices = append(l.Search.Choices, choice{
			Title: title(class), Count: run.Number(n.classes[class]), Class: class, Chosen: class == f.class,
			Link: to(withFind("class", string(class))...),
		})
	}
	if pages > 1 {
		page := func(number int) string {
			more := withFind("page", fmt.Sprint(number))
			if f.class != "" {
				more = append(more, "class", string(f.class))
			}
			return to(more...)
		}
		first := min((f.page-1)*perPage, len(n.all))
		l.Pager = &pager{
			Page: f.page, Pages: pages,
			First: run.Number(first + 1), Last: run.Number(first + len(shown)), Found: run.Number(len(n.all)),
		}
		if f.page > 1 {
			l.Pager.Previous = page(min(f.page-1, pages))
		}
		if f.page < pages {
			l.Pager.Next = page(f.page + 1)
		}
	}
	return l
}
