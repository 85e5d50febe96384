package rollup_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/run"
)

func TestSetAside(t *testing.T) {
	t.Run("a throttled customer is asked again after its Retry-After, and its rows come last", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 10)
			begin := time.Now()
			n.answer = func(_ context.Context, c run.Customer, nth int) (string, error) {
				if index(c) == 3 && nth == 1 {
					return "", transient(run.Throttled, 10*time.Minute)
				}
				return rowsOf(c), nil
			}
			n.run(long)
			equal(t, "with data", n.record().WithData, 10)
			if took := time.Since(begin); took < 10*time.Minute || took > 11*time.Minute {
				t.Errorf("the run took %s", took)
			}
			records := strings.Split(strings.TrimSpace(n.csv()), "\r\n")
			if last := records[len(records)-1]; !strings.HasPrefix(last, tenant(3)) {
				t.Errorf("the last record is %q", last)
			}
		})
	})

	t.Run("three failures are final, under the class of the first", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 5)
			n.answer = func(_ context.Context, c run.Customer, nth int) (string, error) {
				switch {
				case index(c) != 2:
					return rowsOf(c), nil
				case nth == 1:
					return "", transient(run.Throttled, 0)
				}
				return "", transient(run.ServiceFault, 0)
			}
			n.run(long)
			equal(t, "fetches", n.fetches[tenant(2)], 3)
			equal(t, "error log", n.lines(), []string{"throttled 00000002 not now"})
		})
	})

	t.Run("a customer that holds up the others is set aside after 30 s", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 100)
			begin := time.Now()
			var othersDone time.Duration
			n.answer = func(ctx context.Context, c run.Customer, nth int) (string, error) {
				if index(c) == 0 && nth == 1 {
					return neverAnswers(ctx)
				}
				if index(c) == 99 {
					othersDone = time.Since(begin)
				}
				return rowsOf(c), nil
			}
			n.run(long)
			equal(t, "with data", n.record().WithData, 100)
			if othersDone > 31*time.Second {
				t.Errorf("the others waited for it for %s", othersDone)
			}
		})
	})

	t.Run("the time for which it waited until it was asked does not count", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 8) // four in flight
			n.answer = func(ctx context.Context, c run.Customer, _ int) (string, error) {
				select {
				case <-time.After(20 * time.Second):
					return rowsOf(c), nil
				case <-ctx.Done():
					return "", ctx.Err()
				}
			}
			n.run(long)
			equal(t, "fetches", n.totalFetches(), 8)
		})
	})

	t.Run("a customer that never answers ends as service-fault, even if each slice ends first", func(t *testing.T) {
		for _, budget := range []time.Duration{long, 20 * time.Second} {
			synctest.Test(t, func(t *testing.T) {
				n := newNight(t, 3)
				n.answer = func(ctx context.Context, c run.Customer, _ int) (string, error) {
					if index(c) == 1 {
						return neverAnswers(ctx)
					}
					return rowsOf(c), nil
				}
				if slices := n.run(budget); budget == long && slices != 1 {
					t.Errorf("%d slices", slices)
				}
				record := n.record()
				equal(t, "with data", record.WithData, 2)
				equal(t, "classes", record.Classes, run.Classes{run.ServiceFault: 1})
			})
		}
	})

	t.Run("a slice that is told to stop is no attempt at anybody", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.answer = func(ctx context.Context, c run.Customer, nth int) (string, error) {
				switch {
				case index(c) != 1 || nth == 5:
					return rowsOf(c), nil
				case nth < 3:
					return "", transient(run.Throttled, 0)
				}
				return neverAnswers(ctx)
			}
			m, err := n.slice(n.message(), 20*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, stop)
			if m, err = n.rollup().Slice(ctx, *m, false); err != nil {
				t.Fatal(err)
			}
			n.work(*m)
			equal(t, "error log", n.lines(), nil)
		})
	})

	t.Run("while fifty customers are set aside, no new one is taken until one of them is done", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 120)
			most := 0
			n.answer = func(_ context.Context, c run.Customer, nth int) (string, error) {
				if nth == 1 {
					return "", transient(run.Throttled, time.Minute)
				}
				n.mu.Lock()
				defer n.mu.Unlock()
				most = max(most, len(n.checkpoint().Deferred))
				return rowsOf(c), nil
			}
			n.run(24 * time.Hour)
			equal(t, "most customers set aside", most, run.DeferredLimit)
			equal(t, "with data", n.record().WithData, 120)
		})
	})

	t.Run("nor at the end of a slice that waited for its first customer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 200)
			n.answer = func(ctx context.Context, c run.Customer, nth int) (string, error) {
				switch {
				case index(c) == 0 && nth == 1:
					return neverAnswers(ctx)
				case index(c) > 1 && nth == 1:
					return "", transient(run.Throttled, time.Minute)
				}
				return rowsOf(c), nil
			}
			next, err := n.slice(n.message(), 20*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "customers set aside", len(n.checkpoint().Deferred), run.DeferredLimit)
			n.work(*next)
			equal(t, "with data", n.record().WithData, 200)
		})
	})

	t.Run("nor more than the record has room for, if its columns are many and its slices, too", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 120)
			columns := wideColumns()
			n.answer = func(ctx context.Context, c run.Customer, nth int) (string, error) {
				switch {
				case index(c) == 1 && nth == 1:
					return neverAnswers(ctx)
				case index(c) > 0 && nth < 3:
					return "", transient(run.Throttled, time.Minute)
				}
				return strings.Join(columns, ",") + "\n" + strings.Repeat(",", len(columns)-1) + "\n", nil
			}
			next, err := n.slice(n.message(), 20*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			n.putCheckpoint(func(cp *run.Checkpoint) {
				*cp = n.checkpoint()
				for cp.Room() > 500 {
					cp.Blocks = append(cp.Blocks, run.Staged{Slice: 1000})
				}
			})
			n.work(*next)
			equal(t, "with data", n.record().WithData, 120)
			equal(t, "restarts", n.record().Restarts, 0)
		})
	})

	t.Run("the next slice asks the customers that one set aside", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 40)
			n.answer = func(_ context.Context, c run.Customer, nth int) (string, error) {
				time.Sleep(time.Second)
				if index(c)%5 == 0 && nth == 1 {
					return "", transient(run.Throttled, 5*time.Minute)
				}
				return rowsOf(c), nil
			}
			if slices := n.run(8 * time.Second); slices < 2 {
				t.Fatalf("%d slices", slices)
			}
			equal(t, "with data", n.record().WithData, 40)
		})
	})

	t.Run("the rows are the same in one slice or several", func(t *testing.T) {
		night := func(t *testing.T, budget time.Duration) (rows, lines []string) {
			synctest.Test(t, func(t *testing.T) {
				n := newNight(t, 60)
				n.answer = func(_ context.Context, c run.Customer, nth int) (string, error) {
					time.Sleep(time.Second)
					if index(c)%9 == 0 && nth == 1 || index(c) == 7 {
						return "", transient(run.Throttled, 5*time.Second)
					}
					return rowsOf(c), nil
				}
				n.run(budget)
				rows, lines = strings.Split(n.csv(), "\r\n"), n.lines()
				slices.Sort(rows)
			})
			return rows, lines
		}
		rows, lines := night(t, long)
		rowsOfMany, linesOfMany := night(t, 8*time.Second)
		equal(t, "rows", rowsOfMany, rows)
		equal(t, "error log", linesOfMany, lines)
	})

	t.Run("slow and throttled customers delay nobody else, and each ends in its own class", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			const throttled, silent, dripping, large = 10, 20, 30, 40
			n := newNight(t, 100)
			begin := time.Now()
			var others time.Duration
			n.answer = func(ctx context.Context, c run.Customer, _ int) (string, error) {
				switch index(c) {
				case throttled:
					return "", transient(run.Throttled, 10*time.Minute)
				case silent, dripping:
					return neverAnswers(ctx)
				case large:
					return header + strings.Repeat("1999-12-30,12345,7\n", 200_000), nil
				}
				time.Sleep(time.Second)
				n.mu.Lock()
				defer n.mu.Unlock()
				others = max(others, time.Since(begin))
				return rowsOf(c), nil
			}
			n.run(2 * time.Hour)
			// 96 customers a second each, two of four places taken.
			if others > 50*time.Second {
				t.Errorf("the others were done after %s", others)
			}
			record := n.record()
			equal(t, "with data", record.WithData, 97)
			equal(t, "rows", record.Rows, 96*2+200_000)
			equal(t, "classes", record.Classes, run.Classes{run.Throttled: 1, run.ServiceFault: 2})
		})
	})
}
