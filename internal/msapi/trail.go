package msapi

import (
	"errors"
	"fmt"

	"tenantrollup/internal/refusal"
	"tenantrollup/internal/run"
)

const (
	// maxPages is far above the largest partner: 100 customers a page at the least.
	maxPages = 10_000
	// longestLink bounds the address of a page, in bytes: a trail keeps them all.
	longestLink = 16 << 10
	// starts is how often a list is begun whose next link is refused.
	starts = 3
)

// Trail is the way through the pages of one list. It ends: no page is asked for
// twice, and no more than 10,000 are.
type Trail struct {
	host    string
	seen    map[string]bool
	refused bool // by an answer
}

// NewTrail begins the way through a list of host.
func NewTrail(host string) *Trail { return &Trail{host: host, seen: map[string]bool{}} }

// Enter records that a page is asked for. Its error is a *run.Failure.
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

// Broken returns the failure of a list that cannot be read to its end.
func (t *Trail) Broken(why string) *run.Failure {
	return &run.Failure{
		Class:   run.ServiceFault,
		Message: fmt.Sprintf("A list from %s cannot be read to its end: %s.", t.host, why),
		Remedy:  "Rerun; if that does not help, report it to Microsoft.",
	}
}

// Explain makes explain one that Judge hears of.
func (t *Trail) Explain(explain func(refusal.Answer) *run.Failure) func(refusal.Answer) *run.Failure {
	return func(a refusal.Answer) *run.Failure {
		t.refused = true
		return explain(a)
	}
}

// Judge returns the error of a page's call for ReadWhole: another page than the first
// that the service refuses for no reason of the customer's has a bad link.
func (t *Trail) Judge(err error) error {
	failure, failed := errors.AsType[*run.Failure](err)
	if failed && t.refused && len(t.seen) > 1 && failure.Class == run.ServiceFault && !failure.Transient {
		return linkRefused{failure}
	}
	return err
}

// linkRefused is the error of a next link that the service gave and does not take:
// its token has expired, as a rule, or another server got it.
type linkRefused struct{ *run.Failure }

// passing is the failure as one that another run may not have.
func (l linkRefused) passing() *run.Failure {
	f := *l.Failure
	f.Transient, f.Remedy = true, refusal.NextRun
	return &f
}

// ReadWhole has a list read from its beginning, and where Judge has found that a next
// link is refused, once more, three times in all.
func ReadWhole(read func() error) error {
	for start := 1; ; start++ {
		err := read()
		refused, again := errors.AsType[linkRefused](err)
		switch {
		case again && start == starts:
			return refused.passing()
		case !again:
			return err
		}
	}
}
