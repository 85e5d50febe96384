package m365

import (
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"sync"
	"unique"
)

// Attempt is how Graph answered one call of a customer's report. Read Status
// first: the call limit and ThrottledAll answer 429 whatever the Fault.
type Attempt struct {
	Status int    // 302, or 200 of a Copilot report, or the refusal's
	Fault  Fault  // the customer's own, or the one that Options.Vary drew
	Body   []byte // what the report host sends for it, byte for byte; nil if no body arrives complete
}

// attempt is what is kept of an Attempt; its body is written again on request.
type attempt struct {
	fault  Fault
	number int // from 1, for one that Vary drew; 0 for all others
	status int
}

// reportKey is a customer's report, by Customer.Index and the call's text, or
// by its function alone.
type reportKey struct {
	customer int
	call     unique.Handle[string]
}

// attempts keeps every answered report call.
type attempts struct {
	mu  sync.Mutex
	all map[reportKey][]attempt
}

// attempt decides how a report call is answered, and keeps it under the ordinal that
// it returns, from 0.
func (c *Cloud) attempt(who caller, got call, text string) (a attempt, ordinal int, retryAfter string) {
	c.attempts.mu.Lock()
	defer c.attempts.mu.Unlock()
	key := reportKey{who.tenant.Index, unique.Make(text)}
	past := c.attempts.all[key]
	a.fault = who.tenant.Fault
	if c.opts.Vary && a.fault == None {
		a.number = len(past) + 1
		a.fault = c.drawFault(who.tenant, text, past)
	}
	a.status, retryAfter = c.judge(who, got, a.fault)
	c.attempts.all[key] = append(past, a)
	return a, len(past), retryAfter
}

func (c *Cloud) attemptAt(customer int, text string, ordinal int) attempt {
	c.attempts.mu.Lock()
	defer c.attempts.mu.Unlock()
	return c.attempts.all[reportKey{customer, unique.Make(text)}][ordinal]
}

// drawFault draws the next attempt's fault. Only rows, which always differ, may come
// twice in succession. A new column is rare, because a program that finds one may have
// to start over.
func (c *Cloud) drawFault(customer Customer, text string, past []attempt) Fault {
	random := c.random(customer.TenantID+text, len(past)+1)
	drawn := None
	switch n := random.IntN(100); {
	case n < 2:
		drawn = ExtraColumn
	case n < 12:
		drawn = HeaderOnly
	case n < 20:
		drawn = Unlicensed
	case n < 26:
		drawn = NoRole
	case n < 36:
		drawn = ServerError
	}
	if len(past) > 0 && past[len(past)-1].fault == drawn {
		return None
	}
	return drawn
}

// random is the random source of what is served under that name.
func (c *Cloud) random(name string, attempt int) *rand.Rand {
	hash := fnv.New64a()
	hash.Write([]byte(name))
	return rand.New(rand.NewPCG(c.opts.Seed, hash.Sum64()+uint64(attempt)))
}

// judge decides on a report call's status, and on the Retry-After of a 429.
func (c *Cloud) judge(who caller, got call, f Fault) (status int, retryAfter string) {
	if retryAfter := c.throttles(who.tenant.Index, f); retryAfter != "" {
		return http.StatusTooManyRequests, retryAfter
	}
	switch {
	case !who.has(roleReports) || f == NoRole || f == Unlicensed:
		return http.StatusForbidden, ""
	case rareStatus[f] != 0:
		return rareStatus[f], ""
	case f == ServerError, f == ServerErrorThenFine && c.stillFails(who.tenant.Index):
		return http.StatusInternalServerError, ""
	}
	if wait, ok := c.window.admit(who.tenant.Index, got.function, f == ServiceSpent); !ok {
		c.counts.throttle(usageReports)
		return http.StatusTooManyRequests, retrySeconds(wait)
	}
	if got.copilot() {
		return http.StatusOK, ""
	}
	return http.StatusFound, ""
}

// Attempts returns how each call of a customer's report was answered since the
// start, oldest first. A call whose client left before the answer is not in it. The
// call is written as it was requested, such as
// getMailboxUsageMailboxCounts(period='D7'). ResetCounts has no effect on Attempts.
func (c *Cloud) Attempts(tenantID, text string) []Attempt {
	customer, known := c.tenant(tenantID)
	got, problem := parseCall(text, c.opts.Today)
	if !known || problem != "" {
		return nil
	}
	c.attempts.mu.Lock()
	kept := c.attempts.all[reportKey{customer.Index, unique.Make(text)}]
	c.attempts.mu.Unlock()
	all := make([]Attempt, len(kept))
	for i, a := range kept {
		all[i] = Attempt{Status: a.status, Fault: a.fault}
		if a.status < http.StatusBadRequest && !a.fault.deliversNothing() {
			customer.Fault = a.fault
			all[i].Body = c.body(customer, got, a.number)
		}
	}
	return all
}
