package exchange

import (
	"maps"
	"strings"
)

// limit is what Microsoft documents of how far a cmdlet's answer goes. A number
// is 0 where its page names none.
type limit struct {
	pageDefault, pageLargest     int  // of PageSize
	resultDefault, resultLargest int  // of ResultSize
	unlimited                    bool // ResultSize takes Unlimited
	cursor                       bool // StartingRecipientAddress and EndDate lead on
}

// lastPage is the largest number that the parameter Page takes.
const lastPage = 1000

// asking is how a cmdlet is asked for all that it has: page after page where size
// is not 0, else once.
type asking struct {
	name       string
	parameters map[string]any
	size       int // records on a full page
	cut        int // an answer of so many records may be cut; 0 for none
}

// askAll adds to a call what its answer is whole by. A call that says how much it
// wants is left as it is, and so is one for a single thing: sizes are not in the
// parameter set of Identity.
func askAll(name string, parameters map[string]any) asking {
	l, a := documented[strings.ToLower(name)], asking{name: name, parameters: parameters}
	switch {
	case has(parameters, "Page", "PageSize", "ResultSize"):
	case has(parameters, "Identity"):
		a.cut = max(l.pageDefault, l.resultDefault, l.resultLargest)
	case l.cursor:
		a.cut = l.resultLargest
		a = a.with("ResultSize", l.resultLargest)
	case l.pageLargest > 0:
		a.size = l.pageLargest
		a = a.with("PageSize", l.pageLargest)
	case l.unlimited:
		a = a.with("ResultSize", "Unlimited")
	default:
		a.cut = max(l.pageDefault, l.resultDefault, l.resultLargest)
	}
	return a
}

func (a asking) with(name string, value any) asking {
	parameters := map[string]any{name: value}
	maps.Copy(parameters, a.parameters)
	a.parameters = parameters
	return a
}

// page returns the cmdlet that asks for the page of that number, from 1 on.
func (a asking) page(number int) (cmdlet, error) {
	if a.size > 0 {
		a = a.with("Page", number)
	}
	return newCmdlet(a.name, a.parameters)
}

func has(parameters map[string]any, names ...string) bool {
	for own := range parameters {
		for _, name := range names {
			if strings.EqualFold(own, name) {
				return true
			}
		}
	}
	return false
}
