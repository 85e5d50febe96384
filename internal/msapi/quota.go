package msapi

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"tenantrollup/internal/refusal"
	"tenantrollup/internal/run"
)

// quota is how often a tenant may be asked within a time. A tenant that has not
// been asked for that long has all its calls again, and not one earlier: this is
// stricter than a sliding window, but needs only one count and one time. A hundred
// thousand tenants cost some 4 MB.
type quota struct {
	calls  int
	within time.Duration
	began  time.Time

	mu   sync.Mutex
	used map[[16]byte]usage // by a digest of the tenant's id, which is longer
}

type usage struct {
	calls uint32
	last  uint32 // milliseconds after began, rounded up
}

func newQuota(calls int, within time.Duration) *quota {
	return &quota{calls: calls, within: within, began: time.Now(), used: map[[16]byte]usage{}}
}

// spend sends a request if its tenant has a call left.
func spend(req *policy.Request) (*http.Response, error) {
	var q *quota
	var tenant Tenant
	req.OperationValue(&tenant)
	if req.OperationValue(&q); q == nil {
		return req.Next()
	}
	if until := q.take(tenant); until > 0 {
		return nil, &run.Failure{
			Class: run.Throttled, Transient: true, RetryAfter: until, Remedy: refusal.NextRun,
			Message: fmt.Sprintf("%s was asked %d times for this tenant within %d minutes, which is all that Microsoft allows; it was not asked again.",
				req.Raw().URL.Hostname(), q.calls, int(q.within.Minutes())),
		}
	}
	return req.Next()
}

// take counts a call, or returns for how long the tenant has none left.
func (q *quota) take(tenant Tenant) time.Duration {
	digest := sha256.Sum256([]byte(tenant))
	key := [16]byte(digest[:])
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Since(q.began)
	u := q.used[key]
	free := time.Duration(u.last)*time.Millisecond + q.within
	if now >= free {
		u.calls = 0
	}
	if int(u.calls) >= q.calls {
		return free - now
	}
	q.used[key] = usage{u.calls + 1, uint32(now.Milliseconds()) + 1}
	return 0
}
