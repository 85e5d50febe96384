package rollup_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/run"
)

// stored writes a record as some other invocation left it.
func (n *night) stored(change func(*run.Checkpoint)) run.Checkpoint {
	n.t.Helper()
	cp := run.Checkpoint{
		Run: "0badcafe", Turn: "0001-00000000", State: run.StateRunning, Scope: run.ScopeMissing, Call: callText,
		Slices: 1, Started: time.Now(), Updated: time.Now(), Settings: "settings",
	}
	change(&cp)
	_, version, err := n.store.Read(n.t.Context(), key)
	if err != nil {
		n.t.Fatal(err)
	}
	if _, err := n.store.Write(n.t.Context(), key, version, cp); err != nil {
		n.t.Fatal(err)
	}
	return cp
}

func TestClaim(t *testing.T) {
	for name, c := range map[string]struct {
		record  func(*run.Checkpoint)
		message func(*run.Message)
		answer  *run.Message
		claimed bool
	}{
		"a published run needs nothing": {
			record: func(cp *run.Checkpoint) { cp.State = run.StatePublished },
		},
		"a higher turn in the record drops the message": {
			record: func(cp *run.Checkpoint) { cp.Turn = "0002-00000000" },
		},
		"an equal turn claims: the message was delivered again": {
			claimed: true,
		},
		"a higher turn claims": {
			message: func(m *run.Message) { m.Turn = "0002-00000000" }, claimed: true,
		},
		"a stopped run is claimed": {
			record: func(cp *run.Checkpoint) { cp.State = run.StateStopped }, claimed: true,
		},
		"a night's message answers another run that is there with a message of that run": {
			record: func(cp *run.Checkpoint) { cp.Run = "11111111" },
			answer: &run.Message{Run: "11111111", Turn: "0002-", Report: key.Report, Call: callText, Date: date, Scope: run.ScopeMissing},
		},
		"but not a rerun of the failed ones": {
			record: func(cp *run.Checkpoint) { cp.Run, cp.Scope = "11111111", run.ScopeFailed },
		},
		"a requested run's message is dropped where another run is there": {
			record:  func(cp *run.Checkpoint) { cp.Run = "11111111" },
			message: func(m *run.Message) { m.Scope = run.ScopeAll },
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNight(t, 3)
				m := n.message()
				if c.message != nil {
					c.message(&m)
				}
				before := n.stored(func(cp *run.Checkpoint) {
					if c.record != nil {
						c.record(cp)
					}
				})
				next, err := n.slice(m, long)
				if err != nil {
					t.Fatal(err)
				}
				if next != nil {
					next.Turn = next.Turn[:5]
				}
				equal(t, "answer", next, c.answer)
				equal(t, "claimed", n.checkpoint().Slices > before.Slices, c.claimed)
			})
		})
	}

	t.Run("a slice that has lost its run writes nothing more and fails", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 100)
			n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) {
				time.Sleep(time.Second)
				if index(c) == 50 {
					n.stored(func(cp *run.Checkpoint) { cp.Turn, cp.Slices = "0002-00000000", 2 })
				}
				return rowsOf(c), nil
			}
			if _, err := n.slice(n.message(), long); !errors.Is(err, run.ErrRefused) {
				t.Fatalf("slice: %v, want refused", err)
			}
			equal(t, "turn", n.checkpoint().Turn, "0002-00000000")
			equal(t, "state", n.checkpoint().State, run.StateRunning)
		})
	})

	t.Run("a run that nobody touched for a day starts over", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.stored(func(cp *run.Checkpoint) {
				cp.List, cp.Cursor, cp.Customers, cp.Updated = 1, 2, 9, time.Now().Add(-25*time.Hour)
				cp.WithData = 2
			})
			n.run(long)
			record := n.record()
			equal(t, "restarts", record.Restarts, 1)
			equal(t, "customers", record.Customers, 3)
			equal(t, "started", record.Started, time.Now().UTC())
		})
	})

	t.Run("a run begun under other settings starts over with a new list", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.stored(func(cp *run.Checkpoint) {
				cp.List, cp.Cursor, cp.Customers, cp.WithData, cp.Settings = 1, 2, 9, 2, "others"
			})
			n.run(long)
			record := n.record()
			equal(t, "restarts", record.Restarts, 1)
			equal(t, "with data", record.WithData, 3)
		})
	})

	t.Run("a lost customer list is made anew", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.stored(func(cp *run.Checkpoint) { cp.List, cp.Cursor, cp.Customers, cp.WithData = 1, 2, 9, 2 })
			n.run(long)
			record := n.record()
			equal(t, "restarts", record.Restarts, 1)
			equal(t, "with data", record.WithData, 3)
		})
	})

	t.Run("staged rows that are gone are fetched again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.stored(func(cp *run.Checkpoint) {
				cp.State, cp.Customers, cp.Cursor, cp.WithData = run.StatePublishing, 3, 3, 3
				cp.Blocks = []run.Staged{{Slice: 1, CSV: 1, Log: 1}}
			})
			n.run(long)
			record := n.record()
			equal(t, "restarts", record.Restarts, 1)
			equal(t, "with data", record.WithData, 3)
		})
	})
}

func TestRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t, 3)
		first, err := n.rollup().Request(t.Context(), key, callText, run.ScopeAll)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "state", n.checkpoint().State, run.StateQueued)
		again, err := n.rollup().Request(t.Context(), key, callText, run.ScopeAll)
		if err != nil {
			t.Fatal(err)
		}
		if again.Run != first.Run || again.Turn <= first.Turn {
			t.Errorf("asked twice: %+v and %+v, want one run and a higher turn", first, again)
		}
		for _, m := range []run.Message{first, again, n.message()} {
			if _, err := n.slice(m, long); err != nil {
				t.Fatal(err)
			}
		}
		equal(t, "run", n.record().Run, first.Run)
		equal(t, "attempts at a customer", n.attempts[tenant(0)], 1)

		rerun, err := n.rollup().Request(t.Context(), key, callText, run.ScopeAll)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "the publication before the rerun", n.record().Run, first.Run)
		equal(t, "columns kept", n.checkpoint().Columns, []string{"Report Refresh Date", "Total", "Report Period"})
		if _, err := n.slice(rerun, long); err != nil {
			t.Fatal(err)
		}
		equal(t, "the publication after it", n.record().Run, rerun.Run)
	})
}
