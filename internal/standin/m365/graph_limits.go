package m365

import (
	"net/http"
	"sync"
	"time"
)

// limit is what one of Graph's services accepts from an app in a tenant, by
// concepts/throttling-limits.md of microsoftgraph/microsoft-graph-docs-contrib.
type limit struct {
	service string
	units   int // in a window
	window  time.Duration
	cost    int  // of a request, in units
	silent  bool // a 429 has no Retry-After
}

var (
	identityReports = limit{service: "identity reports", units: 5, window: 10 * time.Second, cost: 1}
	// directoryLimit is that of a tenant with fewer than 50 users.
	directoryLimit = limit{service: "directory", units: 3500, window: 10 * time.Second, cost: 1}
)

func (l limit) costing(units int) limit {
	l.cost = units
	return l
}

// of is what the request costs: $select, and a $top below 20, make it cheaper.
func (l limit) of(q query) int {
	cost := l.cost
	if q.selected != nil {
		cost--
	}
	if q.top < 20 {
		cost--
	}
	if q.expanded != nil {
		cost++
	}
	return max(1, cost)
}

// limitOf is the limit that a query counts against: users' sign-ins are read from the
// sign-in logs, whose limit holds, by issue 8653 of the repository above.
func (k *collection) limitOf(q query) limit {
	if q.signIns {
		return identityReports
	}
	return k.limit
}

// unitWindow remembers what was spent in each service and tenant.
type unitWindow struct {
	mu    sync.Mutex
	spent map[unitKey][]spending
}

type unitKey struct {
	customer int
	service  string
}

type spending struct {
	at    time.Time
	units int
}

// admit spends a request's units, or returns how long the next one must wait. If the
// service is spent, the first request finds all units of a window used up.
func (u *unitWindow) admit(customer int, l limit, cost int, spent bool) (retryAfter time.Duration, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	key, now := unitKey{customer, l.service}, time.Now()
	past, asked := u.spent[key]
	if spent && !asked {
		past = []spending{{now, l.units}}
	}
	for len(past) > 0 && now.Sub(past[0].at) >= l.window {
		past = past[1:]
	}
	total := cost
	for _, s := range past {
		total += s.units
	}
	if total > l.units {
		u.spent[key] = past
		return past[0].at.Add(l.window).Sub(now), false
	}
	u.spent[key] = append(past, spending{now, cost})
	return 0, true
}

// overLimit answers 429 if the app has reached the service's limit in this tenant. A
// cloud whose CallLimit is set has no other limits, either.
func (c *Cloud) overLimit(w http.ResponseWriter, r *http.Request, customer Customer, k *collection, q query) bool {
	if c.opts.CallLimit > callsInWindow {
		return false
	}
	limit := k.limitOf(q)
	wait, ok := c.units.admit(customer.Index, limit, limit.of(q), customer.Fault == ServiceSpent)
	if ok {
		return false
	}
	c.counts.throttle(limit.service)
	if !limit.silent {
		w.Header().Set("Retry-After", retrySeconds(wait))
	}
	graphError(w, r, http.StatusTooManyRequests, "TooManyRequests", "Too Many Requests")
	return true
}
