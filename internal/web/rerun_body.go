package web

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// bodyLimit is how many bytes a request may have, far more than any needs.
const bodyLimit = 64 << 10

// rerunRequest is the body of POST /api/runs.
type rerunRequest struct {
	date    report.Date // empty: today
	reports []string    // nil: those of every night
	scope   run.Scope   // all or failed
	accept  acceptance
	asked   run.Asked // with scope failed: whom
}

// acceptance says which held run to publish as it is, if any.
type acceptance struct {
	given bool
	turn  run.Turn // empty: whichever is held
}

// UnmarshalJSON reads true or a turn.
func (a *acceptance) UnmarshalJSON(text []byte) error {
	a.given = true
	if string(text) == "true" {
		return nil
	}
	var turn string
	err := json.Unmarshal(text, &turn)
	if err == nil {
		a.turn, err = run.ParseTurn(turn)
	}
	return err
}

// parseRerun reads the body. encoding/json by itself would ignore the case of a name,
// and take null as if the field were not there.
func parseRerun(body []byte) (rerunRequest, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return rerunRequest{}, bodyMissing()
	}
	fields, err := members(body)
	if err != nil {
		return rerunRequest{}, err
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
		case "accept":
			into, want = &wanted.accept, "true, or the turn of a held run"
		case "customers":
			into, want = &wanted.asked.Customers, "a list of tenant ids or domains"
		case "class":
			into = &wanted.asked.Class
		default:
			return rerunRequest{}, badRequest("body", "unknown field %q; accepted: accept, class, customers, date, reports, scope", name)
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
	if err := checkAsked(fields, wanted); err != nil {
		return rerunRequest{}, err
	}
	if _, given := fields["scope"]; given && wanted.accept.given {
		return rerunRequest{}, badRequest("accept", "it publishes a run as it is, and asks nobody; leave scope out, or accept")
	}
	if wanted.scope != run.ScopeAll && wanted.scope != run.ScopeFailed {
		return rerunRequest{}, badRequest("scope", "%q; accepted: all, failed", wanted.scope)
	}
	return wanted, nil
}

// members reads an object and refuses a member that is given twice: encoding/json
// would take the last one, another reader the first.
func members(body []byte) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		return nil, badRequest("body", "it is not one JSON object; accepted: an object with date, reports, and scope or accept, all optional")
	}
	decoder, seen := json.NewDecoder(bytes.NewReader(body)), map[string]bool{}
	decoder.Token() // the brace
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, badRequest("body", "it is not one JSON object")
		}
		name, _ := token.(string)
		if seen[name] {
			return nil, givenTwice(name)
		}
		seen[name] = true
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, badRequest("body", "it is not one JSON object")
		}
	}
	return fields, nil
}

func givenTwice(name string) *refusal {
	return badRequest("body", "%q is given twice; want it once", name)
}

// readBody reads the JSON of a request, or what a page's form sends in its place.
// A body that is too long is refused, never cut short and obeyed.
func readBody(r *http.Request) ([]byte, error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	encoded := kind == "application/octet-stream" || strings.HasPrefix(kind, "multipart/") // the host passes these on as base64
	limit := bodyLimit
	if encoded {
		limit = base64.StdEncoding.EncodedLen(bodyLimit)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, int64(limit)+1))
	if err != nil {
		return nil, badRequest("body", "it could not be read: %v", err)
	}
	if len(body) > limit {
		return nil, bodyTooLarge()
	}
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return nil, bodyMissing()
	case encoded:
		if decoded, err := base64.StdEncoding.DecodeString(string(body)); err == nil && len(decoded) > bodyLimit {
			return nil, bodyTooLarge()
		}
		return nil, badRequest("body", "it is of the type %s; send JSON, with Content-Type: application/json", kind)
	case prefersPage(r):
		return formBody(body)
	case kind == "application/x-www-form-urlencoded" && !json.Valid(body) && bytes.Contains(body, []byte("=")):
		return nil, badRequest("body", "it is the fields of a form; send JSON: in PowerShell, with -ContentType application/json and -Body (ConvertTo-Json @{scope='all'})")
	}
	return body, nil
}

// formBody turns the fields that a page's form sends, where no script runs, into
// the JSON that the API takes. Anything else stays as it is, to be refused.
func formBody(body []byte) ([]byte, error) {
	values, err := url.ParseQuery(string(body))
	if err != nil || json.Valid(body) {
		return body, nil
	}
	fields := map[string]any{}
	for name, given := range values {
		fields[name] = given[0]
		switch {
		case name == "reports" || name == "customers":
			fields[name] = given
		case len(given) > 1:
			return nil, givenTwice(name)
		}
	}
	object, err := json.Marshal(fields)
	if err != nil {
		panic(err) // texts can always be marshalled
	}
	return object, nil
}
