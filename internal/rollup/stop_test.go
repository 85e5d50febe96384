package rollup_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
)

// guarded is a container that answers some writes of some blobs with an error.
type guarded struct {
	runstore.Container
	refuse func(what, name string) error
	asked  int // how often a write was refused
}

// guard makes storage answer like this from now on.
func (n *night) guard(refuse func(what, name string) error) *guarded {
	g := &guarded{Container: &n.container, refuse: refuse}
	n.store = runstore.New(g)
	return g
}

func (g *guarded) ask(what, name string) error {
	err := g.refuse(what, name)
	if err != nil {
		g.asked++
	}
	return err
}

func (g *guarded) Stage(ctx context.Context, name, id string, body []byte) error {
	if err := g.ask("stage", name); err != nil {
		return err
	}
	return g.Container.Stage(ctx, name, id, body)
}

func (g *guarded) Commit(ctx context.Context, name string, ids []string, w runstore.Write) error {
	if err := g.ask("commit", name); err != nil {
		return err
	}
	return g.Container.Commit(ctx, name, ids, w)
}

func (g *guarded) SetMetadata(ctx context.Context, name, etag string, metadata map[string]string) (string, error) {
	if err := g.ask("note", name); err != nil {
		return "", err
	}
	return g.Container.SetMetadata(ctx, name, etag, metadata)
}

var leased = &run.Failure{Class: run.ServiceFault, Message: "Somebody holds a lease on the blob.", Remedy: "Break it."}

func always(what, name string, err error) func(what, name string) error {
	return func(asked, of string) error {
		if asked == what && of == name {
			return err
		}
		return nil
	}
}

func TestWhatStorageRefuses(t *testing.T) {
	t.Run("a lock on the file stops the run at once, with what lifts it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.guard(always("stage", csvName, leased))
			if _, err := n.slice(n.message(), long); !errors.Is(err, error(leased)) || errors.Is(err, run.ErrRefused) {
				t.Fatalf("slice: %v, want the lock", err)
			}
			equal(t, "state", n.checkpoint().State, run.StateStopped)
			equal(t, "reason", n.checkpoint().Reason, "Somebody holds a lease on the blob. What to do: Break it.")
			equal(t, "cursor", n.checkpoint().Cursor, 0)
			equal(t, "notices", n.notices, []run.State{run.StateStopped})
			n.guard(func(_, _ string) error { return nil })
			n.run(long)
			equal(t, "with data", n.record().WithData, 3)
			equal(t, "reason of what is published", n.checkpoint().Reason, "")
		})
	})

	t.Run("the record says what to do, however long the service's words are", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			for _, message := range []string{"Short.", strings.Repeat("word ", 110), strings.Repeat("größer ", 100) + "…"} {
				n := newNight(t, 3)
				n.signInError = fmt.Errorf("sign in: %w", &run.Failure{
					Class: run.PartnerCredential, Message: message, Remedy: "Upload the certificate.", CorrelationID: "64bd5bb8",
				})
				n.slice(n.message(), long)
				reason := n.checkpoint().Reason
				if !strings.HasPrefix(reason, "sign in: ") || !strings.HasSuffix(reason, " What to do: Upload the certificate. (correlation id 64bd5bb8)") {
					t.Errorf("the reason is %q", reason)
				}
			}
		})
	})

	t.Run("a lock on the record fails the message, and does not count as a race", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.putCheckpoint(func(*run.Checkpoint) {})
			g := n.guard(always("note", recordName, leased))
			if _, err := n.slice(n.message(), long); !errors.Is(err, error(leased)) || errors.Is(err, run.ErrRefused) {
				t.Fatalf("slice: %v, want the lock", err)
			}
			equal(t, "tries", g.asked, 1)
		})
	})

	t.Run("a lock found while publishing is noted on the last delivery, and the run continues when it is lifted", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.guard(always("commit", csvName, leased))
			if _, err := n.slice(n.message(), long); !errors.Is(err, error(leased)) {
				t.Fatalf("slice: %v, want the lock", err)
			}
			equal(t, "state", n.checkpoint().State, run.StatePublishing)
			equal(t, "reason before the last", n.checkpoint().Reason, "")
			equal(t, "notices", len(n.notices), 0)

			if _, err := n.rollup().Slice(t.Context(), n.message(), true); !errors.Is(err, error(leased)) {
				t.Fatalf("last slice: %v, want the lock", err)
			}
			equal(t, "state after the last", n.checkpoint().State, run.StatePublishing)
			equal(t, "reason", n.checkpoint().Reason, "Somebody holds a lease on the blob. What to do: Break it.")
			equal(t, "notices", n.notices, []run.State{run.StatePublishing})

			n.guard(func(_, _ string) error { return nil })
			n.run(long)
			equal(t, "state", n.checkpoint().State, run.StatePublished)
			equal(t, "reason of what is published", n.checkpoint().Reason, "")
			equal(t, "fetches of a customer", n.fetches[tenant(1)], 1)
		})
	})

	t.Run("rows that could not be staged are not counted, even on the last delivery", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 4)
			n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) {
				return header + strings.Repeat("1999-12-30,"+c.TenantID[:8]+",7\n", 150_000), nil // two fill a block
			}
			n.run(long)
			whole := n.csv()

			n2 := newNight(t, 4)
			n2.answer = n.answer
			var once bool
			n2.guard(func(what, name string) error {
				if what != "stage" || name != csvName || once {
					return nil
				}
				once = true
				return errStorage
			})
			if _, err := n2.rollup().Slice(t.Context(), n2.message(), true); !errors.Is(err, errStorage) {
				t.Fatalf("slice: %v, want storage's failure", err)
			}
			equal(t, "state", n2.checkpoint().State, run.StateStopped)
			n2.run(long)
			if got := n2.csv(); got != whole {
				t.Errorf("%d bytes are published, want %d", len(got), len(whole))
			}
		})
	})
}
