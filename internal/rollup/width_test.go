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

// broad is a report with so many columns of its own.
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
	t.Run("many that were learned cost no checkpoint", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := newNight(t, 100)
			header, _, _ := strings.Cut(broad(180), "\n")
			yesterday := run.Checkpoint{
				Run: "00000001", Turn: "0001-00000000", State: run.StatePublished, Scope: run.ScopeMissing, Call: callText,
				Customers: 100, Columns: strings.Split(header, ","),
			}
			if _, err := n.store.Write(t.Context(), run.Key{Report: key.Report, Date: date.AddDays(-1)}, "", yesterday); err != nil {
				t.Fatal(err)
			}
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
