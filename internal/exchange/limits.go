package exchange

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// limit is what Microsoft documents about how far a cmdlet's answer goes. A number
// is 0 if its page names none.
type limit struct {
	pageDefault, pageLargest     int  // of PageSize
	resultDefault, resultLargest int  // of ResultSize
	unlimited                    bool // ResultSize takes Unlimited
	cursor                       bool // StartingRecipientAddress and EndDate continue
	most                         int  // records in total, however they are asked for
}

const (
	// lastPage is the largest number that the parameter Page takes.
	lastPage = 1000
	// mostTraces is how many requests Get-MessageTraceV2 accepts in five minutes.
	mostTraces = 100
)

// asking is how a cmdlet is asked for all that it has: page after page, by its
// cursor, or once.
type asking struct {
	name       string
	parameters map[string]any
	paged      bool
	cursor     *cursor // nil for none
	sizes      []int   // an answer of that many records may be incomplete
	wanted     int     // records in one answer; 0 for all
	most       int
}

// askAll adds to a call what makes its answer complete. A call that says how much
// it wants is left as it is, and so is one for a single object: sizes are not in
// the parameter set of Identity.
func askAll(name string, parameters map[string]any) asking {
	l := documented[strings.ToLower(name)]
	a := asking{name: name, parameters: parameters, most: l.most, sizes: []int{l.pageDefault, l.pageLargest, l.resultDefault, l.resultLargest}}
	own := named(parameters, "PageSize", "ResultSize")
	switch {
	case own != nil:
		a.wanted, _ = strconv.Atoi(fmt.Sprint(own)) // Unlimited is not a size
		a.sizes = []int{a.wanted}
	case named(parameters, "Page", "Identity") != nil:
	case l.cursor:
		a.wanted = l.resultLargest
		a = a.with("ResultSize", a.wanted)
		if named(parameters, "StartingRecipientAddress") == nil && named(parameters, "StartDate") != nil {
			a.cursor = &cursor{}
		}
	case l.pageLargest > 0:
		a.paged, a.wanted = true, l.pageLargest
		a = a.with("PageSize", a.wanted)
	case l.unlimited:
		a.sizes = nil
		a = a.with("ResultSize", "Unlimited")
	}
	return a
}

// again begins from the first page.
func (a asking) again() asking {
	if a.cursor != nil {
		a.cursor = &cursor{}
	}
	return a
}

// enough reports whether an answer of that many records has all that it was asked for.
// Exchange offers a next page nevertheless: see ofPage.
func (a asking) enough(n int) bool { return a.wanted > 0 && n >= a.wanted }

// full reports whether an answer of that many records may be incomplete.
func (a asking) full(n int) bool { return n > 0 && slices.Contains(a.sizes, n) }

// leads reports whether there is a way to continue from the answer of that number,
// counted from 1. asked is how often the cmdlet was sent in total.
func (a asking) leads(number, asked int) bool {
	if a.cursor != nil {
		return a.cursor.leads() && asked < mostTraces
	}
	return a.paged && number < lastPage
}

// next returns the cmdlet that asks for the answer with that number.
func (a asking) next(number int) (cmdlet, error) {
	switch {
	case a.paged:
		a = a.with("Page", number)
	case a.cursor != nil && number > 1:
		a = a.with("StartingRecipientAddress", a.cursor.recipient).with("EndDate", a.cursor.received)
		a.cursor.before, a.cursor.fresh = maps.Clone(a.cursor.read), false
	}
	return newCmdlet(a.name, a.parameters)
}

// with returns the same cmdlet with a parameter set, whatever the case of its name.
func (a asking) with(name string, value any) asking {
	parameters := maps.Clone(a.parameters)
	maps.DeleteFunc(parameters, func(own string, _ any) bool { return strings.EqualFold(own, name) })
	if parameters == nil {
		parameters = map[string]any{}
	}
	parameters[name] = value
	a.parameters = parameters
	return a
}

// named returns the value of the first of these parameters that is set, otherwise
// nil.
func named(parameters map[string]any, names ...string) any {
	for _, name := range names {
		for own, value := range parameters {
			if strings.EqualFold(own, name) {
				return value
			}
		}
	}
	return nil
}
