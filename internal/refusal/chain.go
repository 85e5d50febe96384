package refusal

import (
	"encoding/json"
	"regexp"
	"strings"
)

// graphError is Graph's error object. Names are matched without case: both
// innerError and innererror occur. What is inside it is read as far as the chain goes.
type graphError struct {
	Code              text            `json:"code"`
	Message           text            `json:"message"`
	Type              text            `json:"type"` // the exception's, in Exchange
	Inner             json.RawMessage `json:"innerError"`
	InternalException json.RawMessage `json:"internalException"`
	Details           json.RawMessage `json:"details"`
	Error             json.RawMessage `json:"error"` // the error proper, where a service wraps it once more
	RequestID         text            `json:"request-id"`
	Date              text            `json:"date"`
}

// inside returns the errors that are objects within this one.
func (e graphError) inside() []graphError {
	var details []json.RawMessage
	json.Unmarshal(e.Details, &details) // another form has nothing to say
	var all []graphError
	for _, value := range append(details, e.Inner, e.InternalException, e.Error) {
		var found graphError
		if len(value) > 0 && value[0] == '{' && json.Unmarshal(value, &found) == nil {
			all = append(all, found)
		}
	}
	return all
}

// text is a string, or an object that has one in its value, as in older OData.
// Anything else counts as nothing.
type text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(value []byte) error {
	var plain string
	var object struct{ Value string }
	switch {
	case json.Unmarshal(value, &plain) == nil:
		*t = text(plain)
	case json.Unmarshal(value, &object) == nil:
		*t = text(object.Value)
	}
	return nil
}

// graphChain is an error and those inside it, outermost first.
type graphChain []graphError

const deepestChain = 8

// unwrapGraph reads a refusal, through errors wrapped in one another and through
// JSON that a message has as text; empty if there is no error.
func unwrapGraph(body []byte) graphChain {
	outer, ok := parseGraph(body)
	if !ok {
		return nil
	}
	var chain graphChain
	queue := []graphError{outer}
	for len(queue) > 0 && len(chain) < deepestChain {
		e := queue[0]
		queue = append(queue[1:], e.inside()...)
		if wrapped, ok := parseGraph([]byte(e.Message)); ok {
			queue = append(queue, wrapped)
			e.Message = ""
		}
		chain = append(chain, e)
	}
	return chain
}

// parseGraph reads {"error":{…}}, OAuth's {"error":"…","error_description":"…"}, or
// the inner object alone.
func parseGraph(body []byte) (graphError, bool) {
	var outer struct {
		Error       json.RawMessage `json:"error"`
		Description text            `json:"error_description"`
	}
	if json.Unmarshal(body, &outer) != nil {
		return graphError{}, false
	}
	var found graphError
	var code string
	switch {
	case outer.Error == nil:
		json.Unmarshal(body, &found)
		return found, found.Code != "" || found.Message != ""
	case json.Unmarshal(outer.Error, &code) == nil:
		return graphError{Code: text(code), Message: outer.Description}, code != "" || outer.Description != ""
	}
	json.Unmarshal(outer.Error, &found)
	return found, true
}

// exchangePrefix comes before what a cmdlet says: an id and an exception, such as
// Ex6F9304|Microsoft.Exchange.Configuration.Tasks.TaskException|.
var exchangePrefix = regexp.MustCompile(`^\w*\|[\w.+]+\|`)

// innermost returns the last error that says something, with the nearest code. What
// a cmdlet itself says takes precedence over what is said about it; its code is
// Client or Context, which tells nothing.
func (c graphChain) innermost() graphError {
	var found graphError
	var cmdlets bool
	for _, e := range c {
		own := exchangePrefix.MatchString(string(e.Message))
		if e.Message != "" && (own || !cmdlets) {
			found.Message = text(strings.TrimSpace(exchangePrefix.ReplaceAllString(string(e.Message), "")))
		}
		cmdlets = cmdlets || own
		if e.Code != "" && !own {
			found.Code = e.Code
		}
	}
	return found
}

// first returns a field's outermost value.
func (c graphChain) first(field func(graphError) text) string {
	for _, e := range c {
		if value := field(e); value != "" {
			return string(value)
		}
	}
	return ""
}

// said returns all that the chain says, in lower case and with plain apostrophes.
func (c graphChain) said() string {
	var all []string
	for _, e := range c {
		all = append(all, string(e.Code), string(e.Type), string(e.Message))
	}
	return strings.ReplaceAll(strings.ToLower(strings.Join(all, "\n")), "’", "'")
}
