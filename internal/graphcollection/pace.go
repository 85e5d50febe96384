package graphcollection

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// paces are services that allow an app so few requests in a tenant that a long list
// would be refused on the way. Users' sign-in activity comes from the sign-in logs.
//
// Source: https://learn.microsoft.com/graph/throttling-limits, "Identity and access
// reports" and "Identity protection and conditional access", and
// https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/8653
var paces = []struct {
	under  string
	reads  string // in the query
	calls  int
	within time.Duration
}{
	{"/auditLogs/", "", 5, 10 * time.Second},
	{"/reports/", "", 5, 10 * time.Second},
	{"/users?", "signInActivity", 5, 10 * time.Second},
	{"/identity/conditionalAccess/", "", 1, time.Second},
	{"/identityProtection/", "", 1, time.Second},
}

// pace is how fast the pages of one list are asked for.
type pace struct {
	within time.Duration
	calls  []time.Time // times of the last ones, as many as are allowed within that time
}

// paceOf returns the pace of a list by its path below /v1.0, with its query.
func paceOf(path string) pace {
	path = strings.ToLower(path)
	for _, p := range paces {
		if strings.HasPrefix(path, strings.ToLower(p.under)) && strings.Contains(path, strings.ToLower(p.reads)) {
			return pace{p.within, make([]time.Time, p.calls)}
		}
	}
	return pace{}
}

// wait returns when the next page may be asked for.
func (p *pace) wait(ctx context.Context) error {
	if len(p.calls) == 0 {
		return nil
	}
	select {
	case <-time.After(p.within - time.Since(p.calls[0])):
	case <-ctx.Done():
		return fmt.Errorf("wait for the next page: %w", context.Cause(ctx))
	}
	p.calls = append(p.calls[1:], time.Now())
	return nil
}
