package rollup_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
	"tenantrollup/internal/runstore/runstoretest"
)

// What TestCostOfCheckpoints simulates: a run of 22 checkpoints.
const (
	costInFlight  = 16
	costCustomers = 220 * costInFlight * 1000 / 480
	costLatency   = 480 * time.Millisecond
	costBody      = 100 // rows of a customer
)

// TestCostOfCheckpoints measures, under a simulated clock, how much of a run's
// throughput its checkpoints cost if every call to the storage takes 30 ms, and whether
// the later ones cost more than the first. make bench reads the attributes. (No
// benchmark: it would have to wait 220 s twice.)
func TestCostOfCheckpoints(t *testing.T) {
	t.Parallel()
	often, container := costOf(t, false)
	once, _ := costOf(t, true)
	throughput := once.Seconds() / often.Seconds()
	costs := container.costs[1:] // the first is that of the list
	if len(costs) < 20 {
		t.Fatalf("%d checkpoints, want 20 at least", len(costs))
	}
	costs = costs[:len(costs)-1] // the last is that of the publication
	growth := sum(costs[len(costs)-10:]).Seconds() / sum(costs[:10]).Seconds()
	t.Attr("throughput", fmt.Sprintf("%.4f", throughput))
	t.Attr("growth", fmt.Sprintf("%.3f", growth))
	if throughput < 0.98 {
		t.Errorf("with checkpoints every 10 s throughput is %.4f of that with one at the end, want 0.98 at least", throughput)
	}
	if growth > 1.2 {
		t.Errorf("the last ten checkpoints cost %.3f times the first ten, want 1.2 at most: %v", growth, costs)
	}
}

// costOf returns how long a run takes, and the storage that it used. With
// atTheEnd the storage takes no time until all customers are asked, so that
// only the last checkpoint costs any.
func costOf(t *testing.T, atTheEnd bool) (took time.Duration, storage *slowContainer) {
	storage = &slowContainer{Container: new(runstoretest.Memory)}
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t, costCustomers)
		n.store = runstore.New(storage)
		body := header + strings.Repeat("1999-12-30,12345,7\n", costBody)
		var asked atomic.Int64
		n.answer = func(ctx context.Context, _ run.Customer, _ int) (string, error) {
			if asked.Add(1) == costCustomers {
				storage.fast.Store(false)
			}
			time.Sleep(costLatency)
			return body, nil
		}
		storage.fast.Store(atTheEnd)
		engine := n.rollup()
		engine.Concurrency, engine.Log = costInFlight, slog.New(slog.DiscardHandler)
		begin := time.Now()
		if next, err := engine.Slice(t.Context(), n.message(), false); next != nil || err != nil {
			t.Fatalf("the run was not published: %v, %v", next, err)
		}
		took = time.Since(begin)
	})
	return took, storage
}

func sum(costs []time.Duration) (all time.Duration) {
	for _, cost := range costs {
		all += cost
	}
	return all
}

// slowContainer takes 30 ms for each call and 10 ns for each byte.
type slowContainer struct {
	runstore.Container
	fast  atomic.Bool
	spent time.Duration   // since the last checkpoint; a slice's calls come one after another
	costs []time.Duration // of each checkpoint, the rows staged for it included
}

func (c *slowContainer) delay(bytes int) {
	took := 30*time.Millisecond + time.Duration(bytes)*10*time.Nanosecond
	if c.fast.Load() {
		return
	}
	c.spent += took
	time.Sleep(took)
}

func (c *slowContainer) Head(ctx context.Context, name string) (runstore.Blob, error) {
	c.delay(0)
	return c.Container.Head(ctx, name)
}

func (c *slowContainer) Get(ctx context.Context, name string) (runstore.Blob, io.ReadCloser, error) {
	c.delay(0)
	return c.Container.Get(ctx, name)
}

func (c *slowContainer) Put(ctx context.Context, name string, body []byte, w runstore.Write) (string, error) {
	c.delay(len(body))
	return c.Container.Put(ctx, name, body, w)
}

func (c *slowContainer) SetMetadata(ctx context.Context, name, etag string, metadata map[string]string) (string, error) {
	size := 0
	for key, value := range metadata {
		size += len(key) + len(value)
	}
	c.delay(size)
	c.costs, c.spent = append(c.costs, c.spent), 0
	return c.Container.SetMetadata(ctx, name, etag, metadata)
}

func (c *slowContainer) Stage(ctx context.Context, name, id string, body []byte) error {
	c.delay(len(body))
	return c.Container.Stage(ctx, name, id, body)
}

func (c *slowContainer) Blocks(ctx context.Context, name string) (runstore.BlockList, error) {
	c.delay(0)
	return c.Container.Blocks(ctx, name)
}

func (c *slowContainer) Commit(ctx context.Context, name string, ids []string, w runstore.Write) error {
	c.delay(0)
	return c.Container.Commit(ctx, name, ids, w)
}

func (c *slowContainer) List(ctx context.Context, prefix string) iter.Seq2[runstore.Blob, error] {
	c.delay(0)
	return c.Container.List(ctx, prefix)
}
