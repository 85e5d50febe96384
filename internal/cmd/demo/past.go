package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

// quick are faults that cost no time, for the earlier nights.
var quick = []m365.Fault{
	m365.NoServicePrincipal, m365.NotConsented, m365.ConditionalAccess, m365.TenantGone,
	m365.RelationshipEnded, m365.NoRole, m365.Unlicensed, m365.HeaderOnly, m365.Ragged, m365.HTMLBody, m365.Stale,
}

// past runs the earlier nights. Customers fail only in the last four: one, then one
// more each night. One night in the middle is missing, as after an outage.
func (n *night) past(ctx context.Context, nights int, tonight map[int]m365.Fault) error {
	if nights == 0 {
		return nil
	}
	fmt.Fprintf(n.out, "First, the %d earlier nights.\n", nights)
	var refused []int
	for _, index := range slices.Sorted(maps.Keys(tonight)) {
		if slices.Contains(quick, tonight[index]) {
			refused = append(refused, index)
		}
		n.place.Cloud.SetFault(index, m365.None)
	}
	today := time.Now()
	for back := nights; back > 0; back-- {
		failing := max(0, 5-back)
		for _, index := range refused[:min(failing, len(refused))] {
			n.place.Cloud.SetFault(index, tonight[index])
		}
		if nights > 3 && back == nights/2 {
			continue
		}
		n.enqueue(today.AddDate(0, 0, -back))
		if err := n.idle(ctx); err != nil {
			return err
		}
	}
	for index, fault := range tonight {
		n.place.Cloud.SetFault(index, fault)
	}
	n.place.Cloud.ResetCounts()
	return nil
}

// enqueue asks for the run of a day as the nightly function did then.
func (n *night) enqueue(day time.Time) {
	text, err := json.Marshal(run.Message{
		Run: run.NewID(rand.Uint32), Turn: run.FirstTurn(rand.Uint32),
		Report: reportName, Call: reportCall, Date: report.DateOf(day), Scope: run.ScopeMissing,
	})
	if err != nil {
		panic(err) // the message has only texts
	}
	n.place.Host.Enqueue("rollup-runs", string(text))
}

// fire fires the nightly trigger and waits for the night.
func (n *night) fire(ctx context.Context) error {
	if err := n.place.Host.FireTimer(ctx, "nightly", time.Now(), false); err != nil {
		return fmt.Errorf("fire the nightly trigger: %w", err)
	}
	return n.idle(ctx)
}

func (n *night) idle(ctx context.Context) error {
	if err := n.place.Host.Idle(ctx); err != nil {
		return fmt.Errorf("the night did not come to an end: %w\n%s", err, n.place.Console())
	}
	return nil
}
