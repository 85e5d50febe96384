package rollup_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// outage makes every customer fail: temporarily at first, then for good.
func outage(context.Context, run.Customer, int) (string, error) {
	return "", transient(run.ServiceFault, 0)
}

// held is a night of twelve customers that was published, and a rerun of all of them
// during an outage of Microsoft's.
func held(t *testing.T) *night {
	n := newNight(t, 12)
	n.run(long)
	right := n.answer
	n.answer = outage
	n.all()
	n.answer = right
	equal(t, "state", n.checkpoint().State, run.StateHeld)
	return n
}

// all asks for all customers and works on the run until there is nothing left to do.
func (n *night) all() {
	n.t.Helper()
	m, err := n.rollup().Request(n.t.Context(), key, callText, run.ScopeAll)
	if err != nil {
		n.t.Fatal(err)
	}
	n.work(m)
}

func (n *night) work(m run.Message) {
	n.t.Helper()
	for next := &m; next != nil; {
		var err error
		if next, err = n.slice(*next, long); err != nil {
			n.t.Fatal(err)
		}
	}
}

func (n *night) accept(turn run.Turn) {
	n.t.Helper()
	m, err := n.rollup().Accept(n.t.Context(), key, turn)
	if err != nil {
		n.t.Fatal(err)
	}
	n.work(m)
}

// totalFetches is how often customers were asked.
func (n *night) totalFetches() (all int) {
	for _, times := range n.fetches {
		all += times
	}
	return all
}

func TestARunThatFallsShortIsHeld(t *testing.T) {
	t.Run("and what is published is kept", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 12)
			n.run(long)
			csv, lines, record := n.csv(), n.lines(), n.record()
			n.answer = outage
			n.all()
			cp := n.checkpoint()
			equal(t, "state", cp.State, run.StateHeld)
			equal(t, "csv", n.csv(), csv)
			equal(t, "error log", n.lines(), lines)
			equal(t, "record", n.record(), record)
			equal(t, "people were told about", n.notices, []run.State{run.StatePublished, run.StateHeld})
			for _, words := range []string{"Only 0 of 12 customers answered", "on 2000-01-01 it was 12 of 12", "service-fault 12", "not now", "until 2000-01-08"} {
				if !strings.Contains(cp.Reason, words) {
					t.Errorf("the reason %q does not say %q", cp.Reason, words)
				}
			}
		})
	})

	for name, c := range map[string]struct {
		before func(*run.Checkpoint) // the publication of an earlier night
		date   report.Date           // of it
		broken func(index int) bool
		held   bool
	}{
		"an earlier night counts if nothing would be replaced": {
			func(cp *run.Checkpoint) { cp.WithData = 12 }, date.AddDays(-10), func(int) bool { return true }, true},
		"a night eleven days earlier does not": {
			func(cp *run.Checkpoint) { cp.WithData = 12 }, date.AddDays(-11), func(int) bool { return true }, false},
		"a night with another call does not": {
			func(cp *run.Checkpoint) { cp.WithData, cp.Call = 12, "getMailboxUsageMailboxCounts(period='D30')" }, date.AddDays(-1), func(int) bool { return true }, false},
		"half as many answers as before are enough": {
			func(cp *run.Checkpoint) { cp.WithData = 12 }, date.AddDays(-1), func(i int) bool { return i < 6 }, false},
		"fewer than half are not": {
			func(cp *run.Checkpoint) { cp.WithData = 12 }, date.AddDays(-1), func(i int) bool { return i < 7 }, true},
		"no data counts as an answer, and so does no licence": {
			func(cp *run.Checkpoint) { cp.WithData, cp.NoData = 6, 6 }, date.AddDays(-1), func(i int) bool { return i < 7 }, true},
		"if there are fewer customers than before, only half of them must answer": {
			func(cp *run.Checkpoint) { cp.WithData = 100 }, date.AddDays(-1), func(i int) bool { return i < 6 }, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNight(t, 12)
				n.publishedOn(c.date, c.before)
				n.answer = func(ctx context.Context, customer run.Customer, nth int) (string, error) {
					if c.broken(index(customer)) {
						return outage(ctx, customer, nth)
					}
					return rowsOf(customer), nil
				}
				n.run(long)
				equal(t, "held", n.checkpoint().State == run.StateHeld, c.held)
			})
		})
	}

	t.Run("a run is also held if every customer answers that there is no data, though ten had some", func(t *testing.T) {
		for withData, want := range map[int]run.State{10: run.StateHeld, 9: run.StatePublished} {
			synctest.Test(t, func(t *testing.T) {
				n := newNight(t, 12)
				n.publishedYesterday(func(cp *run.Checkpoint) { cp.WithData, cp.NoData = withData, 12-withData })
				n.answer = func(context.Context, run.Customer, int) (string, error) { return header, nil }
				n.run(long)
				equal(t, "state", n.checkpoint().State, want)
			})
		}
	})

	t.Run("excluded customers are not expected to answer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 12)
			n.publishedYesterday(func(cp *run.Checkpoint) { cp.WithData = 12 })
			for i := range 10 {
				n.customers[i].Excluded = true
			}
			n.run(long)
			equal(t, "state", n.checkpoint().State, run.StatePublished)
		})
	})

	t.Run("the first night shows its error log", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 12)
			n.answer = outage
			n.run(long)
			equal(t, "lines", len(n.lines()), 12)
		})
	})

	t.Run("a rerun of the failed customers is never held", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := withFailures(t)
			n.answer = outage
			n.rerun(long)
			equal(t, "state", n.checkpoint().State, run.StatePublished)
		})
	})

	t.Run("and no earlier message touches it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 12)
			n.publishedYesterday(func(cp *run.Checkpoint) { cp.WithData = 12 })
			n.answer = outage
			n.run(long)
			cp := n.checkpoint()
			n.work(n.message()) // delivered twice
			equal(t, "checkpoint", n.checkpoint(), cp)
		})
	})
}

