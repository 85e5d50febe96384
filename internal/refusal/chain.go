package refusal

import (
	"encoding/json"
	"regexp"
	"strings"
)

// graphError is Graph's error object. Names are matched without case: both
// innerError and innererror occur.
type graphError struct {
	Code              string       `json:"code"`
	Message           string       `json:"message"`
	Type              string       `json:"type"` // the exception's, in Exchange
	Inner             *graphError  `json:"innerError"`
	InternalException *graphError  `json:"internalException"`
	Details           []graphError `json:"details"`
	RequestID         string       `json:"request-id"`
	Date              string       `json:"date"`
}

// graphChain is an error and those inside it, outermost first.
type graphChain []graphError

const deepestChain = 8

// unwrapGraph reads a refusal, through errors wrapped in one another and
// through JSON that stands as text in a message; empty where there is no error.
func unwrapGraph(text []byte) graphChain {
	outer, ok := parseGraph(text)
	if !ok {
		return nil
	}
	var chain graphChain
	queue := []graphError{outer}
	for len(queue) > 0 && len(chain) < deepestChain {
		e := queue[0]
		queue = append(queue[1:], e.Details...)
		for _, inner := range []*graphError{e.Inner, e.InternalException} {
			if inner != nil {
				queue = append(queue, *inner)
			}
		}
		if wrapped, ok := parseGraph([]byte(e.Message)); ok {
			queue = append(queue, wrapped)
			e.Message = ""
		}
		chain = append(chain, e)
	}
	return chain
}

// parseGraph reads {"error":{…}}, or the inner object alone.
func parseGraph(text []byte) (graphError, bool) {
	var wrapped struct {
		Error *graphError `json:"error"`
		graphError
	}
	if err := json.Unmarshal(text, &wrapped); err != nil {
		return graphError{}, false
	}
	if wrapped.Error != nil {
		return *wrapped.Error, true
	}
	return wrapped.graphError, wrapped.Code != "" || wrapped.Message != ""
}

// exchangePrefix stands before what a cmdlet says: an id and an exception, such as
// Ex6F9304|Microsoft.Exchange.Configuration.Tasks.TaskException|.
var exchangePrefix = regexp.MustCompile(`^\w*\|[\w.+]+\|`)

// innermost returns the last error that says something, with the nearest code.
// What a cmdlet itself says goes before what is said about it; its code is Client
// or Context, and tells nothing.
func (c graphChain) innermost() graphError {
	var found graphError
	var cmdlets bool
	for _, e := range c {
		own := exchangePrefix.MatchString(e.Message)
		if e.Message != "" && (own || !cmdlets) {
			found.Message = strings.TrimSpace(exchangePrefix.ReplaceAllString(e.Message, ""))
		}
		cmdlets = cmdlets || own
		if e.Code != "" && !own {
			found.Code = e.Code
		}
	}
	return found
}

// first returns the outermost value there is of a field.
func (c graphChain) first(field func(graphError) string) string {
	for _, e := range c {
		if value := field(e); value != "" {
			return value
		}
	}
	return ""
}

// said returns all that the chain says, in lower case and with plain apostrophes.
func (c graphChain) said() string {
	var all []string
	for _, e := range c {
		all = append(all, e.Code, e.Type, e.Message)
	}
	return strings.ReplaceAll(strings.ToLower(strings.Join(all, "\n")), "’", "'")
}
