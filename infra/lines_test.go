// Package infra_test holds what Terraform sets up against what the program does:
// its settings, and the log lines that the alarms look for.
package infra_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tenantrollup/internal/standin"
	"tenantrollup/internal/standin/functionshost"
	"tenantrollup/internal/standin/m365"
)

// line is one that the handler has printed, as the host ships it: AppTraces has
// its text in the column Message.
type line map[string]any

// nights are the lines of real nights of the real handler.
type nights struct {
	quiet    []line // one customer has not consented
	expired  []line // Entra refuses the partner's secret
	refused  []line // the vault refuses the handler
	expiring []line // the refresh token's successor can't be stored
}

func (n nights) all() []line { return slices.Concat(n.quiet, n.expired, n.refused, n.expiring) }

// watch lets the handler live through them.
func watch(t *testing.T) (n nights) {
	t.Helper()
	binary, err := standin.Build(t.Context(), "..", t.TempDir(), "./handler")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		lines := live(t, binary, m365.SecretOnly, "secret", m365.SecretExpired, m365.VaultForbidden, "")
		n.expired, n.refused, n.quiet = lines[0], lines[1], lines[2]
	})
	wg.Go(func() {
		n.expiring = live(t, binary, m365.RefreshToken, "refresh-token", m365.VaultReadOnly)[0]
	})
	wg.Wait()
	return n
}

// live fires the timer once for each outage, waits until nothing is left to do,
// and returns what the handler has printed of each of these nights.
func live(t *testing.T, binary string, auth m365.Auth, mode string, outages ...m365.Outage) [][]line {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	nights := make([][]line, len(outages))
	p, err := standin.Start(ctx, standin.Options{
		Root: "..", Handler: binary,
		Cloud:    m365.Options{Customers: 4, Seed: 7, Today: time.Now().UTC(), Auth: auth, Faults: map[int]m365.Fault{2: m365.NotConsented}},
		Clocks:   functionshost.Clocks{VisibilityTimeout: 20 * time.Millisecond, RetryDelay: 20 * time.Millisecond, Window: 3 * time.Second, CrashGap: time.Millisecond},
		Settings: func(*m365.Cloud) map[string]string { return map[string]string{"PARTNER_AUTH": mode} },
	})
	if err != nil {
		t.Error(err)
		return nights
	}
	var begun []time.Time
	for _, outage := range outages {
		begun = append(begun, time.Now())
		p.Cloud.SetOutage(outage, true)
		if err := p.Host.FireTimer(ctx, "nightly", time.Now().UTC(), false); err != nil {
			t.Error(err)
		}
		if err := p.Host.Idle(ctx); err != nil {
			t.Error(err)
		}
		p.Cloud.SetOutage(outage, false)
	}
	if err := p.Close(); err != nil { // and all has been printed
		t.Error(err)
	}
	for text := range strings.Lines(p.Console()) {
		l, at := parse(t, text)
		for i, begin := range slices.Backward(begun) {
			if at.After(begin) {
				nights[i] = append(nights[i], l)
				break
			}
		}
	}
	return nights
}

func parse(t *testing.T, text string) (l line, at time.Time) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		t.Errorf("a line that is no JSON object: %s", text)
	}
	stamp, _ := l["time"].(string)
	at, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil {
		t.Errorf("a line without its time: %s", text)
	}
	return l, at
}