func TestAHeldRunThatIsAccepted(t *testing.T) {
	t.Run("is published as it is, and no customer is asked", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := held(t)
			cp, asked := n.checkpoint(), n.totalFetches()
			n.signInError = errors.New("signed in")
			n.accept(cp.Turn)
			equal(t, "customers asked", n.totalFetches(), asked)
			record := n.record()
			equal(t, "run", record.Run, cp.Run)
			equal(t, "failed", record.Failed, 12)
			equal(t, "restarts", record.Restarts, cp.Restarts)
			equal(t, "lines", len(n.lines()), 12)
		})
	})

	t.Run("whatever the settings and its age", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := held(t)
			time.Sleep(6 * 24 * time.Hour)
			m, err := n.rollup().Accept(t.Context(), key, "")
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(3 * 24 * time.Hour) // before a slice takes it up
			r := n.rollup()
			r.Settings = "others"
			if next, err := r.Slice(t.Context(), m, false); next != nil || err != nil {
				t.Fatal(next, err)
			}
			equal(t, "failed", n.record().Failed, 12)
		})
	})

	t.Run("by any later message if its own was lost", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := held(t)
			cp := n.checkpoint()
			if _, err := n.rollup().Accept(t.Context(), key, cp.Turn); err != nil {
				t.Fatal(err)
			}
			n.all()
			equal(t, "failed", n.record().Failed, 12)
		})
	})

	t.Run("may be accepted again, but not under another turn", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := held(t)
			turn := n.checkpoint().Turn
			n.accept(turn)
			m, err := n.rollup().Accept(t.Context(), key, turn)
			equal(t, "message of a published run", m, run.Message{})
			if err != nil {
				t.Error(err)
			}
			if _, err := n.rollup().Accept(t.Context(), key, "0002-00000000"); !errors.Is(err, run.ErrNotHeld) {
				t.Errorf("another turn: %v", err)
			}
		})
	})

	t.Run("starts over if its rows are gone, and is held again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := held(t)
			n.answer = outage
			n.commitAsIs(logName)
			n.accept("")
			cp := n.checkpoint()
			equal(t, "state", cp.State, run.StateHeld)
			equal(t, "accept", cp.Accept, "")
		})
	})
}

