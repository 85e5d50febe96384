package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// filter says which runs a list has.
type filter struct {
	report   string // empty: of all reports
	from, to report.Date
	state    run.State // empty: in any state
}

// states are those that may be asked for.
var states = []run.State{
	run.StateQueued, run.StateRunning, run.StatePublishing, run.StatePublished, run.StateStopped, unreadable,
}

const (
	usualDays = 30  // of a list that does not say from when
	mostDays  = 366 // of any list: each month of each report costs a request
)

func (a *API) filter(r *http.Request) (filter, error) {
	values, err := query(r, "report", "from", "to", "state")
	if err != nil {
		return filter{}, err
	}
	f := filter{to: report.Date(a.Today)}
	if name, given := values["report"]; given {
		if err := report.ValidName(name); err != nil {
			return filter{}, fmt.Errorf("report: %w", err)
		}
		f.report = name
	}
	if text, given := values["to"]; given {
		if f.to, err = report.ParseDate(text); err != nil {
			return filter{}, fmt.Errorf("to: %w", err)
		}
	}
	if string(f.to) > a.Today {
		return filter{}, fmt.Errorf("to: %s is in the future; today is %s (UTC)", f.to, a.Today)
	}
	f.from = f.to.AddDays(1 - usualDays)
	if text, given := values["from"]; given {
		if f.from, err = report.ParseDate(text); err != nil {
			return filter{}, fmt.Errorf("from: %w", err)
		}
	}
	if f.from > f.to {
		return filter{}, fmt.Errorf("from: %s is after %s, where the list ends", f.from, f.to)
	}
	if f.from.AddDays(mostDays) <= f.to {
		return filter{}, fmt.Errorf("from: %s to %s are more than %d days; ask for less at once", f.from, f.to, mostDays)
	}
	if text, given := values["state"]; given {
		if f.state = run.State(text); !slices.Contains(states, f.state) {
			return filter{}, fmt.Errorf("state: %q; accepted: %v", text, states)
		}
	}
	return f, nil
}

// query reads the query parameters, each of which must be known and stand there
// once. code is the caller's key, which the Functions host has checked.
func query(r *http.Request, accepted ...string) (map[string]string, error) {
	all, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, errors.New("query: it is not percent-encoded as it should be") // err may show the caller's key
	}
	values := map[string]string{}
	for name, given := range all {
		if name == "code" {
			continue
		}
		if !slices.Contains(accepted, name) {
			return nil, fmt.Errorf("query: %q is no parameter here; accepted: %s", name, strings.Join(append([]string{"code"}, accepted...), ", "))
		}
		if len(given) > 1 {
			return nil, fmt.Errorf("%s: it is given %d times; want one", name, len(given))
		}
		values[name] = given[0]
	}
	return values, nil
}
