package exchange

import "strings"

// cursor leads Get-MessageTraceV2, which knows no pages, on to what is behind the
// last record that it gave: StartingRecipientAddress and EndDate have that record's
// RecipientAddress and Received, as
// https://learn.microsoft.com/powershell/module/exchangepowershell/get-messagetracev2
// says. It leaves open whether that record then comes again.
type cursor struct {
	received, recipient string          // of the last record
	read                map[string]bool // records of that moment, from all answers
	before              map[string]bool // of these, the ones that earlier answers had
	fresh               bool            // the answer at hand has a record that none before had
	lost                bool            // a record lacks what leads on from it
}

// keep takes note of a record, by its Received, RecipientAddress and
// MessageTraceId, and reports whether it is a new one.
func (c *cursor) keep(texts []string) bool {
	received, recipient, id := texts[0], texts[1], texts[2]
	if received == "" || recipient == "" || id == "" {
		c.lost = true
		return true
	}
	record := strings.Join([]string{received, recipient, id}, " ")
	if c.before[record] {
		return false
	}
	if received != c.received {
		c.received, c.read = received, map[string]bool{}
	}
	c.read[record] = true
	c.recipient, c.fresh = recipient, true
	return true
}

// leads reports whether there is a way on from the answer at hand.
func (c *cursor) leads() bool { return c.fresh && !c.lost }