func TestNobodyAcceptsWhatIsNotHeld(t *testing.T) {
	for name, c := range map[string]struct {
		before func(*run.Checkpoint)
		turn   run.Turn
		err    error
	}{
		"no run":                  {nil, "", run.ErrNotHeld},
		"a running one":           {func(*run.Checkpoint) {}, "", run.ErrNotHeld},
		"a published one":         {func(cp *run.Checkpoint) { cp.State = run.StatePublished }, "", run.ErrNotHeld},
		"another hold":            {func(cp *run.Checkpoint) { cp.State, cp.Turn = run.StateHeld, "0005-ffffffff" }, "0003-ffffffff", run.ErrNotHeld},
		"after more than a week":  {func(cp *run.Checkpoint) { cp.State, cp.Updated = run.StateHeld, time.Now().Add(-7*24*time.Hour-1) }, "", run.ErrRowsGone},
		"the hold that was shown": {func(cp *run.Checkpoint) { cp.State, cp.Turn = run.StateHeld, "0005-ffffffff" }, "0005-ffffffff", nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNight(t, 3)
				if c.before != nil {
					n.putCheckpoint(c.before)
				}
				if err := n.rollup().JudgeAccept(t.Context(), key, c.turn); !errors.Is(err, c.err) {
					t.Errorf("judged: %v, want %v", err, c.err)
				}
				if _, err := n.rollup().Accept(t.Context(), key, c.turn); !errors.Is(err, c.err) {
					t.Errorf("accepted: %v, want %v", err, c.err)
				}
			})
		})
	}
}

func TestAHeldRunThatIsAskedForAgain(t *testing.T) {
	for name, ask := range map[string]func(n *night) (run.Message, error){
		"all": func(n *night) (run.Message, error) {
			return n.rollup().Request(n.t.Context(), key, callText, run.ScopeAll)
		},
		"the failed": func(n *night) (run.Message, error) {
			return n.rollup().Request(n.t.Context(), key, callText, run.ScopeFailed)
		},
		"by the night itself": func(n *night) (run.Message, error) { m := n.message(); m.Run = "11111111"; return m, nil },
		"by the next night": func(n *night) (run.Message, error) {
			messages, err := n.rollup().LookBack(n.t.Context(), key.Report, date.AddDays(1))
			return messages[0], err
		},
	} {
		t.Run(name+": every customer is asked, however many restarts there are", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := held(t)
				n.putCheckpoint(func(cp *run.Checkpoint) { *cp = n.checkpoint(); cp.Restarts = 10 })
				asked, listed := n.fetches[tenant(3)], n.checkpoint().List
				time.Sleep(time.Hour)
				m, err := ask(n)
				if err != nil {
					t.Fatal(err)
				}
				n.work(m)
				record := n.record()
				equal(t, "with data", record.WithData, 12)
				equal(t, "fetches of a customer", n.fetches[tenant(3)], asked+1)
				equal(t, "started", record.Started, time.Now().UTC())
				equal(t, "list", n.checkpoint().List, listed)
				equal(t, "warnings", record.Warnings, run.Classes{})
			})
		})
	}

	t.Run("on a later day it says that the answers are from that day", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := held(t)
			time.Sleep(25 * time.Hour)
			n.all()
			equal(t, "warnings", n.record().Warnings, run.Classes{run.WarnMixedDates: 1})
		})
	})

	t.Run("under other settings, its customers are listed again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := held(t)
			n.customers = n.customers[:11]
			r := n.rollup()
			r.Settings = "others"
			m, err := r.Request(t.Context(), key, callText, run.ScopeAll)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Slice(t.Context(), m, false); err != nil {
				t.Fatal(err)
			}
			equal(t, "customers", n.record().Customers, 11)
		})
	})

	t.Run("a corrected call takes its place, but not that of one that was accepted", func(t *testing.T) {
		const corrected = "getMailboxUsageMailboxCounts(period='D30')"
		for _, accepted := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				n := held(t)
				id, want := n.checkpoint().Run, corrected
				if accepted {
					want = callText
					if _, err := n.rollup().Accept(t.Context(), key, ""); err != nil {
						t.Fatal(err)
					}
				}
				m, err := n.rollup().Request(t.Context(), key, corrected, run.ScopeAll)
				if err != nil {
					t.Fatal(err)
				}
				equal(t, "the held run continues", m.Run == id, accepted)
				n.work(m)
				equal(t, "call", n.record().Call, want)
			})
		}
	})
}
