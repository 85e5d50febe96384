package run

import (
	"slices"
	"strings"
)

// AskedLimit is how many customers a request may name.
const AskedLimit = 50

// Asked says which customers a rerun of the failed customers asks again: those
// named, those of a class, or, as the zero Asked, all of them. The others keep
// their line in the error log.
type Asked struct {
	Customers []string // tenant ids; in a request also domains
	Class     Class
}

// Everybody reports whether all failed customers are asked.
func (a Asked) Everybody() bool { return len(a.Customers) == 0 && a.Class == "" }

// Has reports whether the customer of the line is asked. Case does not matter.
func (a Asked) Has(line Line) bool {
	return a.Everybody() || a.Class != "" && a.Class == line.Failure.Class || a.Names(line.Customer)
}

// Names reports whether the customer is named, by its tenant id or its domain.
func (a Asked) Names(c Customer) bool {
	return slices.ContainsFunc(a.Customers, func(name string) bool {
		return strings.EqualFold(name, c.TenantID) || c.Domain != "" && strings.EqualFold(name, c.Domain)
	})
}

// Covers reports whether a asks everybody that b asks.
func (a Asked) Covers(b Asked) bool {
	if a.Everybody() {
		return true
	}
	return !b.Everybody() && a.Class == b.Class &&
		!slices.ContainsFunc(b.Customers, func(name string) bool { return !slices.Contains(a.Customers, name) })
}

const classPrefix = "class:"

func (a Asked) text() string {
	if a.Class != "" {
		return classPrefix + string(a.Class)
	}
	return strings.Join(a.Customers, ",")
}

// asked reads the text form.
func (r *reader) asked() Asked {
	text := r.values["asked"]
	if class, ok := strings.CutPrefix(text, classPrefix); ok {
		return Asked{Class: Class(class)}
	}
	var a Asked
	for name := range r.parts("asked") {
		a.Customers = append(a.Customers, name)
	}
	return a
}
