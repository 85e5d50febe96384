package rollup_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/run"
)

// rerunSome asks for some of the failed customers and works on the run until it is
// done.
func (n *night) rerunSome(asked run.Asked) {
	n.t.Helper()
	m, err := n.rollup().RequestSome(n.t.Context(), key, asked)
	if err != nil {
		n.t.Fatal(err)
	}
	for next := &m; next != nil; {
		if next, err = n.slice(*next, long); err != nil {
			n.t.Fatal(err)
		}
	}
}

func TestRerunOfSomeOfTheFailed(t *testing.T) {
	for name, c := range map[string]struct {
		asked run.Asked
		whom  []int
	}{
		"by tenant id": {run.Asked{Customers: []string{strings.ToUpper(tenant(3))}}, []int{3}},
		"by domain":    {run.Asked{Customers: []string{"C00000002.onmicrosoft.com", tenant(4), "nobody.example"}}, []int{2, 4}},
		"by class":     {run.Asked{Class: run.MalformedReport}, []int{4}},
		"excluded customers are not asked, even by name": {run.Asked{Customers: []string{tenant(1), tenant(3)}}, []int{3}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := withFailures(t)
				before := n.lines()
				fetches := map[int]int{}
				for i := range n.customers {
					fetches[i] = n.fetches[tenant(i)]
				}
				n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) { return rowsOf(c), nil }
				n.rerunSome(c.asked)
				for _, i := range c.whom {
					fetches[i]++
				}
				for i, want := range fetches {
					if got := n.fetches[tenant(i)]; got != want {
						t.Errorf("customer %d was asked %d times, want %d", i, got, want)
					}
				}
				record := n.record()
				equal(t, "counts", []int{record.Customers, record.WithData, record.Excluded}, []int{6, 2 + len(c.whom), 1})
				for _, line := range n.lines() {
					if !slices.Contains(before, line) {
						t.Errorf("line %q has changed", line)
					}
				}
			})
		})
	}

	t.Run("fifty by name, of a report with many columns and a long note, even if each is throttled at first", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 60)
			n.answer = func(_ context.Context, c run.Customer, nth int) (string, error) {
				switch {
				case index(c) < 5 || nth == 3:
					return strings.Join(wideColumns(), ",") + "\n" + strings.Repeat(",", len(wideColumns())-1) + "\n", nil
				case nth == 2:
					return "", transient(run.Throttled, time.Minute)
				}
				return "", unsigned()
			}
			m := n.message()
			m.Note = strings.Repeat("x", 300)
			n.work(m)
			var asked run.Asked
			for _, c := range n.customers[5:55] {
				asked.Customers = append(asked.Customers, c.TenantID)
			}
			n.rerunSome(asked)
			equal(t, "with data", n.record().WithData, 55)
		})
	})

	t.Run("a customer who is not asked keeps the line, even if the filters let it in again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := withFailures(t)
			n.customers[1].Excluded = false
			n.rerunSome(run.Asked{Class: run.ConsentMissing})
			equal(t, "fetches", n.fetches[tenant(1)], 0)
			equal(t, "excluded", n.record().Excluded, 1)
		})
	})
}

func TestRequestsForSomeAreJudged(t *testing.T) {
	three, four := run.Asked{Customers: []string{tenant(3)}}, run.Asked{Customers: []string{tenant(4)}}
	both := run.Asked{Customers: []string{tenant(3), tenant(4)}}
	for name, c := range map[string]struct {
		first, then run.Asked
		err         error
	}{
		"customers with data":                                      {then: run.Asked{Customers: []string{tenant(0)}}, err: run.ErrNoMatch},
		"a class without customers":                                {then: run.Asked{Class: run.Throttled}, err: run.ErrNoMatch},
		"the same again":                                           {first: three, then: three},
		"the same by domain":                                       {first: three, then: run.Asked{Customers: []string{"c00000003.onmicrosoft.com"}}},
		"some of those being asked":                                {first: both, then: three},
		"customers other than those being asked":                   {first: three, then: four, err: run.ErrBusy},
		"all, while some are being asked":                          {first: three, err: run.ErrBusy},
		"a class, while its only customer is being asked":          {first: three, then: run.Asked{Class: run.ConsentMissing}, err: run.ErrBusy},
		"the same class again":                                     {first: run.Asked{Class: run.ConsentMissing}, then: run.Asked{Class: run.ConsentMissing}},
		"a customer that did not fail, while some are being asked": {first: three, then: run.Asked{Customers: []string{tenant(0)}}, err: run.ErrNoMatch},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := withFailures(t)
				var before run.Message
				var err error
				if !c.first.Everybody() {
					if before, err = n.rollup().RequestSome(t.Context(), key, c.first); err != nil {
						t.Fatal(err)
					}
				}
				_, judged := n.rollup().JudgeSome(t.Context(), key, c.then)
				m, err := n.rollup().RequestSome(t.Context(), key, c.then)
				if !errors.Is(err, c.err) || !errors.Is(judged, c.err) {
					t.Fatalf("got %v, judged %v, want %v", err, judged, c.err)
				}
				joins := before.Run != "" && !errors.Is(err, run.ErrNoMatch)
				if joins && (m.Run != before.Run || m.Turn <= before.Turn) {
					t.Errorf("message %+v does not join %+v", m, before)
				}
				if errors.Is(err, run.ErrNoMatch) && m != (run.Message{}) {
					t.Errorf("a refused request has the message %+v", m)
				}
			})
		})
	}

	t.Run("the next request asks all customers if a run of some was stopped", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := withFailures(t)
			if _, err := n.rollup().RequestSome(t.Context(), key, three); err != nil {
				t.Fatal(err)
			}
			stopped := n.checkpoint()
			n.putCheckpoint(func(cp *run.Checkpoint) { *cp = stopped; cp.State = run.StateStopped })
			n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) { return rowsOf(c), nil }
			n.rerun(long)
			equal(t, "with data", n.record().WithData, 5)
		})
	})

	t.Run("a run of everybody that is under way is joined, whoever is named", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			first, err := n.rollup().Request(t.Context(), key, callText, run.ScopeAll)
			if err != nil {
				t.Fatal(err)
			}
			m, err := n.rollup().RequestSome(t.Context(), key, three)
			if err != nil || m.Run != first.Run {
				t.Errorf("got %+v, %v", m, err)
			}
		})
	})

	t.Run("nobody can be named from a publication without rows", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.answer = func(context.Context, run.Customer, int) (string, error) { return header, nil }
			n.run(long)
			if _, err := n.rollup().RequestSome(t.Context(), key, run.Asked{Class: run.NoData}); !errors.Is(err, run.ErrNoMatch) {
				t.Errorf("got %v", err)
			}
		})
	})

	t.Run("the answer says which names are failed customers", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := withFailures(t)
			named, err := n.rollup().JudgeSome(t.Context(), key, run.Asked{Customers: []string{tenant(3), tenant(0), "c00000004.onmicrosoft.com"}})
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "named", named, []string{tenant(3), "c00000004.onmicrosoft.com"})
		})
	})
}
