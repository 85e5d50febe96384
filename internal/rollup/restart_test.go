package rollup_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/run"
)

func TestRestart(t *testing.T) {
	t.Run("a run that nothing touched for a day starts over", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.putCheckpoint(func(cp *run.Checkpoint) {
				cp.List, cp.Cursor, cp.Customers, cp.WithData = 1, 2, 9, 2
				cp.Started = time.Now().Add(-25 * time.Hour)
				cp.Updated = cp.Started
			})
			n.run(long)
			record := n.record()
			equal(t, "restarts", record.Restarts, 1)
			equal(t, "customers", record.Customers, 3)
			equal(t, "started", record.Started, time.Now().UTC())
		})
	})

	t.Run("a run whose message was lost goes on a day later with its full time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.answer = func(ctx context.Context, c run.Customer, nth int) (string, error) {
				if index(c) == 2 && nth == 1 {
					return neverAnswers(ctx)
				}
				return rowsOf(c), nil
			}
			m, err := n.slice(n.message(), 20*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			n.putCheckpoint(func(cp *run.Checkpoint) {
				*cp = n.checkpoint()
				cp.Updated = time.Now().Add(-23 * time.Hour)
				cp.Started = cp.Updated.Add(-2 * time.Hour)
			})
			n.work(*m)
			record := n.record()
			equal(t, "with data", record.WithData, 3)
			equal(t, "restarts", record.Restarts, 0)
			equal(t, "error log", n.lines(), nil)
		})
	})

	t.Run("a run whose message waited behind those of other reports does not begin its time again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.putCheckpoint(func(cp *run.Checkpoint) {
				cp.Updated = time.Now().Add(-5 * time.Hour)
				cp.Started = cp.Updated.Add(-2 * time.Hour)
			})
			n.run(long)
			equal(t, "started", n.record().Started, time.Now().UTC().Add(-7*time.Hour))
		})
	})

	t.Run("a request that nothing took up for a day gets its full time, and everybody is asked", func(t *testing.T) {
		for _, scope := range []run.Scope{run.ScopeAll, run.ScopeFailed} {
			synctest.Test(t, func(t *testing.T) {
				n := withFailures(t)
				n.answers(func(int) error { return nil })
				m, err := n.rollup().Request(t.Context(), key, callText, scope)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(25 * time.Hour)
				n.work(m)
				record := n.record()
				equal(t, "with data", record.WithData, 5)
				equal(t, "started", record.Started, time.Now().UTC())
			})
		}
	})

	t.Run("a run that was started under other settings starts over with a new list", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.putCheckpoint(func(cp *run.Checkpoint) {
				cp.List, cp.Cursor, cp.Customers, cp.WithData, cp.Settings = 1, 2, 9, 2, "others"
			})
			n.run(long)
			record := n.record()
			equal(t, "restarts", record.Restarts, 1)
			equal(t, "with data", record.WithData, 3)
		})
	})

	t.Run("a lost customer list is written again, however many restarts there were", func(t *testing.T) {
		for _, restarts := range []int{0, 10} {
			synctest.Test(t, func(t *testing.T) {
				n := newNight(t, 3)
				n.putCheckpoint(func(cp *run.Checkpoint) {
					cp.List, cp.Cursor, cp.Customers, cp.WithData, cp.Restarts = 1, 2, 9, 2, restarts
				})
				n.run(long)
				record := n.record()
				equal(t, "restarts", record.Restarts, restarts+1)
				equal(t, "with data", record.WithData, 3)
			})
		}
	})

	t.Run("staged rows that are gone are fetched again, however many restarts there were, and the run gets its full time", func(t *testing.T) {
		for _, restarts := range []int{0, 10} {
			synctest.Test(t, func(t *testing.T) {
				n := newNight(t, 3)
				n.putCheckpoint(func(cp *run.Checkpoint) {
					cp.State, cp.Customers, cp.Cursor, cp.WithData, cp.Restarts = run.StatePublishing, 3, 3, 3, restarts
					cp.Blocks, cp.Started = []run.Staged{{Slice: 1, CSV: 1, Log: 1}}, time.Now().Add(-25*time.Hour)
				})
				n.run(long)
				record := n.record()
				equal(t, "restarts", record.Restarts, restarts+1)
				equal(t, "with data", record.WithData, 3)
				equal(t, "started", record.Started, time.Now().UTC())
			})
		}
	})

	t.Run("a stopped run does not restart, but gets its full time again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.putCheckpoint(func(cp *run.Checkpoint) {
				cp.State, cp.Started = run.StateStopped, time.Now().Add(-25*time.Hour)
			})
			n.run(long)
			record := n.record()
			equal(t, "restarts", record.Restarts, 0)
			equal(t, "with data", record.WithData, 3)
		})
	})

	t.Run("after ten there are no more: other settings are ignored, and a wider header fails only that customer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 100)
			n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) {
				time.Sleep(time.Second) // rows are staged before the wider header comes
				if index(c) == 90 {
					return wideHeader + "1999-12-30,1,7,True\n", nil
				}
				return rowsOf(c), nil
			}
			n.putCheckpoint(func(cp *run.Checkpoint) { cp.Restarts, cp.Settings = 10, "others" })
			n.run(long)
			record := n.record()
			equal(t, "restarts", record.Restarts, 10)
			equal(t, "with data", record.WithData, 99)
			equal(t, "classes", record.Classes, run.Classes{run.MalformedReport: 1})
		})
	})
}
