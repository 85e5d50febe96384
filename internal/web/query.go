package web

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// filter says what to show of the runs.
type filter struct {
	report   string // empty: of all reports
	from, to report.Date
	state    run.State // empty: in any state
	// By customer instead of by run:
	byCustomer bool
	customer   string    // this customer alone, by its tenant id; empty: all without data
	class      run.Class // that comes first for a customer; empty: any
	find       string    // part of a name, domain, tenant id, class or correlation id
	page       int       // from 1
	csv        bool
}

// reports names the report that is wanted; nil: all.
func (f filter) reports() []string {
	if f.report == "" {
		return nil
	}
	return []string{f.report}
}

// nights is how many nights are shown.
func (f filter) nights() int { return int(f.to.Time().Sub(f.from.Time()).Hours()/24) + 1 }

// states are those that can be filtered by.
var states = []run.State{
	run.StateQueued, run.StateRunning, run.StatePublishing, run.StatePublished, run.StateStopped, run.StateHeld, run.StateUnreadable,
}

const (
	usualDays = 30  // in a list without a first day
	mostDays  = 366 // in any list: each month of each report costs a request
)

// Parameters that make sense only by run, and only by customer.
var (
	ofRuns      = []string{"from", "to", "state"}
	ofCustomers = []string{"class", "find", "customer", "page", "format"}
)

func (a *API) filter(r *http.Request) (filter, error) {
	values, err := query(r, "report", "nights", "from", "to", "state", "by", "class", "find", "customer", "page", "format")
	if err != nil {
		return filter{}, err
	}
	f := filter{to: a.Today, from: a.Today.AddDays(1 - usualDays), page: 1}
	if name, given := values["report"]; given {
		if err := report.ValidName(name); err != nil {
			return filter{}, badRequest("report", "%v", err)
		}
		f.report = name
	}
	by, given := values["by"]
	switch f.byCustomer = by == "customer"; {
	case given && !f.byCustomer:
		return filter{}, badRequest("by", "%q; accepted: customer, or leave it out", by)
	case f.byCustomer:
		if name := anyOf(values, ofRuns); name != "" {
			return filter{}, badRequest(name, "it is for runs; leave it out, or by=customer")
		}
		err = f.readCustomers(values)
	default:
		if name := anyOf(values, ofCustomers); name != "" {
			return filter{}, badRequest(name, "it is for customers; want by=customer with it")
		}
		err = a.readRuns(&f, values)
	}
	if err != nil {
		return filter{}, err
	}
	return f, f.readNights(values)
}

func anyOf(values map[string]string, names []string) string {
	for _, name := range names {
		if _, given := values[name]; given {
			return name
		}
	}
	return ""
}

// readRuns reads what is only for runs.
func (a *API) readRuns(f *filter, values map[string]string) (err error) {
	if text, given := values["to"]; given {
		if f.to, err = report.ParseDate(text); err != nil {
			return badRequest("to", "%v", err)
		}
	}
	if f.to > a.Today {
		return badRequest("to", "%s is in the future; today is %s (UTC)", f.to, a.Today)
	}
	f.from = f.to.AddDays(1 - usualDays)
	if text, given := values["from"]; given {
		if f.from, err = report.ParseDate(text); err != nil {
			return badRequest("from", "%v", err)
		}
	}
	if f.from > f.to {
		return badRequest("from", "%s is after %s, where the list ends", f.from, f.to)
	}
	if f.from.AddDays(mostDays) <= f.to {
		return badRequest("from", "%s to %s are more than %d days; ask for less at once", f.from, f.to, mostDays)
	}
	if text, given := values["state"]; given {
		if f.state = run.State(text); !slices.Contains(states, f.state) {
			return badRequest("state", "%q; accepted: %s", text, listed(states))
		}
	}
	return nil
}

// readNights reads how many nights to show, up to the last one.
func (f *filter) readNights(values map[string]string) error {
	text, given := values["nights"]
	if !given {
		return nil
	}
	if _, given := values["from"]; given {
		return badRequest("nights", "it says where the list begins, and so does from; leave one of them out")
	}
	n, ok := wholeNumber(text)
	if !ok || n > mostDays {
		return badRequest("nights", "%q; want a number from 1 to %d", text, mostDays)
	}
	f.from = f.to.AddDays(1 - n)
	return nil
}

var tenantID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// readCustomers reads what is only for customers.
func (f *filter) readCustomers(values map[string]string) error {
	if text, given := values["customer"]; given {
		for _, name := range ofCustomers {
			if _, given := values[name]; given && name != "customer" {
				return badRequest(name, "it is for the list of customers; leave it out, or customer")
			}
		}
		if f.customer = strings.ToLower(text); !tenantID.MatchString(f.customer) {
			return badRequest("customer", "%q is not a tenant id; want one such as 00000000-0000-4000-8000-000000000001", text)
		}
	}
	if text, given := values["class"]; given {
		if f.class = run.Class(text); !slices.Contains(dealOrder, f.class) {
			return badRequest("class", "%q; accepted: %s", text, listed(dealOrder))
		}
	}
	f.find = strings.TrimSpace(values["find"])
	if text, given := values["format"]; given {
		if f.csv = text == "csv"; !f.csv {
			return badRequest("format", "%q; accepted: csv, or leave it out", text)
		}
	}
	var err error
	f.page, err = pageNumber(values)
	return err
}

// pageNumber reads which page of a long list is wanted.
func pageNumber(values map[string]string) (int, error) {
	text, given := values["page"]
	if !given {
		return 1, nil
	}
	n, ok := wholeNumber(text)
	if !ok {
		return 0, badRequest("page", "%q; want a number from 1 on", text)
	}
	return n, nil
}

// wholeNumber reads a number from 1 to 99,999.
func wholeNumber(text string) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && n > 0 && n < 100_000 && text == strconv.Itoa(n)
}

// query reads the query parameters. Each must be accepted here and be given once.
// code is the caller's key, which the Functions host has checked.
func query(r *http.Request, accepted ...string) (map[string]string, error) {
	all, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, badRequest("query", "it is not valid percent-encoding") // err may show the caller's key
	}
	values := map[string]string{}
	for name, given := range all {
		if name == "code" {
			continue
		}
		if !slices.Contains(accepted, name) {
			return nil, badRequest("query", "%q is not a parameter here; accepted: %s", name, strings.Join(append([]string{"code"}, accepted...), ", "))
		}
		if len(given) > 1 {
			return nil, badRequest(name, "it is given %d times; want one", len(given))
		}
		values[name] = given[0]
	}
	return values, nil
}
