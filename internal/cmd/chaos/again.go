package main

import (
	"context"
	"fmt"
	"strings"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

// done is the customers that were done at some moment of a run: those of its list
// below the record's cursor, without those set aside.
type done struct {
	run      string
	restarts int
	asked    map[string]int // by tenant id: how often each had been asked by then
}

// doneBy picks those customers from the list, by tenant id.
func doneBy(record run.Checkpoint, list []string, asked func(tenant string) int) done {
	d := done{run: record.Run, restarts: record.Restarts, asked: map[string]int{}}
	for _, tenant := range list[:record.Cursor] {
		d.asked[tenant] = asked(tenant)
	}
	for _, aside := range record.Deferred {
		delete(d.asked, list[aside.Index])
	}
	return d
}

// holds reports which customers were asked again. A restart, or another run, may
// ask all of them.
func (d done) holds(record run.Checkpoint, asked func(tenant string) int) error {
	if d.run != record.Run || d.restarts != record.Restarts {
		return nil
	}
	for tenant, times := range d.asked {
		if now := asked(tenant); now != times {
			return fmt.Errorf("tenant %s was done with when a handler ended, and was asked again: %d times, then %d", tenant, times, now)
		}
	}
	return nil
}

// doneBefore checks the run against what was remembered so far, and remembers which
// customers are done now.
func (n *night) doneBefore(ctx context.Context) error {
	record, err := n.record(ctx)
	if err != nil {
		return err
	}
	asked := n.asked()
	for _, d := range n.done {
		if err := d.holds(record, asked); err != nil {
			return err
		}
	}
	if record.List == 0 { // nobody was asked yet
		return nil
	}
	list, err := n.list(ctx)
	if err != nil || record.Cursor > len(list) { // it has just been replaced by another
		return err
	}
	n.done = append(n.done, doneBy(record, list, asked))
	return nil
}

// asked returns how often each customer was asked for its report so far.
func (n *night) asked() func(tenant string) int {
	counts := n.place.Cloud.Counts().Tenants
	return func(tenant string) int { return counts[tenant][m365.KindReport] }
}

// list returns the tenant ids of the run's frozen list.
func (n *night) list(ctx context.Context) ([]string, error) {
	text, err := n.place.Blob(ctx, n.blob("customers.jsonl"))
	if err != nil {
		return nil, err
	}
	var tenants []string
	for line := range strings.Lines(string(text)) {
		customer, err := run.ParseCustomer([]byte(line))
		if err != nil {
			return nil, err
		}
		tenants = append(tenants, customer.TenantID)
	}
	return tenants, nil
}
