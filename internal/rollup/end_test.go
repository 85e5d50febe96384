package rollup_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/rollup"
	"tenantrollup/internal/run"
)

func TestToTheEnd(t *testing.T) {
	slowly := func(n *night) {
		n.answer = func(ctx context.Context, c run.Customer, _ int) (string, error) {
			select {
			case <-time.After(time.Minute):
				return rowsOf(c), nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		}
	}
	t.Run("slice follows slice until the run is published", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 20)
			slowly(n)
			if err := n.rollup().ToTheEnd(t.Context(), n.message(), 2*time.Minute); err != nil {
				t.Fatal(err)
			}
			if record := n.record(); record.WithData != 20 || record.Slices < 3 {
				t.Errorf("record: %+v", record)
			}
		})
	})
	t.Run("the end of the context saves what was reached, and the same message goes on", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 20)
			slowly(n)
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(150*time.Second, cancel)
			if err := n.rollup().ToTheEnd(ctx, n.message(), time.Hour); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if done := n.checkpoint().Done(); done != 8 {
				t.Errorf("%d customers were saved", done)
			}
			m := n.message()
			m.Run = "00000002" // as the next process makes it
			if err := n.rollup().ToTheEnd(t.Context(), m, time.Hour); err != nil {
				t.Fatal(err)
			}
			equal(t, "with data", n.record().WithData, 20)
		})
	})
	t.Run("a run that another process left unfinished is continued", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 20)
			slowly(n)
			if next, err := n.slice(n.message(), 2*time.Minute); next == nil {
				t.Fatal(err)
			}
			m := n.message()
			m.Run = "00000002"
			if err := n.rollup().ToTheEnd(t.Context(), m, time.Hour); err != nil {
				t.Fatal(err)
			}
			equal(t, "run", n.record().Run, n.message().Run)
		})
	})
	t.Run("a temporary failure is retried, and then the run is stopped", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.listError = transient(run.ServiceFault, 0)
			begin := time.Now()
			if err := n.rollup().ToTheEnd(t.Context(), n.message(), time.Hour); err == nil {
				t.Error("no error")
			}
			equal(t, "state", n.checkpoint().State, run.StateStopped)
			if took := time.Since(begin); took < time.Minute || took > 2*time.Minute {
				t.Errorf("it took %s", took)
			}
		})
	})
	t.Run("a failure that a person must fix is not retried", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.signInError = &run.Failure{Class: run.PartnerCredential, Message: "The client secret has expired."}
			begin := time.Now()
			if err := n.rollup().ToTheEnd(t.Context(), n.message(), time.Hour); !errors.Is(err, n.signInError) || time.Since(begin) > time.Second {
				t.Errorf("%v after %s", err, time.Since(begin))
			}
			equal(t, "state", n.checkpoint().State, run.StateStopped)
		})
	})
}

func TestAWatcherHearsOfEachCustomer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight(t, 3)
		n.customers[1].Excluded = true
		watched := n.rollup()
		var steps []rollup.Step
		watched.Watch = func(s rollup.Step) { steps = append(steps, s) }
		if err := watched.ToTheEnd(t.Context(), n.message(), time.Hour); err != nil {
			t.Fatal(err)
		}
		for i, s := range steps {
			if s.Done != i+1 || s.Of != 3 || s.Customer.TenantID != tenant(i) || (s.Failure != nil) != (i == 1) {
				t.Errorf("step %d: %+v", i, s)
			}
		}
		equal(t, "steps", len(steps), 3)
	})
}
