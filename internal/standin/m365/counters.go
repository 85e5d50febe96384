package m365

import (
	"maps"
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
	KindReport       Kind = "report"       // a report call at Graph
	KindDownload     Kind = "download"     // a report's body at the report host
	KindBlob         Kind = "blob"         // connections passed on to Azurite
	KindUnknown      Kind = "unknown"      // requests that no service knows
)

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
	Peak    int                     // most requests in progress at once, of all kinds but blob
	Refused []string                // CONNECT targets, host:port, that are no host of this cloud
}

type counters struct {
	mu     sync.Mutex
	counts Counts
	now    map[Kind]int
	all    int
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
	t := c.counts.Kinds[k]
	t.Requests++
	c.now[k]++
	t.Peak = max(t.Peak, c.now[k])
	c.counts.Kinds[k] = t
	if k != KindBlob {
		c.all++
		c.counts.Peak = max(c.counts.Peak, c.all)
	}
	if tenant != "" {
		if c.counts.Tenants[tenant] == nil {
			c.counts.Tenants[tenant] = map[Kind]int{}
		}
		c.counts.Tenants[tenant][k]++
	}
	return func() { c.end(k, time.Since(start)) }
}

func (c *counters) end(k Kind, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.counts.Kinds[k]
	t.Busy += took
	c.counts.Kinds[k] = t
	c.now[k]--
	if k != KindBlob {
		c.all--
	}
}

func (c *counters) refuse(target string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts.Refused = append(c.counts.Refused, target)
}

func (c *counters) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts = Counts{Kinds: map[Kind]Tally{}, Tenants: map[string]map[Kind]int{}}
}

func (c *counters) snapshot() Counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.counts
	s.Kinds = maps.Clone(s.Kinds)
	s.Refused = append([]string(nil), s.Refused...)
	s.Tenants = make(map[string]map[Kind]int, len(c.counts.Tenants))
	for tenant, kinds := range c.counts.Tenants {
		s.Tenants[tenant] = maps.Clone(kinds)
	}
	return s
}
