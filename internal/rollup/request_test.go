package rollup_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"tenantrollup/internal/run"
)

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
		equal(t, "fetches of a customer", n.fetches[tenant(0)], 1)

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

		if _, err := n.rollup().Request(t.Context(), key, "/users?$select=mail", run.ScopeAll); err != nil {
			t.Fatal(err)
		}
		equal(t, "columns kept of another call", n.checkpoint().Columns, []string(nil))
	})
}

func TestRequestRules(t *testing.T) {
	for name, c := range map[string]struct {
		before func(*run.Checkpoint) // nil: there is none
		scope  run.Scope
		err    error
		joins  bool      // the message is of the run that is there
		asks   run.Scope // of the message, if it is for a new run
	}{
		"all if there is nothing":                    {scope: run.ScopeAll, asks: run.ScopeAll},
		"failed if there is nothing":                 {scope: run.ScopeFailed, err: run.ErrNotPublished},
		"all if there is a publication":              {func(cp *run.Checkpoint) { cp.State, cp.Rows = run.StatePublished, 7 }, run.ScopeAll, nil, false, run.ScopeAll},
		"failed of a publication":                    {func(cp *run.Checkpoint) { cp.State, cp.Rows = run.StatePublished, 7 }, run.ScopeFailed, nil, false, run.ScopeFailed},
		"failed of a publication without a row":      {func(cp *run.Checkpoint) { cp.State = run.StatePublished }, run.ScopeFailed, nil, false, run.ScopeAll},
		"failed while a night is under way joins it": {func(*run.Checkpoint) {}, run.ScopeFailed, nil, true, ""},
		"all while a night is stopped joins it":      {func(cp *run.Checkpoint) { cp.State = run.StateStopped }, run.ScopeAll, nil, true, ""},
		"all while the failed are being asked":       {func(cp *run.Checkpoint) { cp.Scope = run.ScopeFailed }, run.ScopeAll, run.ErrBusy, true, ""},
		"all if a rerun of the failed is stopped": {func(cp *run.Checkpoint) {
			cp.Scope, cp.State = run.ScopeFailed, run.StateStopped
		}, run.ScopeAll, nil, false, run.ScopeAll},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNight(t, 3)
				var before run.Checkpoint
				if c.before != nil {
					before = n.putCheckpoint(c.before)
				}
				m, err := n.rollup().Request(t.Context(), key, callText, c.scope)
				if !errors.Is(err, c.err) {
					t.Fatalf("got %v, want %v", err, c.err)
				}
				if c.joins && (m.Run != before.Run || m.Turn <= before.Turn) {
					t.Errorf("message %+v does not join run %s, turn %s", m, before.Run, before.Turn)
				}
				if c.asks != "" {
					equal(t, "scope", m.Scope, c.asks)
					equal(t, "turn", n.checkpoint().Turn, m.Turn)
				}
			})
		})
	}
}
