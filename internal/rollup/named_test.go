package rollup_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"tenantrollup/internal/report"
	"tenantrollup/internal/rollup"
	"tenantrollup/internal/run"
)

// collection answers with bodies whose columns are named last.
type collection struct {
	night *night
	write func(c run.Customer, into run.Sink) error
}

func (f collection) Fetch(_ context.Context, c run.Customer, _ report.Call, _ report.Date, into run.Sink) error {
	return f.write(c, into)
}

// publish makes a run of the call, and returns that many records of its CSV.
func (f collection) publish(call string, want int) [][]string {
	f.night.t.Helper()
	r := f.night.rollup()
	r.SignIn = func(context.Context) (rollup.Access, error) {
		return rollup.Access{Lister: f.night, Filter: f.night, Fetcher: f}, nil
	}
	m := f.night.message()
	m.Call = call
	if next, err := r.Slice(f.night.t.Context(), m, false); err != nil || next != nil {
		f.night.t.Fatalf("got message %v, %v", next, err)
	}
	records, err := csv.NewReader(strings.NewReader(f.night.csv())).ReadAll()
	if err != nil || len(records) != want {
		f.night.t.Fatalf("%d records, want %d: %v", len(records), want, err)
	}
	return records
}

func TestABodyWhoseColumnsAreNamedLast(t *testing.T) {
	t.Run("is aligned like any other, its shorter records too", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := collection{newNight(t, 3), func(c run.Customer, into run.Sink) error {
				names := []string{"id", "text", "late, \"so\""}
				if index(c) == 2 {
					slices.Reverse(names)
				}
				_, err := fmt.Fprintf(into, "1,\"a,\r\n\"\r\n2,b,%s\r\n", c.TenantID[:8])
				into.Columns(names)
				return err
			}}
			want := [][]string{{"id", "text", "late, \"so\""}, {"1", "a,\n", ""}, {"2", "b", tenant(0)[:8]}, {"1", "a,\n", ""}, {"2", "b", tenant(1)[:8]},
				{"", "a,\n", "1"}, {tenant(2)[:8], "b", "2"}}
			for i, record := range f.publish("/users", len(want)) {
				if got := record[3:]; !slices.Equal(got, want[i]) {
					t.Errorf("record %d is %q, want %q", i, got, want[i])
				}
			}
		})
	})
	t.Run("may have any length", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			const rows = 20_000
			f := collection{newNight(t, 2), func(_ run.Customer, into run.Sink) error {
				for i := range rows {
					text := fmt.Sprintf("%d,\"%s\"", i, strings.Repeat("x,\"\"\r\n", 1+i%9))
					if i > rows/2 {
						text += ",late"
					}
					if _, err := io.WriteString(into, text+"\r\n"); err != nil {
						return err
					}
				}
				into.Columns([]string{"number", "text", "late"})
				return nil
			}}
			records := f.publish("/users", 1+2*rows)
			equal(t, "one without the column", records[1+rows/2][3:], []string{fmt.Sprint(rows / 2), strings.Repeat("x,\"\n", 1+rows/2%9), ""})
			equal(t, "the last one", records[2*rows][3:], []string{fmt.Sprint(rows - 1), strings.Repeat("x,\"\n", 1+(rows-1)%9), "late"})
		})
	})
	t.Run("may be fetched again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := collection{newNight(t, 1), func(_ run.Customer, into run.Sink) error {
				io.WriteString(into, "1\r\n")
				into.Columns([]string{"old"})
				into.Reset()
				_, err := io.WriteString(into, "new\r\n2\r\n")
				return err
			}}
			equal(t, "header", f.publish("/users", 2)[0][3:], []string{"new"})
		})
	})
	t.Run("with too many columns to note fails, with advice on how to have fewer", func(t *testing.T) {
		for call, want := range map[string]string{"/users": "$select", "Get-Mailbox": "| Select-Object"} {
			synctest.Test(t, func(t *testing.T) {
				f := collection{newNight(t, 2), func(c run.Customer, into run.Sink) error {
					name := "id"
					if index(c) == 1 {
						name = strings.Repeat("x", 5000)
					}
					into.Columns([]string{name})
					_, err := io.WriteString(into, "1\r\n")
					return err
				}}
				f.publish(call, 2)
				if line := f.night.blob(key.String() + "/mailbox-activity_2000-01-01.errors.log"); !strings.Contains(line, "malformed-report") || !strings.Contains(line, want) {
					t.Errorf("%s: the error log is %q", call, line)
				}
			})
		}
	})
}
