//go:build !race

// The tests of this file and of the others with its build constraint take thousands of
// synctest bubbles, after some hundreds of which the race detector's own runtime may
// crash (Go 1.26.11). They run in make test.

package rollup_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"tenantrollup/internal/run"
)

// undisturbed is what a steady story publishes when nothing fails.
func undisturbed(t *testing.T, customers int, change func(*world), story []run.Scope) (want []publication) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, customers)
		change(w)
		want = w.story(story...)
	})
	return want
}

func TestEveryStorageCallMeetsEveryFault(t *testing.T) {
	all := t
	const customers = 7
	story := []run.Scope{run.ScopeMissing, run.ScopeFailed, run.ScopeAll}
	want := undisturbed(t, customers, func(*world) {}, story)
	for _, k := range []kind{dropped, answerLost, repeated, killBefore, killAfter, redeployed, purged, revoked, rowsLost, linesLost, listLost, listOlder} {
		t.Run(string(k), func(t *testing.T) {
			t.Parallel()
			for at, met := 0, true; met && !all.Failed(); at++ {
				met = false
				for mode, change := range map[string]func(*world){
					"steady":                func(*world) {},
					"varying":               func(w *world) { w.varies = true },
					"varying, one delivery": func(w *world) { w.varies, w.limit = true, 1 },
				} {
					synctest.Test(t, func(t *testing.T) {
						w := newWorld(t, customers)
						change(w)
						w.disturb = func(n int, _ string) fault {
							if n == at {
								return fault{kind: k}
							}
							return fault{}
						}
						w.holds(w.story(story...), want, fmt.Sprintf("call %d, %s", at, mode))
						met = met || w.calls > at
					})
				}
			}
		})
	}
}
