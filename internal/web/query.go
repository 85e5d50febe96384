package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// filter says which runs to list.
type filter struct {
	report   string // empty: those of all reports
	from, to report.Date
	state    run.State // empty: those in any state
}

// states are those that can be filtered by.
var states = []run.State{
	run.StateQueued, run.StateRunning, run.StatePublishing, run.StatePublished, run.StateStopped, run.StateHeld, run.StateUnreadable,
}

const (
	usualDays = 30  // in a list without a first day
	mostDays  = 366 // in any list: each month of each report costs a request
)

func (a *API) filter(r *http.Request) (filter, error) {
	values, err := query(r, "report", "from", "to", "state")
	if err != nil {
		return filter{}, err
	}
	f := filter{to: a.Today}
	if name, given := values["report"]; given {
		if err := report.ValidName(name); err != nil {
			return filter{}, badRequest("report", "%v", err)
		}
		f.report = name
	}
	if text, given := values["to"]; given {
		if f.to, err = report.ParseDate(text); err != nil {
			return filter{}, badRequest("to", "%v", err)
		}
	}
	if f.to > a.Today {
		return filter{}, badRequest("to", "%s is in the future; today is %s (UTC)", f.to, a.Today)
	}
	f.from = f.to.AddDays(1 - usualDays)
	if text, given := values["from"]; given {
		if f.from, err = report.ParseDate(text); err != nil {
			return filter{}, badRequest("from", "%v", err)
		}
	}
	if f.from > f.to {
		return filter{}, badRequest("from", "%s is after %s, where the list ends", f.from, f.to)
	}
	if f.from.AddDays(mostDays) <= f.to {
		return filter{}, badRequest("from", "%s to %s are more than %d days; ask for less at once", f.from, f.to, mostDays)
	}
	if text, given := values["state"]; given {
		if f.state = run.State(text); !slices.Contains(states, f.state) {
			return filter{}, badRequest("state", "%q; accepted: %v", text, states)
		}
	}
	return f, nil
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
