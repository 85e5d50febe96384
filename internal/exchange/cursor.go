package exchange

import "strings"

// cursor leads Get-MessageTraceV2, which has no pages, on to what comes after the
// last record that it returned: StartingRecipientAddress and EndDate have that
// record's RecipientAddress and Received, as
// https://learn.microsoft.com/powershell/module/exchangepowershell/get-messagetracev2
// says. That page does not say whether that record is returned again.
type cursor struct {
	received, recipient string          // of the last record
	read                map[string]bool // records of that moment, from all answers
	before              map[string]bool // of these, the ones in earlier answers
	fresh               bool            // the current answer has a record that no earlier one had
	lost                bool            // a record lacks what is needed to continue from it
}

// keep remembers a record, by its Received, RecipientAddress and MessageTraceId,
// and reports whether it is new.
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

// leads reports whether there is a way to continue from the current answer.
func (c *cursor) leads() bool { return c.fresh && !c.lost }
