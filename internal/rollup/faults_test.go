package rollup_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
)

// fault is what happens to one request to storage.
type fault string

const (
	dropped    fault = "dropped"     // it fails before it arrives
	answerLost fault = "answer lost" // it is applied, and the retry finds that the state has changed
	killBefore fault = "killed before"
	killAfter  fault = "killed after"
	late       fault = "late" // it is applied long after its slice was given up and another has taken over
)

var errStorage = errors.New("storage: connection lost")

// faulty is a container whose nth write meets with a fault. After a kill every
// request of the slice fails: its process is gone.
type faulty struct {
	runstore.Container
	fault fault
	at    int64 // which write, from 0

	writes atomic.Int64
	dead   atomic.Bool
}

func (f *faulty) write(ctx context.Context, do func(context.Context) error) error {
	n := f.writes.Add(1) - 1
	if f.dead.Load() {
		return errStorage
	}
	if n != f.at {
		return do(ctx)
	}
	switch f.fault {
	case killBefore:
		f.dead.Store(true)
	case killAfter:
		do(ctx)
		f.dead.Store(true)
	case answerLost:
		if err := do(ctx); err != nil {
			return err
		}
		return fmt.Errorf("the write was repeated: %w", run.ErrRefused)
	case late:
		time.Sleep(3 * lostAfter)
		return do(context.WithoutCancel(ctx))
	}
	return errStorage
}

func (f *faulty) Put(ctx context.Context, name string, body []byte, w runstore.Write) (etag string, err error) {
	err = f.write(ctx, func(ctx context.Context) error { etag, err = f.Container.Put(ctx, name, body, w); return err })
	return etag, err
}

func (f *faulty) SetMetadata(ctx context.Context, name, etag string, metadata map[string]string) (next string, err error) {
	err = f.write(ctx, func(ctx context.Context) error {
		next, err = f.Container.SetMetadata(ctx, name, etag, metadata)
		return err
	})
	return next, err
}

func (f *faulty) Stage(ctx context.Context, name, id string, body []byte) error {
	return f.write(ctx, func(ctx context.Context) error { return f.Container.Stage(ctx, name, id, body) })
}

func (f *faulty) Commit(ctx context.Context, name string, ids []string, w runstore.Write) error {
	return f.write(ctx, func(ctx context.Context) error { return f.Container.Commit(ctx, name, ids, w) })
}

func (f *faulty) List(ctx context.Context, prefix string) iter.Seq2[runstore.Blob, error] {
	if f.dead.Load() {
		return func(yield func(runstore.Blob, error) bool) { yield(runstore.Blob{}, errStorage) }
	}
	return f.Container.List(ctx, prefix)
}

// lostAfter is when the queue gives a message out again though the slice that
// has it still works.
const lostAfter = 10 * time.Minute

// deliver hands messages to slices as the queue does: one that fails comes
// back, and is delivered twice then; one whose slice is not heard of for
// lostAfter comes back too, and two slices are at work.
func (n *night) deliver(m run.Message, budget time.Duration, newProcess func()) {
	n.t.Helper()
	queue := []run.Message{m}
	var zombies sync.WaitGroup
	for deliveries := 0; len(queue) > 0; deliveries++ {
		if deliveries > 200 {
			n.t.Fatal("the run does not come to an end")
		}
		m, queue = queue[0], queue[1:]
		newProcess()
		type answer struct {
			next *run.Message
			err  error
		}
		answered := make(chan answer, 1)
		zombies.Go(func() {
			next, err := n.slice(m, budget)
			answered <- answer{next, err}
		})
		select {
		case a := <-answered:
			if a.err != nil {
				queue = append(queue, m, m)
				time.Sleep(time.Minute)
			}
			if a.next != nil {
				queue = append(queue, *a.next)
			}
		case <-time.After(lostAfter):
			queue = append(queue, m)
		}
	}
	zombies.Wait()
}

// varying answers differently at each attempt: rows that tell the attempt, no
// data, or a refusal.
func varying(_ context.Context, c run.Customer, attempt int) (string, error) {
	time.Sleep(time.Second)
	switch (index(c) + attempt) % 5 {
	case 0:
		return header, nil
	case 1:
		return "", &run.Failure{Class: run.ConsentMissing, Message: "attempt " + strconv.Itoa(attempt)}
	}
	row := fmt.Sprintf("1999-12-30,%d,7\n", attempt)
	return header + strings.Repeat(row, 1+attempt%3), nil
}

func steady(_ context.Context, c run.Customer, _ int) (string, error) {
	time.Sleep(time.Second)
	if index(c)%4 == 1 {
		return header, nil
	}
	return rowsOf(c), nil
}

// accounted holds the published files to the one rule: each customer's rows
// come from exactly one attempt, or it has exactly one line.
func (n *night) accounted() {
	n.t.Helper()
	records, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(n.csv(), "\ufeff"))).ReadAll()
	if err != nil {
		n.t.Fatal(err)
	}
	rows := map[string][]string{}
	for _, record := range records[1:] {
		rows[record[0]] = append(rows[record[0]], record[4])
	}
	lines := map[string]int{}
	for _, line := range n.lines() {
		lines[tenantOf(line)]++
	}
	for _, c := range n.customers {
		got, line := rows[c.TenantID], lines[c.TenantID[:8]]
		if (len(got) > 0) == (line > 0) || line > 1 {
			n.t.Errorf("customer %s has %d rows and %d lines", c.TenantID, len(got), line)
		}
		for _, attempt := range got {
			if want, _ := strconv.Atoi(attempt); attempt != got[0] || len(got) != 1+want%3 {
				n.t.Errorf("customer %s has rows of attempts %v", c.TenantID, got)
				break
			}
		}
	}
	if record := n.record(); record.Rows != len(records)-1 || record.WithData != len(rows) {
		n.t.Errorf("%d rows of %d customers, but the record says %+v", len(records)-1, len(rows), record)
	}
}

func tenantOf(line string) string { return strings.Fields(line)[1] }

func TestEveryWriteMeetsWithEveryFault(t *testing.T) {
	const customers, budget = 12, 4 * time.Second // several slices, each with a checkpoint
	undisturbed := func(t *testing.T) (csv string, lines []string) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, customers)
			n.answer = steady
			n.deliver(n.message(), budget, func() {})
			csv, lines = n.csv(), n.lines()
		})
		return csv, lines
	}
	wantCSV, wantLines := undisturbed(t)
	for _, f := range []fault{dropped, answerLost, killBefore, killAfter, late} {
		t.Run(string(f), func(t *testing.T) {
			for at, met := int64(0), true; met; at++ {
				for _, mode := range []string{"steady", "varying"} {
					synctest.Test(t, func(t *testing.T) {
						n := newNight(t, customers)
						n.answer = steady
						if mode == "varying" {
							n.answer = varying
						}
						broken := &faulty{Container: &n.container, fault: f, at: at}
						met = n.disturbed(broken, budget)
						if mode == "varying" {
							n.accounted()
						} else {
							equal(t, fmt.Sprintf("csv, write %d", at), n.csv(), wantCSV)
							equal(t, fmt.Sprintf("error log, write %d", at), n.lines(), wantLines)
						}
					})
				}
			}
		})
	}
}

// disturbed runs the night on a container that fails once, and reports whether
// the fault was met with.
func (n *night) disturbed(broken *faulty, budget time.Duration) (met bool) {
	n.store = runstore.New(broken)
	n.deliver(n.message(), budget, func() { broken.dead.Store(false) })
	return broken.writes.Load() > broken.at
}
