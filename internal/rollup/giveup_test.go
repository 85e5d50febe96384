package rollup_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
)

// blinking is a container that can't be read the first time.
type blinking struct {
	runstore.Container
	asked bool
}

func (b *blinking) Head(ctx context.Context, name string) (runstore.Blob, error) {
	if !b.asked {
		b.asked = true
		return runstore.Blob{}, errStorage
	}
	return b.Container.Head(ctx, name)
}

func TestAMessageThatCannotClaimItsRun(t *testing.T) {
	for what, spoil := range map[string]func(*run.Checkpoint){
		"call":             func(cp *run.Checkpoint) { cp.Call = "Remove-Everything" },
		"metadata key md5": func(cp *run.Checkpoint) { cp.MD5 = []byte("edited") },
	} {
		for before, after := range map[run.State]run.State{run.StateRunning: run.StateStopped, run.StatePublishing: run.StatePublishing} {
			t.Run("because of its "+what+" says so on its last delivery, in the record and to people: "+string(before), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					n := newNight(t, 3)
					n.putCheckpoint(func(cp *run.Checkpoint) {
						cp.State = before
						spoil(cp)
					})
					if _, err := n.slice(n.message(), long); err == nil {
						t.Fatal("the slice did not fail")
					}
					equal(t, "reason before the last", n.checkpoint().Reason, "")
					equal(t, "notices before the last", len(n.notices), 0)
					if _, err := n.rollup().Slice(t.Context(), n.message(), true); err == nil {
						t.Fatal("the last slice did not fail")
					}
					equal(t, "state", n.checkpoint().State, after)
					equal(t, "notices", n.notices, []run.State{after})
					if reason := n.checkpoint().Reason; !strings.Contains(reason, what+":") {
						t.Errorf("the reason is %q", reason)
					}
				})
			})
		}
	}

	for name, change := range map[string]func(*run.Checkpoint){
		"that others work on": func(cp *run.Checkpoint) { cp.Turn = "0002-00000000" },
		"that is another one": func(cp *run.Checkpoint) { cp.Run = "11111111" },
		"that is held":        func(cp *run.Checkpoint) { cp.State = run.StateHeld },
		"that is published":   func(cp *run.Checkpoint) { cp.State = run.StatePublished },
	} {
		t.Run("leaves a run alone "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNight(t, 3)
				n.putCheckpoint(change)
				before := n.checkpoint()
				n.store = runstore.New(&blinking{Container: &n.container})
				if _, err := n.rollup().Slice(t.Context(), n.message(), true); !errors.Is(err, errStorage) {
					t.Fatalf("slice: %v, want storage's failure", err)
				}
				equal(t, "record", n.checkpoint(), before)
				equal(t, "notices", len(n.notices), 0)
			})
		})
	}
}
