package rollup_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/run"
)

func TestWarnings(t *testing.T) {
	t.Run("a credential that ends soon is counted once, however many slices there are", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 20)
			n.warnings = []string{"the certificate ends on 2000-01-09"}
			n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) {
				time.Sleep(time.Second)
				return rowsOf(c), nil
			}
			if slices := n.run(4 * time.Second); slices < 2 {
				t.Fatalf("%d slices", slices)
			}
			equal(t, "warnings", n.record().Warnings, run.Classes{run.WarnCredentialExpiring: 1})
		})
	})

	t.Run("a credential that ends soon is counted if the last slice has nobody to ask, too", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.warnings = []string{"the certificate ends on 2000-01-09"}
			n.answer = func(ctx context.Context, c run.Customer, _ int) (string, error) {
				if index(c) == 2 {
					return neverAnswers(ctx)
				}
				return rowsOf(c), nil
			}
			m, err := n.slice(n.message(), 20*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			n.putCheckpoint(func(cp *run.Checkpoint) {
				*cp = n.checkpoint()
				cp.Started = cp.Started.Add(-25 * time.Hour)
			})
			n.work(*m)
			equal(t, "failed", n.record().Failed, 1)
			equal(t, "warnings", n.record().Warnings, run.Classes{run.WarnCredentialExpiring: 1})
		})
	})

	t.Run("a source that is empty after having had customers is a warning; the first time, or for a new source, it is not", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.sources = run.Sources{"gdap": 3, "contracts": 0}
			n.run(long)
			equal(t, "warnings of the first night", n.record().Warnings, run.Classes{})

			next := n.message()
			next.Date, next.Run = date.AddDays(1), "11111111"
			n.sources = run.Sources{"gdap": 0, "contracts": 0, "tenant ids": 3}
			if _, err := n.slice(next, long); err != nil {
				t.Fatal(err)
			}
			record, err := n.store.Status(t.Context(), next.Key())
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "warnings of the second", record.Warnings, run.Classes{run.WarnSourceEmpty: 1})
		})
	})

	t.Run("an odd item in the list is counted once, even after a restart, and the notes are the record's", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 20)
			n.oddities, n.notes = run.Classes{run.WarnOddCustomer: 2}, []string{"CUSTOMERS_EXCLUDE matches nobody"}
			n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) {
				time.Sleep(4 * time.Second) // rows are staged before the wider header comes
				if index(c) == 19 {
					return wideHeader + "1999-12-30,1,7,True\n", nil
				}
				return rowsOf(c), nil
			}
			n.run(long)
			equal(t, "restarts", n.record().Restarts, 1)
			equal(t, "warnings", n.record().Warnings, run.Classes{run.WarnOddCustomer: 2})
			equal(t, "notes", n.record().Notes, n.notes)
		})
	})

	t.Run("a fetcher's warning about a body counts only if that body is used", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 4)
			n.warn = func(c run.Customer, nth int, into run.Sink) {
				switch index(c) {
				case 1:
					into.Warn(run.WarnTruncated, "there may be more")
					into.Warn(run.WarnTruncated, "there may be more")
				case 2:
					into.Warn(run.WarnTruncated, "of an answer that is given up")
					into.Reset()
				case 3:
					if nth == 1 {
						into.Warn(run.WarnTruncated, "of an answer that breaks off")
					}
				}
			}
			n.answer = func(_ context.Context, c run.Customer, nth int) (string, error) {
				if index(c) == 3 && nth == 1 {
					return "", &run.Failure{Class: run.ServiceFault, Transient: true}
				}
				return rowsOf(c), nil
			}
			n.run(long)
			equal(t, "warnings", n.record().Warnings, run.Classes{run.WarnTruncated: 1})
		})
	})

	for name, c := range map[string]struct {
		customer  func(*run.Customer) // customer 1 of three
		yesterday int                 // customers of the last publication, 0: there was none
		refreshed string              // date of customer 1's report
		want      run.Classes
	}{
		"a relationship that ends within 14 days": {
			customer: func(c *run.Customer) { c.Ends = date.AddDays(14) }, want: run.Classes{run.WarnRelationshipEnding: 1},
		},
		"not one that ends later": {
			customer: func(c *run.Customer) { c.Ends = date.AddDays(15) },
		},
		"nor one with an excluded customer": {
			customer: func(c *run.Customer) { c.Ends, c.Excluded = date, true },
		},
		"a report that was refreshed more than five days ago": {
			refreshed: string(date.AddDays(-6)), want: run.Classes{run.WarnStaleData: 1},
		},
		"not one of five days ago": {
			refreshed: string(date.AddDays(-5)),
		},
		"a report whose refresh date can't be read": {
			refreshed: "30.12.1999", want: run.Classes{run.WarnStaleData: 1},
		},
		"not a refresh date with a time after it": {
			refreshed: string(date) + "T00:00:00Z",
		},
		"more than a fifth fewer customers than in the last publication": {
			yesterday: 4, want: run.Classes{run.WarnCustomersDropped: 1},
		},
		"not a smaller drop": {
			yesterday: 3,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNight(t, 3)
				if c.customer != nil {
					c.customer(&n.customers[1])
				}
				if c.refreshed != "" {
					n.answer = func(_ context.Context, customer run.Customer, _ int) (string, error) {
						if index(customer) == 1 {
							return header + c.refreshed + ",1,7\n", nil
						}
						return rowsOf(customer), nil
					}
				}
				if c.yesterday > 0 {
					n.publishedYesterday(func(cp *run.Checkpoint) { cp.Customers = c.yesterday })
				}
				n.run(long)
				want := c.want
				if want == nil {
					want = run.Classes{}
				}
				equal(t, "warnings", n.record().Warnings, want)
			})
		})
	}
}
