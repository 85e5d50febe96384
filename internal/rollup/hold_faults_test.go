//go:build !race

package rollup_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"tenantrollup/internal/run"
)

// heldStory makes a good night; a rerun while Microsoft is broken, which is held, and
// requested again when all is well; and another one, which is held and accepted. It
// returns what can be seen after each.
func (w *world) heldStory() []publication {
	var all []publication
	defer w.alive.Wait()
	defer w.wake()
	see := func() { all = append(all, publication{w.csv(), slices.Sorted(slices.Values(w.lines()))}) }
	w.until(run.StatePublished, run.ScopeMissing)
	see()
	w.broken = true
	w.until(run.StateHeld, run.ScopeAll)
	see()
	w.broken = false
	w.until(run.StatePublished, run.ScopeAll)
	see()
	w.broken = true
	w.until(run.StateHeld, run.ScopeAll)
	w.publishHeld()
	see()
	w.wake()
	w.alive.Wait()
	w.deliver()
	return all
}

// until asks, as a person would who reads how far the run is, until it has reached this
// state.
func (w *world) until(want run.State, scope run.Scope) {
	w.ask(scope)
	w.deliver()
	for try := 0; w.checkpoint().State != want && try < 20; try++ {
		w.ask(run.ScopeAll)
		w.deliver()
	}
	if state := w.checkpoint().State; state != want {
		w.t.Fatalf("the run is %s, and never %s", state, want)
	}
}

// publishHeld accepts the held run, again if it had to start over.
func (w *world) publishHeld() {
	for try := 0; !w.checkpoint().Finished() && try < 20; try++ {
		if w.checkpoint().State == run.StateHeld {
			w.ask(accept)
		} else {
			w.ask(run.ScopeAll)
		}
		w.deliver()
	}
	if state := w.checkpoint().State; state != run.StatePublished {
		w.t.Fatalf("the accepted run is %s, and never published", state)
	}
}

func TestEveryStorageCallOfAHeldRunMeetsEveryFault(t *testing.T) {
	all := t
	const customers = 4
	var want []publication
	synctest.Test(t, func(t *testing.T) { want = newWorld(t, customers).heldStory() })
	for _, k := range []kind{dropped, answerLost, repeated, killBefore, killAfter, redeployed, purged, rowsLost, linesLost, listLost} {
		t.Run(string(k), func(t *testing.T) {
			t.Parallel()
			for at, met := 0, true; met && !all.Failed(); at++ {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, customers)
					w.disturb = func(n int, _ string) fault {
						if n == at {
							return fault{kind: k}
						}
						return fault{}
					}
					equal(t, fmt.Sprintf("publications, call %d", at), w.heldStory(), want)
					met = w.calls > at
				})
			}
		})
	}
}
