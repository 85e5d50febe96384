//go:build alarms

package infra_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tenantrollup/internal/standin"
	"tenantrollup/internal/standin/functionshost"
	"tenantrollup/internal/standin/m365"
)

// nights are what Azure's tables hold of real nights of the real handler.
type nights struct {
	good      tables
	quiet     tables // one customer of four has not consented
	expired   tables // Entra refuses the partner's secret
	untrusted tables // Entra refuses the managed identity
	refused   tables // the vault refuses the handler
	expiring  tables // the refresh token's successor can't be stored, and a report is old
}

// watch makes the handler live through them.
func watch(t *testing.T) (n nights) {
	t.Helper()
	binary, err := standin.Build(t.Context(), "..", t.TempDir(), "./handler")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		lived := live(t, binary, m365.SecretOnly, "secret", m365.NotConsented, m365.SecretExpired, m365.VaultForbidden, "")
		n.expired, n.refused, n.quiet = lived[0], lived[1], lived[2]
	})
	wg.Go(func() {
		n.expiring = live(t, binary, m365.RefreshToken, "refresh-token", m365.Stale, m365.VaultReadOnly)[0]
		lived := live(t, binary, m365.Federated, "federated", m365.None, m365.SecretExpired, "")
		n.untrusted, n.good = lived[0], lived[1]
	})
	wg.Wait()
	return n
}

// live fires the timer once for each outage, waits until nothing is left to do,
// and returns what Azure would have put into its tables in each of these nights.
func live(t *testing.T, binary string, auth m365.Auth, mode string, fault m365.Fault, outages ...m365.Outage) []tables {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	lived := make([]tables, len(outages))
	due := time.Now().UTC() // of all of them, even after midnight
	p, err := standin.Start(ctx, standin.Options{
		Root: "..", Handler: binary,
		Cloud:  m365.Options{Customers: 4, Seed: 7, Today: due, Auth: auth, Faults: map[int]m365.Fault{2: fault}},
		Clocks: functionshost.Clocks{MaxPollingInterval: 20 * time.Millisecond, Lease: 20 * time.Millisecond, VisibilityTimeout: 20 * time.Millisecond, RetryDelay: 20 * time.Millisecond, Window: 3 * time.Second, CrashGap: time.Millisecond},
		Settings: func(*m365.Cloud) map[string]string {
			return map[string]string{"PARTNER_AUTH": mode, "CUSTOMERS_FROM": "contracts"}
		},
	})
	if err != nil {
		t.Error(err)
		return lived
	}
	var begun []time.Time
	for i, outage := range outages {
		begun = append(begun, time.Now())
		lived[i] = tables{}
		poisoned := len(p.Host.Poison("rollup-runs"))
		p.Cloud.SetOutage(outage, true)
		if err := p.Host.FireTimer(ctx, "nightly", due, false); err != nil {
			t.Error(err)
		}
		if err := p.Host.Idle(ctx); err != nil {
			t.Error(err)
		}
		p.Cloud.SetOutage(outage, false)
		for range p.Host.Poison("rollup-runs")[poisoned:] {
			lived[i].queued(time.Now(), "rollup-runs-poison")
		}
		lived[i].asked(time.Now(), outage)
	}
	if err := p.Close(); err != nil { // and all has been printed
		t.Error(err)
	}
	night := func(at time.Time) tables {
		i, _ := slices.BinarySearchFunc(begun, at, time.Time.Compare)
		return lived[max(0, i-1)]
	}
	for _, i := range p.Host.Invocations() {
		night(i.Started).invoked(i)
	}
	for text := range strings.Lines(p.Console()) {
		at := printed(t, text)
		night(at).add("AppTraces", at, row{"Message": strings.TrimSpace(text)})
	}
	return lived
}

// printed is when the handler has printed a line.
func printed(t *testing.T, text string) time.Time {
	t.Helper()
	var line struct{ Time time.Time }
	if err := json.Unmarshal([]byte(text), &line); err != nil || line.Time.IsZero() {
		t.Errorf("a line that is not JSON object with its time: %s", text)
	}
	return line.Time
}

func (all tables) add(table string, at time.Time, r row) {
	r["TimeGenerated"] = at.UTC().Truncate(time.Millisecond)
	all[table] = append(all[table], r)
}

// invoked adds what the host logs about a run of a function: its own lines among the
// handler's, a request, and of the first run its message in the queue.
func (all tables) invoked(i functionshost.Invocation) {
	good := i.Outcome == functionshost.Succeeded
	all.add("AppTraces", i.Started, row{"Message": fmt.Sprintf("Executing 'Functions.%s' (Id=%s)", i.Function, i.ID)})
	all.add("AppTraces", i.Started, row{"Message": fmt.Sprintf("Executed 'Functions.%s' (%s, Id=%s)", i.Function, i.Outcome, i.ID)})
	all.add("AppRequests", i.Started, row{"Name": i.Function, "Success": good})
	if i.Function == "rollup" && i.Attempt == 1 {
		all.queued(i.Started, "rollup-runs")
	}
}

func (all tables) queued(at time.Time, queue string) {
	all.add("StorageQueueLogs", at, row{
		"OperationName": "PutMessage", "StatusCode": "201", "Uri": "https://strollup.queue.core.windows.net:443/" + queue + "/messages",
	})
}

// asked adds what the vault logs about a program that reads a secret and wants to store
// one: first it asks for a token, as always.
func (all tables) asked(at time.Time, outage m365.Outage) {
	all.answered(at, "SecretGet", http.StatusUnauthorized)
	switch outage {
	case m365.VaultForbidden:
		all.answered(at, "SecretGet", http.StatusForbidden)
	case m365.VaultReadOnly:
		all.answered(at, "SecretGet", http.StatusOK)
		all.answered(at, "SecretSet", http.StatusForbidden)
	default:
		all.answered(at, "SecretGet", http.StatusOK)
	}
}

func (all tables) answered(at time.Time, operation string, status int) {
	all.add("AZKVAuditLogs", at, row{"OperationName": operation, "HttpStatusCode": status, "ResultSignature": http.StatusText(status)})
}
