package rollup_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/run"
)

// refused is the service's answer to a call that is wrong.
func refused(code string) error {
	return &run.Failure{Class: run.ServiceFault, Code: code, Message: "Graph answered 400 " + code + ".", Remedy: "Correct the call."}
}

func badCall(context.Context, run.Customer, int) (string, error) { return "", refused("BadRequest") }

// unsigned is a customer whose tenant gives no token.
func unsigned() error {
	return &run.Failure{Class: run.ConsentMissing, SignIn: true, Message: "AADSTS65001."}
}

// answers gives each customer the answer of its index.
func (n *night) answers(of func(i int) error) {
	n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) {
		if err := of(index(c)); err != nil {
			return "", err
		}
		return rowsOf(c), nil
	}
}

func TestACallThatNobodyAnswers(t *testing.T) {
	t.Run("is stopped after 25 identical refusals, with the service's words, and nobody else is asked", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 400)
			n.answer = badCall
			n.run(long)
			cp := n.checkpoint()
			equal(t, "state", cp.State, run.StateStopped)
			equal(t, "turn", cp.Turn, "0002-ffffffff")
			equal(t, "people were told about", n.notices, []run.State{run.StateStopped})
			for _, words := range []string{"the first 25 customers", "Graph answered 400 BadRequest.", "Correct the call."} {
				if !strings.Contains(cp.Reason, words) {
					t.Errorf("the reason %q does not say %q", cp.Reason, words)
				}
			}
			equal(t, "progress", []int{cp.Cursor, cp.Done(), cp.Rows, len(cp.Blocks), cp.Customers}, []int{0, 0, 0, 0, 400})
			if asked := n.totalFetches(); asked > 25+4 {
				t.Errorf("%d customers were asked", asked)
			}
		})
	})

	t.Run("one slow customer does not cause others to be asked", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 400)
			n.answer = func(ctx context.Context, c run.Customer, nth int) (string, error) {
				if index(c) == 0 {
					time.Sleep(20 * time.Second)
				}
				return badCall(ctx, c, nth)
			}
			n.run(long)
			if asked := n.totalFetches(); asked > 25+4 {
				t.Errorf("%d customers were asked", asked)
			}
			equal(t, "state", n.checkpoint().State, run.StateStopped)
		})
	})

	for name, c := range map[string]struct {
		customers int
		answer    func(i int) error
		want      run.State
	}{
		"three refusals are enough if there are no more customers": {3, func(int) error { return refused("BadRequest") }, run.StateStopped},
		"two refusals are not enough":                              {2, func(int) error { return refused("BadRequest") }, run.StatePublished},
		"one answer is enough to go on": {60, func(i int) error {
			if i == 24 {
				return nil
			}
			return refused("BadRequest")
		}, run.StatePublished},
		"another code is another refusal": {60, func(i int) error { return refused(fmt.Sprintf("Bad%d", i%2)) }, run.StatePublished},
		"without a code, the words decide": {60, func(i int) error {
			return &run.Failure{Class: run.MalformedReport, Message: fmt.Sprintf("line %d", i%2)}
		}, run.StatePublished},
		"the same words are the same refusal": {60, func(i int) error {
			return &run.Failure{Class: run.MalformedReport, Message: "line 1"}
		}, run.StateStopped},
		"missing consent is not the call's fault": {60, func(int) error {
			return &run.Failure{Class: run.ConsentMissing, Code: "Authorization_RequestDenied", Message: "no"}
		}, run.StatePublished},
		"a temporary failure is not the call's fault": {30, func(int) error {
			return &run.Failure{Class: run.ServiceFault, Code: "Unavailable", Message: "not now", Transient: true}
		}, run.StatePublished},
		"customers that can't be signed in to don't count": {90, func(i int) error {
			if i%3 > 0 {
				return unsigned()
			}
			return refused("BadRequest")
		}, run.StateStopped},
		"no customer can be signed in to": {60, func(int) error { return unsigned() }, run.StatePublished},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNight(t, c.customers)
				n.answers(c.answer)
				n.run(long)
				equal(t, "state", n.checkpoint().State, c.want)
			})
		})
	}

	t.Run("is counted over all slices", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 400)
			n.answer = func(ctx context.Context, c run.Customer, nth int) (string, error) {
				time.Sleep(10 * time.Second)
				return badCall(ctx, c, nth)
			}
			if slices := n.run(time.Minute); slices < 2 {
				t.Errorf("%d slices", slices)
			}
			equal(t, "state", n.checkpoint().State, run.StateStopped)
		})
	})

	t.Run("an answer to an earlier slice counts too", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 400)
			n.answer = func(ctx context.Context, c run.Customer, nth int) (string, error) {
				time.Sleep(10 * time.Second)
				if index(c) == 1 {
					return rowsOf(c), nil
				}
				return badCall(ctx, c, nth)
			}
			n.run(time.Minute)
			equal(t, "state", n.checkpoint().State, run.StatePublished)
			equal(t, "with data", n.record().WithData, 1)
		})
	})

	t.Run("starts again at the first customer once it is requested, and a corrected call is sent", func(t *testing.T) {
		for _, call := range []string{callText, "getMailboxUsageMailboxCounts(period='D30')"} {
			synctest.Test(t, func(t *testing.T) {
				n := newNight(t, 40)
				n.answer = badCall
				n.run(long)
				n.work(n.message()) // delivered twice
				equal(t, "state", n.checkpoint().State, run.StateStopped)
				n.answers(func(int) error { return nil })
				time.Sleep(time.Hour)
				m, err := n.rollup().Request(t.Context(), key, call, run.ScopeAll)
				if err != nil {
					t.Fatal(err)
				}
				n.work(m)
				equal(t, "call", n.record().Call, call)
				equal(t, "with data", n.record().WithData, 40)
				equal(t, "started", n.record().Started, time.Now().UTC())
			})
		}
	})

	t.Run("leaves no old lines if the stop can't be written, even on the last delivery", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 40)
			n.answer = badCall
			g := n.guard(func(string, string) error { return nil })
			g.refuse = func(what, _ string) error {
				if what == "note" && n.totalFetches() >= 25 && g.asked == 0 {
					return errStorage
				}
				return nil
			}
			if _, err := n.rollup().Slice(t.Context(), n.message(), true); !errors.Is(err, errStorage) {
				t.Fatalf("slice: %v, want storage's failure", err)
			}
			equal(t, "blocks", len(n.checkpoint().Blocks), 0)
			n.answers(func(int) error { return nil })
			n.all()
			equal(t, "with data", n.record().WithData, 40)
		})
	})

	t.Run("is not held, whatever was published", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 12)
			n.run(long)
			csv := n.csv()
			n.answer = badCall
			n.all()
			equal(t, "state", n.checkpoint().State, run.StateStopped)
			equal(t, "csv", n.csv(), csv)
		})
	})

	t.Run("does not keep the others from being asked while many are set aside", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 100)
			n.answer = func(_ context.Context, c run.Customer, nth int) (string, error) {
				if index(c) < 45 && nth == 1 {
					return "", transient(run.Throttled, time.Minute)
				}
				return rowsOf(c), nil
			}
			n.run(long)
			equal(t, "with data", n.record().WithData, 100)
		})
	})

	t.Run("a slow first customer holds nobody up once another one is answered", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 100)
			n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) {
				time.Sleep(time.Second)
				if index(c) == 0 {
					time.Sleep(28 * time.Second)
				}
				return rowsOf(c), nil
			}
			began := time.Now()
			n.run(long)
			if took := time.Since(began); took > 34*time.Second {
				t.Errorf("the night took %s", took)
			}
		})
	})
}
