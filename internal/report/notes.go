package report

import (
	"fmt"
	"strings"
)

// Notes returns what people should know about the answer: which report replaces a
// retired cmdlet, and what could not be carried over. Most calls have none.
func (c Call) Notes() []string {
	var notes []string
	switch c.kind {
	case retiredCall:
		notes = c.retiredNotes()
	case cmdletCall:
		if instead, ok := leaving[c.function]; ok {
			notes = append(notes, fmt.Sprintf("Microsoft says that it will retire %s. Afterwards there is %s.", c.function, instead))
		}
	case collectionCall:
		notes = append(notes, c.permissionNote())
	case usageCall:
		if c.version == "v2" {
			notes = append(notes, "Some tenants refuse version='v2': for those, ask with version='v1' and, instead of D28, period='D30'.")
		}
	}
	if left := c.shown(); left != nil {
		notes = append(notes, fmt.Sprintf("Not carried over: %s. The file has the rows in the order of Microsoft's answer.", strings.Join(left, ", ")))
	}
	return notes
}

// permissionNote says what a collection needs from each customer: every collection
// needs something else, and the app's registration declares none by itself.
func (c Call) permissionNote() string {
	permissions, known := c.Needs()
	if !known {
		return c.path + " needs a permission from each customer, which its page in Graph's documentation names. Declare it, and have the customers consent again."
	}
	var names []string
	for _, p := range permissions {
		names = append(names, p.Name)
	}
	return fmt.Sprintf("%s needs %s from each customer. A customer that has not granted it has no data.", c.path, strings.Join(names, " and "))
}

func (c Call) retiredNotes() []string {
	r := retirements[c.function]
	notes := []string{fmt.Sprintf("Microsoft retired %s: %s answers instead.", c.function, r.runs)}
	if !r.daily() {
		notes = append(notes, r.runs+" has one row for each mailbox or user, as of now: the dates only choose its period.")
	}
	if r.lost != "" {
		notes = append(notes, "Not carried over: "+r.lost+".")
	}
	return notes
}
