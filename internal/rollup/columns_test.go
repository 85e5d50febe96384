package rollup_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/run"
)

// fields checks that every record of a csv has the same number of fields.
func fields(t *testing.T, csv string, want int) {
	t.Helper()
	for record := range strings.Lines(csv) {
		if got := strings.Count(record, ",") + 1; got != want {
			t.Fatalf("record %q has %d fields, want %d", record, got, want)
		}
	}
}

func TestColumns(t *testing.T) {
	late := func(at int) func(context.Context, run.Customer, int) (string, error) {
		return func(_ context.Context, c run.Customer, _ int) (string, error) {
			time.Sleep(time.Second)
			if index(c) == at {
				return "Report Refresh Date,Total,Has Archive,Report Period\n1999-12-30,1,True,7\n", nil
			}
			return rowsOf(c), nil
		}
	}

	t.Run("a column that comes before rows are staged costs no restart", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 8)
			n.answer = late(5)
			n.run(long)
			equal(t, "restarts", n.record().Restarts, 0)
			fields(t, n.csv(), 7)
		})
	})

	t.Run("a column that comes after rows are staged starts the run over once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 100)
			n.answer = late(90)
			n.run(long)
			record := n.record()
			equal(t, "restarts", record.Restarts, 1)
			equal(t, "with data", record.WithData, 100)
			equal(t, "rows", record.Rows, 199)
			equal(t, "columns", record.Columns, []string{"Report Refresh Date", "Total", "Report Period", "Has Archive"})
			fields(t, n.csv(), 7)
		})
	})

	t.Run("columns of the last publication come first, and are remembered only if a customer has them", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 100)
			n.publishedYesterday(func(cp *run.Checkpoint) {
				cp.Columns, cp.Unseen = []string{"Gone", "Has Archive", "Never"}, []string{"Never"}
			})
			n.answer = late(90)
			n.run(long)
			equal(t, "columns", n.record().Columns, []string{"Gone", "Has Archive", "Report Refresh Date", "Total", "Report Period"})
			equal(t, "restarts", n.record().Restarts, 0)
			equal(t, "not taught", n.checkpoint().Unseen, []string{"Gone"})
		})
	})

	t.Run("those of the rows that a rerun keeps are remembered, even if it starts over", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := withFailures(t)
			m, err := n.rollup().Request(t.Context(), key, callText, run.ScopeFailed)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(25 * time.Hour)
			n.work(m)
			equal(t, "restarts", n.record().Restarts, 1)
			equal(t, "not taught", n.checkpoint().Unseen, nil)
		})
	})
}

func TestTheCaseOfColumnsDoesNotMatter(t *testing.T) {
	inUpperCase := func(_ context.Context, c run.Customer, _ int) (string, error) {
		return strings.ToUpper(header) + "1999-12-30," + c.TenantID[:8] + ",7\n", nil
	}
	t.Run("a header in another case throughout is the same report", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.answer = inUpperCase
			n.run(long)
			equal(t, "with data", n.record().WithData, 3)
		})
	})
	t.Run("the spelling of the last publication is kept, and two of its spellings become one", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 3)
			n.publishedYesterday(func(cp *run.Checkpoint) {
				cp.Columns = []string{"Report Refresh Date", "REPORT REFRESH DATE", "customer name", "Total"}
			})
			n.answer = inUpperCase
			n.run(long)
			equal(t, "columns", n.record().Columns, []string{"Report Refresh Date", "Total", "REPORT PERIOD"})
			fields(t, n.csv(), 6)
			equal(t, "not taught", n.checkpoint().Unseen, nil)
		})
	})
}

