package report

import (
	"fmt"
	"time"
)

// Date is a calendar day in UTC, written YYYY-MM-DD. Dates compare as text.
type Date string

const dateLayout = time.DateOnly

// DateOf returns the UTC day that t falls on.
func DateOf(t time.Time) Date { return Date(t.UTC().Format(dateLayout)) }

// ParseDate reads a date of a setting, a message or a blob name.
// Only a real day of the calendar in the form YYYY-MM-DD is accepted.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(dateLayout, s)
	if err != nil || t.Year() < 2000 {
		return "", fmt.Errorf("date %q: want a day such as 2026-11-24", s)
	}
	return DateOf(t), nil
}

// AddDays returns the day n days later, or earlier if n is negative.
func (d Date) AddDays(n int) Date { return DateOf(d.Time().AddDate(0, 0, n)) }

// Time returns the first moment of the day, UTC; for a Date that did not come from
// DateOf or ParseDate, the zero time.
func (d Date) Time() time.Time {
	t, _ := time.Parse(dateLayout, string(d))
	return t
}
