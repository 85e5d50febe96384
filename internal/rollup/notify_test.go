package rollup_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"tenantrollup/internal/run"
)

func TestWhatIsAnnounced(t *testing.T) {
	t.Run("a published run is announced once, however many slices it took", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 20)
			m := n.message()
			n.run(long)
			if _, err := n.slice(m, long); err != nil { // the message comes twice
				t.Fatal(err)
			}
			equal(t, "notices", n.notices, []run.State{run.StatePublished})
		})
	})
	t.Run("a run that keeps stopping for the same reason is announced twice: the first time, and when its message is given up", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.listError = &run.Failure{Class: run.PartnerCredential, Message: "No customers were found."}
			for range 9 {
				n.slice(n.message(), long)
			}
			equal(t, "notices", n.notices, []run.State{run.StateStopped})
			n.rollup().Slice(t.Context(), n.message(), true)
			equal(t, "notices", n.notices, []run.State{run.StateStopped, run.StateStopped})
		})
	})
	t.Run("whatever the id of each refusal, and however the record writes the reason", func(t *testing.T) {
		for _, message := range []string{"The secret has expired.", "Größe…", strings.Repeat("long ", 200)} {
			synctest.Test(t, func(t *testing.T) {
				n := newNight(t, 3)
				for i := range 9 { // each with an id of its own
					n.listError = &run.Failure{Class: run.PartnerCredential, Message: message, Remedy: "Renew it.", CorrelationID: fmt.Sprint(i)}
					n.slice(n.message(), long)
				}
				equal(t, "notices", n.notices, []run.State{run.StateStopped})
			})
		}
	})
	t.Run("a run that stops for another reason than before is news", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			for _, message := range []string{"The secret has expired.", "No customers were found."} {
				n.listError = &run.Failure{Class: run.PartnerCredential, Message: message}
				n.slice(n.message(), long)
			}
			equal(t, "notices", len(n.notices), 2)
		})
	})
	t.Run("a slice that has lost its run tells nobody", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.putCheckpoint(func(cp *run.Checkpoint) { cp.Turn = "0009-00000000" })
			if _, err := n.slice(n.message(), long); err != nil {
				t.Fatal(err)
			}
			equal(t, "notices", len(n.notices), 0)
		})
	})
}