// Builds that told names apart by case published files with two spellings of one.
func TestTwoSpellingsInARecordAreTwoColumns(t *testing.T) {
	columns := []string{"Report Refresh Date", "Total", "TOTAL"}
	spellings := []string{"Total", "TOTAL", "total"}
	answer := func(_ context.Context, c run.Customer, _ int) (string, error) {
		time.Sleep(time.Second)
		return fmt.Sprintf("%s,Report Refresh Date\n%d,1999-12-30\n", spellings[index(c)%3], index(c)+100), nil
	}
	// begun is a night that such a build began and that has been worked on in many slices since.
	begun := func(t *testing.T, answer func(context.Context, run.Customer, int) (string, error)) *night {
		n := newNight(t, 30)
		n.putCheckpoint(func(cp *run.Checkpoint) { cp.Columns = columns })
		n.answer = answer
		if slices := n.run(3 * time.Second); slices < 3 {
			t.Fatalf("%d slices", slices)
		}
		return n
	}
	// check expects a line for each customer in the file, with its cell under its own
	// spelling, or else under the first.
	check := func(t *testing.T, n *night) {
		t.Helper()
		csv := n.csv()
		fields(t, csv, 6)
		for i := range n.customers {
			cells := []string{"%d,\r\n", ",%d\r\n", "%d,\r\n"}[i%3]
			if want := domain(tenant(i)) + ",1999-12-30," + fmt.Sprintf(cells, i+100); strings.Count(csv, want) != 1 {
				t.Errorf("%q is not in\n%s", want, csv)
			}
		}
		equal(t, "columns", n.record().Columns, columns)
		equal(t, "restarts", n.record().Restarts, 0)
	}

	t.Run("in a run that is resumed", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			check(t, begun(t, answer))
		})
	})
	t.Run("in a rerun of the failed", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := begun(t, func(ctx context.Context, c run.Customer, nth int) (string, error) {
				if index(c) >= 10 && index(c) < 20 {
					return "", &run.Failure{Class: run.ConsentMissing, Message: "AADSTS65001."}
				}
				return answer(ctx, c, nth)
			})
			n.answer = answer
			n.rerun(4 * time.Second)
			check(t, n)
		})
	})
	t.Run("until all are asked again, or another night finds other columns", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := begun(t, answer)
			next := n.message()
			next.Date, next.Run = date.AddDays(1), "11111111"
			if _, err := n.slice(next, long); err != nil {
				t.Fatal(err)
			}
			record, err := n.store.Status(t.Context(), next.Key())
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "columns of the next night", record.Columns, columns[:2])
			if _, err := n.rollup().Request(t.Context(), key, callText, run.ScopeAll); err != nil {
				t.Fatal(err)
			}
			equal(t, "columns of the rerun", n.checkpoint().Columns, columns[:2])
		})
	})
}

// broad is a report with that many columns of its own.
func broad(columns int) string {
	header, row := "Report Refresh Date,Total", "1999-12-30,5"
	for i := range columns {
		header, row = header+fmt.Sprintf(",Some Property %03d", i), row+",1"
	}
	return header + "\n" + row + "\n"
}

func TestMoreColumnsThanARecordHolds(t *testing.T) {
	t.Run("are one customer's failure", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 8)
			n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) {
				if index(c) == 5 {
					return broad(400), nil
				}
				return rowsOf(c), nil
			}
			n.run(long)
			record := n.record()
			equal(t, "state", n.checkpoint().State, run.StatePublished)
			equal(t, "with data", record.WithData, 7)
			equal(t, "malformed", record.Classes[run.MalformedReport], 1)
		})
	})
	t.Run("many that nobody has any more cost no checkpoint", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 100)
			n.publishedYesterday(func(cp *run.Checkpoint) {
				for i := range 95 {
					cp.Columns = append(cp.Columns, fmt.Sprintf("Former Property %03d", i))
				}
			})
			n.answer = func(_ context.Context, c run.Customer, nth int) (string, error) {
				if index(c) >= 40 && nth == 1 { // most are set aside, which takes room, too
					return "", transient(run.Throttled, time.Minute)
				}
				return broad(90), nil
			}
			n.run(long)
			equal(t, "with data", n.record().WithData, 100)
		})
	})
	t.Run("many that were learned cost no checkpoint", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 100)
			header, _, _ := strings.Cut(broad(180), "\n")
			n.publishedYesterday(func(cp *run.Checkpoint) { cp.Columns = strings.Split(header, ",") })
			n.answer = func(_ context.Context, c run.Customer, _ int) (string, error) {
				time.Sleep(2 * time.Second) // a checkpoint comes before the first that has them
				if index(c) < 50 {
					return rowsOf(c), nil
				}
				return broad(180), nil
			}
			n.run(long)
			equal(t, "with data", n.record().WithData, 100)
		})
	})
}
