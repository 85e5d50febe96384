package report

import "fmt"

// reach is how many days back, counted from today, Microsoft answers a kind of
// call.
type reach struct {
	days int
	why  string
}

var (
	singleDays = reach{28, "Graph keeps single days for 28 days"}
	// Today counts as one of the 180 days of the longest period.
	periodDays = reach{179, "Graph's longest report is of 180 days, today's included"}
)

// cover returns why a day cannot be asked for today, or nil.
func (r reach) cover(day, today Date) error {
	if day > today {
		return fmt.Errorf("day %s is in the future: want %s or earlier", day, today)
	}
	if oldest := today.AddDays(-r.days); day < oldest {
		return fmt.Errorf("day %s: %s: want %s or later", day, r.why, oldest)
	}
	return nil
}
