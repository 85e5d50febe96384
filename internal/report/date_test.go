package report_test

import (
	"testing"
	"time"

	"tenantrollup/internal/report"
)

func TestDateOf(t *testing.T) {
	t.Run("is the day in UTC, not in the clock's time zone", func(t *testing.T) {
		evening := time.Date(2026, 11, 23, 23, 30, 0, 0, time.FixedZone("", -2*60*60))
		if got := report.DateOf(evening); got != "2026-11-24" {
			t.Errorf("DateOf(%v) = %s, want 2026-11-24", evening, got)
		}
	})
}

func TestParseDate(t *testing.T) {
	for _, good := range []string{"2026-11-24", "2028-02-29"} {
		if got, err := report.ParseDate(good); err != nil || string(got) != good {
			t.Errorf("ParseDate(%q) = %q, %v", good, got, err)
		}
	}
	for _, bad := range []string{"", "2026-02-29", "2026-1-2", "24.11.2026", "0001-01-01", "2026-11-24T00:00:00Z", " 2026-11-24"} {
		if got, err := report.ParseDate(bad); err == nil {
			t.Errorf("ParseDate(%q) = %q, want an error", bad, got)
		}
	}
}

func TestDateArithmetic(t *testing.T) {
	t.Run("days are counted across months and years", func(t *testing.T) {
		if got := report.Date("2027-01-01").AddDays(-3); got != "2026-12-29" {
			t.Errorf("three days before 2027-01-01 = %s", got)
		}
	})
	t.Run("a day begins at midnight UTC", func(t *testing.T) {
		want := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
		if got := report.Date("2026-11-24").Time(); !got.Equal(want) {
			t.Errorf("Time() = %v, want %v", got, want)
		}
	})
	t.Run("an empty date has the zero time", func(t *testing.T) {
		if got := report.Date("").Time(); !got.IsZero() {
			t.Errorf("Time() = %v", got)
		}
	})
}
