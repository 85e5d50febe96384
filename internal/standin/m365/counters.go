package m365

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Kind is a kind of request.
type Kind string

const (
	KindDiscovery    Kind = "discovery"    // Entra's openid-configuration and instance discovery
	KindToken        Kind = "token"        // Entra's token endpoint
	KindIdentity     Kind = "identity"     // the managed identity endpoint
	KindVault        Kind = "vault"        // Key Vault, the 401 challenge included
	KindContracts    Kind = "contracts"    // pages of contracts
	KindGDAP         Kind = "gdap"         // pages of relationships or their customers
	KindTenantInfo   Kind = "tenant-info"  // findTenantInformationByTenantId
	KindOrganization Kind = "organization" // a customer's organization
	KindSettings     Kind = "settings"     // a customer's report settings
	KindRegistration Kind = "registration" // the registration of the partner's app
	KindReport       Kind = "report"       // a report call at Graph
	KindDownload     Kind = "download"     // a report's body at the report host
	KindCollection   Kind = "collection"   // a page of a read-only collection of Graph
	KindExchange     Kind = "exchange"     // a cmdlet's call, each page and each redirect to another region
	KindWebhook      Kind = "webhook"      // calls of the partner's webhooks
	KindBlob         Kind = "blob"         // connections passed on to Azurite
	KindUnknown      Kind = "unknown"      // requests that no service knows
)

// kinds are all of them, in the order of tenantTally.
var kinds = [...]Kind{
	KindDiscovery, KindToken, KindIdentity, KindVault, KindContracts, KindGDAP, KindTenantInfo,
	KindOrganization, KindSettings, KindRegistration, KindReport, KindDownload, KindCollection, KindExchange, KindWebhook, KindBlob, KindUnknown,
}

// tenantTally counts one tenant's requests. It is small, because there are many
// tenants.
type tenantTally [len(kinds)]int32

// Tally counts the requests of one kind.
type Tally struct {
	Requests int
	Peak     int           // most in progress at once
	Busy     time.Duration // the sum of the times they took
}

// Counts is what was asked of the cloud.
type Counts struct {
	Kinds   map[Kind]Tally
	Tenants map[string]map[Kind]int // by tenant id, lower case
	Refused []string                // CONNECT targets, host:port, that are not in this cloud

	Throttled map[string]int // requests answered 429, by the service that took no more from the app in the tenant
}

type counters struct {
	mu      sync.Mutex
	kinds   map[Kind]Tally
	tenants map[string]*tenantTally
	refused []string
	limited map[string]int
	now     map[Kind]int
	waiting []waiter
}

// waiter is an Await in progress.
type waiter struct {
	kind    Kind
	n       int
	reached chan struct{}
}

func newCounters() *counters {
	c := &counters{now: map[Kind]int{}}
	c.reset()
	return c
}

// begin counts one request; the caller calls done when it is answered.
func (c *counters) begin(k Kind, tenant string) (done func()) {
	start := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.kinds[k]
	t.Requests++
	c.now[k]++
	t.Peak = max(t.Peak, c.now[k])
	c.kinds[k] = t
	if tenant != "" {
		c.tally(tenant)[slices.Index(kinds[:], k)]++
	}
	c.waiting = slices.DeleteFunc(c.waiting, func(w waiter) bool {
		reached := w.kind == k && t.Requests >= w.n
		if reached {
			close(w.reached)
		}
		return reached
	})
	return func() { c.end(k, time.Since(start)) }
}

func (c *counters) tally(tenant string) *tenantTally {
	tally := c.tenants[tenant]
	if tally == nil {
		tally = new(tenantTally)
		c.tenants[strings.Clone(tenant)] = tally // not all of a request's path
	}
	return tally
}

func (c *counters) end(k Kind, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.kinds[k]
	t.Busy += took
	c.kinds[k] = t
	c.now[k]--
}

// await returns when n requests of the kind have begun, or with the context's
// error.
func (c *counters) await(ctx context.Context, k Kind, n int) error {
	c.mu.Lock()
	if c.kinds[k].Requests >= n {
		c.mu.Unlock()
		return nil
	}
	reached := make(chan struct{})
	c.waiting = append(c.waiting, waiter{k, n, reached})
	c.mu.Unlock()
	select {
	case <-reached:
		return nil
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = slices.DeleteFunc(c.waiting, func(w waiter) bool { return w.reached == reached })
	return fmt.Errorf("wait for %d requests of kind %s, %d so far: %w", n, k, c.kinds[k].Requests, context.Cause(ctx))
}

func (c *counters) refuse(target string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused = append(c.refused, target)
}

func (c *counters) throttle(service string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limited[service]++
}

func (c *counters) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kinds, c.tenants, c.refused, c.limited = map[Kind]Tally{}, map[string]*tenantTally{}, nil, map[string]int{}
}

func (c *counters) snapshot() Counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Counts{
		Kinds: maps.Clone(c.kinds), Tenants: make(map[string]map[Kind]int, len(c.tenants)),
		Refused: slices.Clone(c.refused), Throttled: maps.Clone(c.limited),
	}
	for tenant, tally := range c.tenants {
		s.Tenants[tenant] = map[Kind]int{}
		for i, n := range tally {
			if n > 0 {
				s.Tenants[tenant][kinds[i]] = int(n)
			}
		}
	}
	return s
}
