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

// withFailures publishes a night in which customer 1 is excluded, 2 had no
// data, 3 was refused and 4 sent nonsense.
func withFailures(t *testing.T) *night {
	n := newNight(t, 6)
	n.customers[1].Excluded = true
	n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) {
		switch index(c) {
		case 2:
			return header, nil
		case 3:
			return "", &run.Failure{Class: run.ConsentMissing, Message: "AADSTS65001."}
		case 4:
			return "nonsense", nil
		}
		return rowsOf(c), nil
	}
	n.run(long)
	return n
}

// rerun asks for the failed customers and works on the run until it is done.
func (n *night) rerun(budget time.Duration) {
	n.t.Helper()
	m, err := n.rollup().Request(n.t.Context(), key, callText, run.ScopeFailed)
	if err != nil {
		n.t.Fatal(err)
	}
	for next := &m; next != nil; {
		if next, err = n.slice(*next, budget); err != nil {
			n.t.Fatal(err)
		}
	}
}

func TestRerunOfTheFailed(t *testing.T) {
	t.Run("asks only them, keeps the others' rows and writes the log again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := withFailures(t)
			before, asked := n.csv(), n.fetches[tenant(0)]
			n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) {
				if index(c) == 2 {
					return header, nil
				}
				return rowsOf(c), nil
			}
			n.rerun(long)

			added, ok := strings.CutPrefix(n.csv(), before)
			if !ok || strings.Count(added, "\r\n") != 4 || !strings.HasPrefix(added, tenant(3)) {
				t.Errorf("the csv was\n%s\nand is\n%s", before, n.csv())
			}
			equal(t, "error log", n.lines(), []string{
				"excluded 00000001 Excluded by CUSTOMERS_EXCLUDE or CUSTOMERS_INCLUDE.",
				"no-data 00000002 No report information for c00000002.onmicrosoft.com.",
			})
			equal(t, "fetches of a customer with data", n.fetches[tenant(0)], asked)
			equal(t, "fetches of an excluded customer", n.fetches[tenant(1)], 0)
			record := n.record()
			equal(t, "counts", []int{record.Customers, record.WithData, record.NoData, record.Failed, record.Excluded, record.Rows}, []int{6, 4, 1, 0, 1, 8})
			equal(t, "scope", record.Scope, run.ScopeFailed)
		})
	})

	t.Run("a second rerun builds on the first", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := withFailures(t)
			for _, good := range []int{3, 4} {
				n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) {
					if index(c) == good {
						return rowsOf(c), nil
					}
					return header, nil
				}
				n.rerun(long)
			}
			record := n.record()
			equal(t, "with data", record.WithData, 4)
			equal(t, "rows", record.Rows, strings.Count(n.csv(), "\r\n")-1)
		})
	})

	t.Run("a failed customer that the filters now rule out is not asked", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := withFailures(t)
			asked := n.fetches[tenant(3)]
			n.customers[3].Excluded, n.notes = true, []string{"an entry matches nobody"}
			n.rerun(long)
			equal(t, "fetches", n.fetches[tenant(3)], asked)
			record := n.record()
			equal(t, "counts", []int{record.Customers, record.WithData, record.NoData, record.Failed, record.Excluded}, []int{6, 2, 1, 1, 2})
			equal(t, "notes", record.Notes, n.notes)
		})
	})

	t.Run("a customer who is no longer excluded is asked", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := withFailures(t)
			n.customers[1].Excluded = false
			n.rerun(long)
			equal(t, "fetches", n.fetches[tenant(1)], 1)
			equal(t, "excluded", n.record().Excluded, 0)
		})
	})

	t.Run("a customer that the filters rule out between two slices is not asked", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 20)
			n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) {
				if index(c) == 1 {
					return rowsOf(c), nil
				}
				return header, nil
			}
			n.customers[0].Excluded = true
			n.run(long)
			n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) {
				time.Sleep(time.Second)
				return rowsOf(c), nil
			}
			m, err := n.rollup().Request(t.Context(), key, callText, run.ScopeFailed)
			if err != nil {
				t.Fatal(err)
			}
			next, err := n.slice(m, 3*time.Second)
			if err != nil || next == nil {
				t.Fatalf("next %v, %v", next, err)
			}
			asked := n.fetches[tenant(19)]
			n.customers[19].Excluded = true
			for next != nil {
				if next, err = n.slice(*next, long); err != nil {
					t.Fatal(err)
				}
			}
			equal(t, "fetches", n.fetches[tenant(19)], asked)
			equal(t, "excluded", n.record().Excluded, 2)
			equal(t, "with data", n.record().WithData, 18)
		})
	})

	t.Run("it stops if the filters can't be read", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := withFailures(t)
			n.filterError = &run.Failure{Class: run.PartnerCredential, Message: "The lists may not be read."}
			m, err := n.rollup().Request(t.Context(), key, callText, run.ScopeFailed)
			if err != nil {
				t.Fatal(err)
			}
			asked := n.fetches[tenant(3)]
			if _, err := n.slice(m, long); err == nil {
				t.Error("the slice succeeded")
			}
			equal(t, "state", n.checkpoint().State, run.StateStopped)
			equal(t, "fetches", n.fetches[tenant(3)], asked)
		})
	})

	t.Run("several slices have the same result", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 40)
			n.answer = func(_ context.Context, c run.Customer, nth int) (string, error) {
				time.Sleep(time.Second)
				if index(c)%2 == 0 && nth == 1 {
					return header, nil
				}
				return rowsOf(c), nil
			}
			n.run(long)
			n.rerun(3 * time.Second)
			record := n.record()
			equal(t, "with data", record.WithData, 40)
			equal(t, "rows", record.Rows, strings.Count(n.csv(), "\r\n")-1)
			equal(t, "error log", len(n.lines()), 0)
			if record.Slices < 2 {
				t.Errorf("%d slices", record.Slices)
			}
		})
	})

	t.Run("a customer with a new column fails: the others' rows can't get it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := withFailures(t)
			n.answer = func(context.Context, run.Customer, int) (string, error) {
				return "Report Refresh Date,Total,Has Archive\n1999-12-30,1,True\n", nil
			}
			n.rerun(long)
			if line := n.lines()[1]; !strings.Contains(line, "malformed-report") || !strings.Contains(line, `"Has Archive"`) || !strings.Contains(line, "run all") {
				t.Errorf("line: %s", line)
			}
			equal(t, "restarts", n.record().Restarts, 0)
		})
	})

	t.Run("if all had data it publishes at once, and asks nobody", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.run(long)
			before := n.csv()
			n.signInError = errors.New("nobody signs in")
			n.rerun(long)
			equal(t, "csv", n.csv(), before)
			equal(t, "scope", n.record().Scope, run.ScopeFailed)
		})
	})

	t.Run("a lost list stops it: nothing else says whom to ask", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := withFailures(t)
			n.putCheckpoint(func(cp *run.Checkpoint) { cp.Scope, cp.List, cp.Customers = run.ScopeFailed, 7, 6 })
			if _, err := n.slice(n.message(), long); err == nil {
				t.Fatal("the slice succeeded")
			}
			equal(t, "state", n.checkpoint().State, run.StateStopped)
			if m, err := n.rollup().Request(t.Context(), key, callText, run.ScopeFailed); err != nil || m.Run == "0badcafe" {
				t.Errorf("a request does not replace it: %+v, %v", m, err)
			}
		})
	})

	t.Run("a lost list stops it even if its rows are lost, or nobody has worked on it for a day", func(t *testing.T) {
		for name, change := range map[string]func(*run.Checkpoint){
			"rows lost": func(cp *run.Checkpoint) {
				cp.State, cp.Restarts, cp.Blocks = run.StatePublishing, 1, []run.Staged{{Slice: 1, CSV: 1, Log: 1}}
			},
			"a day": func(cp *run.Checkpoint) { cp.Updated = time.Now().Add(-25 * time.Hour) },
		} {
			synctest.Test(t, func(t *testing.T) {
				n := withFailures(t)
				n.putCheckpoint(func(cp *run.Checkpoint) {
					cp.Run, cp.Scope, cp.List, cp.Customers = "11111111", run.ScopeFailed, 7, 6
					change(cp)
				})
				m := n.message()
				m.Run = "11111111"
				if _, err := n.slice(m, long); err == nil {
					t.Fatal("the slice succeeded")
				}
				equal(t, "state, "+name, n.checkpoint().State, run.StateStopped)
			})
		}
	})

	t.Run("a rerun stopped between its two commits is not built on: the log lists fewer customers than the csv lacks", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := withFailures(t)
			lost, mended := false, false
			n.hook(func(_ context.Context, what string, _ map[string]string) error {
				if lost || what != "commit "+csvName {
					return nil
				}
				lost = true
				n.commitAsIs(csvName)
				return fmt.Errorf("%s: %w", what, run.ErrBlocksLost)
			})
			n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) {
				if lost && !mended {
					return "", &run.Failure{Class: run.PartnerCredential, Message: "The client secret has expired."}
				}
				return rowsOf(c), nil
			}
			ask := func(scope run.Scope) (stopped *run.Failure) {
				m, err := n.rollup().Request(t.Context(), key, callText, scope)
				if err != nil {
					t.Fatal(err)
				}
				_, err = n.slice(m, long)
				stopped, _ = errors.AsType[*run.Failure](err)
				return stopped
			}
			for _, want := range []string{"secret has expired", "never finished"} {
				if stopped := ask(run.ScopeFailed); stopped == nil || !strings.Contains(stopped.Message, want) {
					t.Errorf("a rerun of the failed ends with %v, want %q", stopped, want)
				}
			}
			mended = true
			if stopped := ask(run.ScopeAll); stopped != nil {
				t.Error(stopped)
			}
			equal(t, "with data", n.record().WithData, 5)
		})
	})

	t.Run("if its rows are lost, it starts over before it touches the log that people see", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := withFailures(t)
			before := n.blob(logName)
			lost := false
			n.hook(func(_ context.Context, _ string, metadata map[string]string) error {
				if !lost && metadata["state"] == string(run.StatePublishing) {
					lost = true
					n.commitAsIs(csvName)
				}
				return nil
			})
			n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) {
				if lost {
					return "", &run.Failure{Class: run.PartnerCredential, Message: "The client secret has expired."}
				}
				return rowsOf(c), nil
			}
			m, err := n.rollup().Request(t.Context(), key, callText, run.ScopeFailed)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := n.slice(m, long); err == nil || !lost {
				t.Fatalf("slice: %v, rows lost: %v", err, lost)
			}
			equal(t, "error log", n.blob(logName), before)
		})
	})

	t.Run("for an earlier date, a report of the present warns of mixed dates", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := withFailures(t)
			time.Sleep(24 * time.Hour)
			n.rerun(long)
			equal(t, "warnings", n.record().Warnings, run.Classes{run.WarnMixedDates: 1})
		})
	})
}
