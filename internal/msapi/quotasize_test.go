package msapi

import (
	"fmt"
	"runtime"
	"testing"
	"time"
)

func TestAQuotaCostsFiftyBytesATenant(t *testing.T) {
	const tenants = 100_000
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	q := newQuota(14, 10*time.Minute)
	for i := range tenants {
		q.take(Tenant(fmt.Sprintf("11111111-1111-1111-1111-%012d", i)))
	}
	if cost := (heap() - before) / tenants; cost > 50 {
		t.Errorf("%d bytes a tenant", cost)
	}
	runtime.KeepAlive(q)
}
