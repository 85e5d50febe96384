package web

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"slices"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// bodyLimit is far more than any request needs, in bytes.
const bodyLimit = 64 << 10

// rerunRequest is the body of POST /api/runs.
type rerunRequest struct {
	date    report.Date // empty: today
	reports []string    // nil: those of every night
	scope   run.Scope   // all or failed
}

// parseRerun reads the body. encoding/json alone would ignore the case of a name,
// and take null as if the field were not there.
func parseRerun(body []byte) (rerunRequest, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return rerunRequest{}, bodyMissing()
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		return rerunRequest{}, badRequest("body", "it is not one JSON object; accepted: an object with date, reports and scope, all optional")
	}
	wanted := rerunRequest{scope: run.ScopeAll}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		var into any
		want := "text"
		switch name {
		case "date":
			into = &wanted.date
		case "reports":
			into, want = &wanted.reports, "a list of names"
		case "scope":
			into = &wanted.scope
		default:
			return rerunRequest{}, badRequest("body", "unknown field %q; accepted: date, reports, scope", name)
		}
		if string(fields[name]) == "null" || json.Unmarshal(fields[name], into) != nil {
			return rerunRequest{}, badRequest(name, "want %s, or leave it out", want)
		}
	}
	if _, given := fields["date"]; given {
		if wanted.date == "" {
			return rerunRequest{}, badRequest("date", "it is empty; want a day such as 2026-11-24, or leave it out for today")
		}
		if _, err := report.ParseDate(string(wanted.date)); err != nil {
			return rerunRequest{}, badRequest("", "%v", err)
		}
	}
	if wanted.scope != run.ScopeAll && wanted.scope != run.ScopeFailed {
		return rerunRequest{}, badRequest("scope", "%q; accepted: all, failed", wanted.scope)
	}
	return wanted, nil
}

// formBody turns the fields that a page's form sends, where no script runs, into
// the JSON that the API takes. Anything else stays as it is, to be refused.
func formBody(body []byte) []byte {
	values, err := url.ParseQuery(string(body))
	if err != nil || len(body) == 0 || json.Valid(body) {
		return body
	}
	fields := map[string]any{}
	for name, given := range values {
		fields[name] = given[0]
		if name == "reports" {
			fields[name] = given
		}
	}
	object, err := json.Marshal(fields)
	if err != nil {
		panic(err) // texts can always be marshalled
	}
	return object
}
