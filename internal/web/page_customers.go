package web

import (
	"fmt"
	"net/http"
	"slices"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// customersPage is every customer that the newest run of a report has no data for.
type customersPage struct {
	listing
	Runs   int    // whose logs were read
	Report string // if only one is wanted
	Found  int
	Ask    *offer // to ask all of the chosen class again
	Home   string // forms post to it
	Self   string
	Table  string // link to the same as CSV
}

func (a *API) showCustomers(w http.ResponseWriter, r *http.Request, f filter, runs []run.Status, n *needs, shown []*need, pages int) {
	fixed := []string{"by", "customer"}
	if f.report != "" {
		fixed = append(fixed, "report", f.report)
	}
	if f.nights() != usualDays {
		fixed = append(fixed, "nights", fmt.Sprint(f.nights()))
	}
	page := customersPage{
		listing: n.listing(r, root, f, shown, pages, fixed...),
		Runs:    len(n.runs), Report: f.report, Found: len(n.all),
	}
	table := append(fixed, "format", "csv")
	if f.class != "" {
		table = append(table, "class", string(f.class))
	}
	if f.find != "" {
		table = append(table, "find", f.find)
	}
	links := linksOf(r)
	page.Table, page.Home, page.Self = links.to(root, table...), links.to(root), links.to(root, fixed...)
	if f.class != "" && f.class != run.Excluded {
		page.Ask = a.askSome(runs, n.lacking(f.class), run.Asked{Class: f.class})
	}
	writePage(w, r, http.StatusOK, customersTemplate, page)
}

// customerPage is one customer.
type customerPage struct {
	run.Customer
	Ends  string   // the last relationship, in words
	Known []string // from which sources
	Needs []*customerNeed
	Left  bool // the newest runs did not ask it any more
	// Unread: it is not known whether each report has data from the customer.
	Unread bool
	Ask    *offer
	Home   string // forms post to it
	Self   string
	Grid   grid
}

// customerNeed is why some reports have no data for the customer.
type customerNeed struct {
	Class         run.Class
	Title, Remedy string
	Consent       string
	Message       string
	CorrelationID string
	Since         string
	Reports       []queuedLink
	More          int // reports that are not named
}

func (a *API) showCustomer(w http.ResponseWriter, r *http.Request, f filter, runs []run.Status, c *customerNights) {
	links := linksOf(r)
	page := customerPage{Customer: c.customer, Left: c.left, Home: links.to(root), Self: links.to(root, "by", "customer", "customer", c.customer.TenantID)}
	for _, name := range c.customer.Sources.Names() {
		page.Known = append(page.Known, sources[name])
	}
	if c.customer.Ends != "" {
		page.Ends = endsWords(c.customer.Ends, a.Today)
	}
	var rows []gridRow
	var lacking []run.Key
	for _, one := range c.reports {
		if len(one.nights) == 0 {
			continue
		}
		page.add(links, one, newestDate(runs), a.Login)
		page.Unread = page.Unread || one.nights[0].class == unknown
		if newest := one.nights[0]; newest.line.Customer.TenantID != "" && newest.class != run.Excluded {
			lacking = append(lacking, newest.run.Key())
		}
		rows = append(rows, customerRow(links, one, f))
	}
	page.Grid = gridOf(links, f, a.Today, rows)
	page.Grid.Earlier = ""
	page.Ask = a.askSome(runs, lacking, run.Asked{Customers: []string{c.customer.TenantID}})
	writePage(w, r, http.StatusOK, customerTemplate, page)
}

// add adds the newest night of a report to what the customer needs.
func (p *customerPage) add(links links, one customerReport, tonight report.Date, login string) {
	newest := one.nights[0]
	if newest.class == withData || newest.class == unknown {
		return
	}
	remedy, consent := generalRemedy(newest.line, login)
	link := queuedLink{newest.run.Key(), links.to(statusURL(newest.run.Key()))}
	for _, known := range p.Needs {
		if known.Class == newest.class && known.Remedy == remedy {
			if len(known.Reports) < fewNamed {
				known.Reports = append(known.Reports, link)
			} else {
				known.More++
			}
			return
		}
	}
	p.Needs = append(p.Needs, &customerNeed{
		Class: newest.class, Title: title(newest.class), Remedy: remedy, Consent: consent,
		Message: newest.line.Failure.Message, CorrelationID: newest.line.Failure.CorrelationID,
		Since: one.since(tonight), Reports: []queuedLink{link},
	})
	slices.SortStableFunc(p.Needs, func(x, y *customerNeed) int { return rank(x.Class) - rank(y.Class) })
}

// since says since which of the nights the customer has had no data.
func (c customerReport) since(tonight report.Date) string {
	newest := c.nights[0]
	if newest.class == run.Excluded {
		return ""
	}
	since := newest.run.Date
	for _, night := range c.nights[1:] {
		switch night.class {
		case withData, run.Excluded:
			return sinceWords(since, tonight, false)
		case unknown:
			return sinceWords(since, tonight, true)
		}
		since = night.run.Date
	}
	return sinceWords(since, tonight, true)
}

func customerRow(links links, one customerReport, f filter) gridRow {
	byDate := map[report.Date]customerNight{}
	for _, night := range one.nights {
		byDate[night.run.Date] = night
	}
	newest := one.nights[0]
	row := gridRow{
		ID: "report-" + one.name, Name: one.name, Report: one.name, From: f.from,
		Link: links.to(root, "report", one.name), Strip: stripOfCustomer(byDate, f),
		Newest: night{Date: newest.run.Date, Outcome: customerOutcome(newest.class), Mark: customerMark(newest.class), Text: title(newest.class)},
	}
	row.Words = nightWords(f.nights(), func(i int) (string, bool) {
		if night, there := byDate[f.from.AddDays(i)]; there {
			return title(night.class), true
		}
		return "No run", false
	})
	return row
}

func customerOutcome(class run.Class) outcome {
	switch {
	case class == withData:
		return good
	case class == unknown, class.HasNothing(), class == run.Excluded:
		return blank
	}
	return failures
}

func customerMark(class run.Class) string {
	switch customerOutcome(class) {
	case good:
		return "✓"
	case failures:
		return "×"
	}
	return "·"
}

// endsWords says when the last relationship ends.
func endsWords(ends, today report.Date) string {
	switch days := int(ends.Time().Sub(today.Time()).Hours() / 24); {
	case days < 0:
		return "ended on " + day(ends)
	case days == 0:
		return "ends today"
	case days <= 60:
		return fmt.Sprintf("ends on %s, in %s", day(ends), count(days, "day"))
	}
	return "ends on " + day(ends)
}
