package csvmerge_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"tenantrollup/internal/csvmerge"
)

var week = csvmerge.Days{Column: "Report Date", First: "2026-11-16", Last: "2026-11-22"}

const twoWeeks = "Report Refresh Date,Active,Report Date\n" +
	"2026-11-30,1,2026-11-15\n2026-11-22,2,2026-11-16\n2026-11-22,=3,\"2026-11-22\"\n2026-11-01,4,2026-11-23\n"

func TestWantedDays(t *testing.T) {
	table, err := week.Check(strings.NewReader(twoWeeks))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("rows of other days don't count, nor do their refresh dates", func(t *testing.T) {
		if table.Rows != 2 || table.OldestRefresh != "2026-11-22" || table.NewestRefresh != "2026-11-22" {
			t.Errorf("got %+v", table)
		}
	})
	t.Run("both ends are merged, and nothing outside them", func(t *testing.T) {
		layout := csvmerge.NewLayout(table.Columns...)
		var out bytes.Buffer
		if err := layout.Append(&out, plain, table, strings.NewReader(twoWeeks)); err != nil {
			t.Fatal(err)
		}
		want := "t,Contoso,contoso.com,2026-11-22,2,2026-11-16\r\nt,Contoso,contoso.com,2026-11-22,'=3,\"2026-11-22\"\r\n"
		if out.String() != want {
			t.Errorf("got  %q\nwant %q", out.String(), want)
		}
	})
	t.Run("a time after the date changes nothing", func(t *testing.T) {
		table, err := week.Check(strings.NewReader("Report Date\n2026-11-15T23:59:59Z\n2026-11-16T00:00:00Z\n2026-11-22 23:59:59\n2026-11-23 00:00\n"))
		if err != nil || table.Rows != 2 {
			t.Errorf("got %+v, %v", table, err)
		}
	})
	t.Run("without rows of these days the table is empty", func(t *testing.T) {
		table, err := week.Check(strings.NewReader("Report Date\n2026-11-15\n"))
		if err != nil || table.Rows != 0 {
			t.Errorf("got %+v, %v", table, err)
		}
	})
}

func TestDaysThatCannotBeRead(t *testing.T) {
	for _, test := range []struct{ rule, body, problem string }{
		{"the column is missing", "Date,Active\n2026-11-20,1\n", `no column "Report Date"`},
		{"a row has no date", "Report Date,Active\n2026-11-20,1\nsoon,1\n", "holds no date"},
		{"a row outside the days is ragged", "Report Date,Active\n2026-01-01\n", "fields in the record"},
		{"a row outside the days is not UTF-8", "Report Date,Active\n2026-01-01,\xff\n", "not UTF-8"},
	} {
		t.Run(test.rule, func(t *testing.T) {
			_, err := week.Check(strings.NewReader(test.body))
			format, ok := errors.AsType[*csvmerge.FormatError](err)
			if !ok || !strings.Contains(format.Problem, test.problem) {
				t.Errorf("got %v, want %q", err, test.problem)
			}
		})
	}
}
