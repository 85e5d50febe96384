package main_test

import (
	"testing"
	"testing/synctest"
	"time"
)

const (
	day = 24 * time.Hour
	// longestStory is what a story takes on a busy machine.
	longestStory = 2 * time.Minute
)

// begin returns when a story begins. The handler's clock is the real one, and many
// reports can only be asked for today, so a story is of one day: it waits for midnight if
// that would come in its middle.
func begin() time.Time {
	for {
		now := time.Now().UTC()
		left := now.Truncate(day).Add(day).Sub(now)
		if left > longestStory {
			return now
		}
		time.Sleep(left)
	}
}

func (p *place) daysAgo(n int) string { return p.due.AddDate(0, 0, -n).Format(time.DateOnly) }

func TestAStoryIsOfOneDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		midnight := time.Now().Truncate(day)
		for after, want := range map[time.Duration]time.Duration{
			0: 0, day - longestStory - 1: day - longestStory - 1, day - longestStory: day, day - 1: day,
		} {
			time.Sleep(time.Until(midnight.Add(after)))
			if got := begin().Sub(midnight); got != want {
				t.Errorf("%s after midnight it begins at %s, want %s", after, got, want)
			}
			midnight = midnight.Add(2 * day)
		}
	})
}
