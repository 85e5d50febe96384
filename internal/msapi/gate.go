package msapi

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"tenantrollup/internal/refusal"
)

const (
	refusedLimit = 5                // customers refused within a window: it is the host that refuses
	window       = 10 * time.Second // and one request more goes after each
	shortPause   = 5 * time.Second  // at least, whatever Retry-After says
	patience     = 2 * time.Minute  // in which refusals of such a host don't count as attempts
)

// Tenant is the operation value that tells a NewPipeline whose request it is.
type Tenant string

// gate is the way to one host. It is open, at the cost of a mutex, until the host
// refuses many customers at once: then all wait for a pause, half as many as before
// go at once, and one more in each window until it is open again.
type gate struct {
	again func(refusal.Answer) bool

	mu       sync.Mutex
	inFlight int
	refused  map[Tenant]refused // within the last window, and since the last trip

	limit  int // most in flight; zero if the gate is open
	full   int // what was in flight before; the limit that opens the gate
	since  time.Time
	trips  int
	paused bool
	queue  []chan int // those that wait, oldest first; each receives trips when it may go
}

type refused struct {
	at    time.Time
	pause time.Duration
}

// Do sends a request when there is room. One that is refused while the gate is
// narrowed waits and is sent again; the retry policy does not see that.
func (g *gate) Do(req *policy.Request) (*http.Response, error) {
	ctx := req.Raw().Context()
	var tenant Tenant
	req.OperationValue(&tenant)
	for {
		trip, err := g.enter(ctx)
		if err != nil {
			return nil, err
		}
		resp, err := req.Next()
		if err != nil || !g.refuses(resp) {
			g.leave()
			return resp, err
		}
		asked := refusal.Wait(resp.StatusCode, resp.Header)
		if free := g.leaveRefused(tenant, trip, asked); !free || asked > longestWait {
			return resp, nil
		}
		select {
		case <-time.After(cmp.Or(asked, shortPause)):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if err := req.RewindBody(); err != nil {
			return nil, err
		}
	}
}

func (g *gate) refuses(resp *http.Response) bool {
	refused := resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable
	return refused && g.again(NewRefusal(nil, "", resp))
}

// enter waits until a request may go, and returns how often the gate has
// tripped by then.
func (g *gate) enter(ctx context.Context) (trip int, err error) {
	g.mu.Lock()
	if len(g.queue) == 0 && g.hasRoom() {
		defer g.mu.Unlock()
		g.inFlight++
		return g.trips, nil
	}
	turn := make(chan int, 1)
	g.queue = append(g.queue, turn)
	g.mu.Unlock()
	select {
	case trip := <-turn:
		return trip, nil
	case <-ctx.Done():
		g.giveUp(turn)
		return 0, ctx.Err()
	}
}

func (g *gate) giveUp(turn chan int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.Index(g.queue, turn); i >= 0 {
		g.queue = slices.Delete(g.queue, i, i+1)
		return
	}
	g.inFlight-- // its turn had just come
	g.admit()
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inFlight--
	g.admit()
}

// leaveRefused reports whether the refusal does not count as an attempt.
func (g *gate) leaveRefused(tenant Tenant, trip int, asked time.Duration) (free bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if trip == g.trips { // those that went before the last trip say nothing new
		g.count(tenant, asked)
	}
	g.inFlight--
	g.admit()
	return g.limit > 0 && time.Since(g.since) < patience
}

// count notes a refusal and trips the gate if it is one too many. The mutex is
// held, as in all functions below.
func (g *gate) count(tenant Tenant, asked time.Duration) {
	if g.refused == nil {
		g.refused = map[Tenant]refused{}
	}
	now := time.Now()
	g.refused[tenant] = refused{now, min(asked, longestWait)}
	maps.DeleteFunc(g.refused, func(_ Tenant, r refused) bool { return now.Sub(r.at) > window })
	if len(g.refused) < refusedLimit {
		return
	}
	if g.limit == 0 {
		g.full = g.inFlight + refusedLimit - 1 // the others have left
		g.limit, g.since = g.full, now
	}
	g.limit = max(1, g.limit/2)
	pause := shortPause
	for _, r := range g.refused {
		pause = max(pause, r.pause)
	}
	clear(g.refused)
	g.trips++
	g.paused = true
	g.wakeAfter(pause, g.trips)
}

func (g *gate) wakeAfter(wait time.Duration, trip int) {
	time.AfterFunc(wait, func() { g.wake(trip) })
}

// wake ends the pause, and later lets one more go, unless the gate has tripped
// again since.
func (g *gate) wake(trip int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if trip != g.trips {
		return
	}
	if g.paused {
		g.paused = false
	} else if g.limit++; g.limit >= g.full {
		g.limit = 0
	}
	if g.limit > 0 {
		g.wakeAfter(window, trip)
	}
	g.admit()
}

func (g *gate) hasRoom() bool {
	return g.limit == 0 || !g.paused && g.inFlight < g.limit
}

func (g *gate) admit() {
	for len(g.queue) > 0 && g.hasRoom() {
		g.inFlight++
		g.queue[0] <- g.trips
		g.queue = slices.Delete(g.queue, 0, 1)
	}
}
