package rollup_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/run"
)

func TestClaim(t *testing.T) {
	for name, c := range map[string]struct {
		before  func(*run.Checkpoint)
		message func(*run.Message)
		answer  *run.Message
		claimed bool
	}{
		"a published run needs nothing": {
			before: func(cp *run.Checkpoint) { cp.State = run.StatePublished },
		},
		"a higher turn in the checkpoint drops the message": {
			before: func(cp *run.Checkpoint) { cp.Turn = "0002-00000000" },
		},
		"an equal turn claims: the message was delivered again": {
			claimed: true,
		},
		"a higher turn claims": {
			message: func(m *run.Message) { m.Turn = "0002-00000000" }, claimed: true,
		},
		"a stopped run is claimed": {
			before: func(cp *run.Checkpoint) { cp.State = run.StateStopped }, claimed: true,
		},
		"a night's message answers another run that is there with a message of that run": {
			before: func(cp *run.Checkpoint) { cp.Run = "11111111" },
			answer: &run.Message{Run: "11111111", Turn: "0002-", Report: key.Report, Call: callText, Date: date, Scope: run.ScopeMissing},
		},
		"but not a rerun of the failed ones": {
			before: func(cp *run.Checkpoint) { cp.Run, cp.Scope = "11111111", run.ScopeFailed },
		},
		"a requested run's message is dropped if another run is there": {
			before:  func(cp *run.Checkpoint) { cp.Run = "11111111" },
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
				before := n.putCheckpoint(func(cp *run.Checkpoint) {
					if c.before != nil {
						c.before(cp)
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

	t.Run("a claim or a request that others overtake is judged again, five times in all", func(t *testing.T) {
		for what, write := range map[string]func(n *night) error{
			"claim": func(n *night) error { _, err := n.slice(n.message(), long); return err },
			"request": func(n *night) error {
				_, err := n.rollup().Request(t.Context(), key, callText, run.ScopeAll)
				return err
			},
			"accept": func(n *night) error { _, err := n.rollup().Accept(t.Context(), key, ""); return err },
		} {
			for overtaken, want := range map[int]error{4: nil, 5: run.ErrRefused} {
				synctest.Test(t, func(t *testing.T) {
					n := newNight(t, 3)
					n.putCheckpoint(func(cp *run.Checkpoint) {
						cp.State = map[string]run.State{"claim": run.StateRunning, "request": run.StatePublished, "accept": run.StateHeld}[what]
					})
					left := overtaken
					g := n.guard(func(what, _ string) error {
						if left--; what == "note" && left >= 0 {
							return run.ErrRefused
						}
						return nil
					})
					if err := write(n); !errors.Is(err, want) || g.asked != overtaken {
						t.Errorf("%s overtaken %d times: %v after %d refusals", what, overtaken, err, g.asked)
					}
				})
			}
		}
	})

	t.Run("a slice that has lost its run writes nothing more and fails", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 100)
			n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) {
				time.Sleep(time.Second)
				if index(c) == 50 {
					n.putCheckpoint(func(cp *run.Checkpoint) { cp.Turn, cp.Slices = "0002-00000000", 2 })
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
}
