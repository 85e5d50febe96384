package rollup_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/run"
)

// wideColumns are almost as many as a record has room for.
func wideColumns() []string {
	columns := []string{"Report Refresh Date"}
	for i := range 160 {
		columns = append(columns, fmt.Sprintf("Column%03dOfAVeryWideReport", i))
	}
	return columns
}

func TestRunThatMustEnd(t *testing.T) {
	for name, change := range map[string]func(*run.Checkpoint){
		"after a day":                       func(cp *run.Checkpoint) { cp.Started = time.Now().Add(-25 * time.Hour) },
		"after 300 slices that staged rows": func(cp *run.Checkpoint) { cp.Blocks = make([]run.Staged, 300) },
		"when its record is full": func(cp *run.Checkpoint) {
			cp.Columns, cp.Blocks = wideColumns(), nil
			for cp.Room() > 250 {
				cp.Blocks = append(cp.Blocks, run.Staged{Slice: 1000})
			}
		},
	} {
		t.Run(name+", customers that were not reached get a line, and the rest is published", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNight(t, 10)
				n.customers[8].Excluded = true
				n.answer = func(ctx context.Context, c run.Customer, _ int) (string, error) {
					if index(c) == 0 {
						return "", transient(run.Throttled, time.Hour)
					}
					if index(c) >= 6 {
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
					blocks := cp.Blocks
					change(cp)
					cp.Blocks = append(blocks, cp.Blocks...)[:max(len(blocks), len(cp.Blocks))]
				})
				asked := n.totalFetches()
				if next, err := n.slice(*m, long); err != nil || next != nil {
					t.Fatalf("next %v, %v", next, err)
				}
				equal(t, "customers asked in all", n.totalFetches(), asked)
				record := n.record()
				equal(t, "counts", []int{record.WithData, record.Failed, record.Excluded}, []int{5, 4, 1})
				equal(t, "classes", record.Classes, run.Classes{run.Throttled: 1, run.ServiceFault: 3, run.Excluded: 1})
			})
		})
	}
}

func TestRerunThatMustEnd(t *testing.T) {
	t.Run("customers that were not reached keep their previous line", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := withFailures(t)
			before := n.blob(logName)
			m, err := n.rollup().Request(t.Context(), key, callText, run.ScopeFailed)
			if err != nil {
				t.Fatal(err)
			}
			n.putCheckpoint(func(cp *run.Checkpoint) {
				*cp = n.checkpoint()
				cp.State, cp.Started = run.StateRunning, time.Now().Add(-25*time.Hour)
			})
			if next, err := n.slice(m, long); err != nil || next != nil {
				t.Fatalf("next %v, %v", next, err)
			}
			equal(t, "error log", n.blob(logName), before)
		})
	})
}
