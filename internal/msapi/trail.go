package msapi

import (
	"fmt"

	"tenantrollup/internal/run"
)

const (
	// maxPages is far above the largest partner: 100 customers a page at the least.
	maxPages = 10_000
	// longestLink bounds the address of a page, in bytes: a trail keeps them all.
	longestLink = 16 << 10
)

// Trail is the way through the pages of one list. It ends: no page is asked for
// twice, and no more than 10,000 are.
type Trail struct {
	host string
	seen map[string]bool
}

// NewTrail begins the way through a list of host.
func NewTrail(host string) *Trail { return &Trail{host, map[string]bool{}} }

// Enter notes that a page is asked for. Its error is a *run.Failure.
func (t *Trail) Enter(address string) error {
	if len(address) > longestLink {
		return t.Broken("the address of its next page is too long")
	}
	if t.seen[address] || len(t.seen) == maxPages {
		return t.Broken(fmt.Sprintf("it goes around in a circle, or has more than %d pages", maxPages))
	}
	t.seen[address] = true
	return nil
}

// Broken is the failure of a list that cannot be read to its end.
func (t *Trail) Broken(why string) *run.Failure {
	return &run.Failure{
		Class:   run.ServiceFault,
		Message: fmt.Sprintf("A list from %s cannot be read to its end: %s.", t.host, why),
		Remedy:  "Rerun; if that does not help, report it to Microsoft.",
	}
}
