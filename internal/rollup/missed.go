package rollup

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

const (
	// missedDays is how many dates before its own a night searches for missed ones.
	missedDays = 28
	// madeUpAtOnce is how many missed nights of a report are run in one night.
	madeUpAtOnce = 7
	// unknownReach is how many days back a report is asked for if it is not known
	// how far back Microsoft answers, as for a cmdlet.
	unknownReach = 7
)

// Missed is what a night finds out about a report's missed nights.
type Missed struct {
	Messages []run.Message // for the nights that are run now, oldest first
	Note     string        // for tonight's record: which nights can't be run any more; empty if there are none
}

// Missed searches for nights of the report that were missed: dates among the 28
// before tonight's that are after the report's oldest record there, have no record
// themselves, and on which a night is due. It looks at the records only: the host
// forgets what it knows about missed nights if its schedule or its host id changes.
func (r *Rollup) Missed(ctx context.Context, named report.Named, tonight report.Date, due func(report.Date) bool) (Missed, error) {
	call := named.Call
	if !call.AsOfNow() && !call.FollowsDate() { // tonight's run asks for the same days
		return Missed{}, nil
	}
	dates, err := r.missedDates(ctx, named.Name, tonight, due)
	if err != nil {
		return Missed{}, fmt.Errorf("search for missed nights of %s: %w", named.Name, err)
	}
	var missed Missed
	var lost []report.Date
	for _, date := range dates {
		switch {
		case !canMakeUp(call, date, tonight):
			lost = append(lost, date)
		case len(missed.Messages) < madeUpAtOnce:
			m := Nightly(run.Key{Report: named.Name, Date: date}, call.String(), r.Random)
			m.Note = fmt.Sprintf("This night was missed and run later, on %s.", tonight)
			missed.Messages = append(missed.Messages, m)
		}
	}
	missed.Note = lostNights(lost, call.AsOfNow())
	return missed, nil
}

func (r *Rollup) missedDates(ctx context.Context, reportName string, tonight report.Date, due func(report.Date) bool) ([]report.Date, error) {
	recorded, err := r.Store.Dates(ctx, reportName, tonight.AddDays(-missedDays), tonight.AddDays(-1))
	if err != nil || len(recorded) == 0 {
		return nil, err
	}
	var missed []report.Date
	for date := recorded[0]; date < tonight; date = date.AddDays(1) {
		if len(recorded) > 0 && recorded[0] == date {
			recorded = recorded[1:]
		} else if due(date) {
			missed = append(missed, date)
		}
	}
	return missed, nil
}

// canMakeUp reports whether Microsoft still answers the call as on the date.
func canMakeUp(call report.Call, date, tonight report.Date) bool {
	switch {
	case call.AsOfNow():
		return false
	case call.Kind() == report.Graph:
		today := max(tonight, report.DateOf(time.Now())) // a late night is asked for today
		return call.AnswerableOn(date, today) == nil
	}
	return date >= tonight.AddDays(-unknownReach)
}

// lostNights is the note about nights that can't be run any more.
func lostNights(dates []report.Date, asOfNow bool) string {
	if len(dates) == 0 {
		return ""
	}
	nights, were, why := "nights", "were", "that is too long ago"
	if len(dates) == 1 {
		nights, were = "night", "was"
	}
	if asOfNow {
		why = "this report shows the present"
	}
	return fmt.Sprintf("The %s of %s %s missed and can't be run any more, because %s.", nights, ranges(dates), were, why)
}

// ranges writes consecutive dates as the first and the last.
func ranges(dates []report.Date) string {
	var parts []string
	for i := 0; i < len(dates); {
		first := i
		for i++; i < len(dates) && dates[i] == dates[i-1].AddDays(1); i++ {
		}
		part := string(dates[first])
		if first < i-1 {
			part += " to " + string(dates[i-1])
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}
