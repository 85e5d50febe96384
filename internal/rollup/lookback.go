package rollup

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// lookBackDays is how many dates before its own a night looks at.
const lookBackDays = 3

// LookBack looks at the runs of a report on the three dates before this one. It
// returns a message for each that is not finished, and for a rerun of each
// published report of a single day that some customers lack for a reason that may
// be temporary: Microsoft is sometimes late with a day, and says so in many ways.
// The error joins those of the dates that could not be looked at; the messages are
// for the others.
func (r *Rollup) LookBack(ctx context.Context, reportName string, date report.Date) ([]run.Message, error) {
	var messages []run.Message
	var errs error
	for back := range lookBackDays {
		key := run.Key{Report: reportName, Date: date.AddDays(-1 - back)}
		m, err := r.lookAt(ctx, key, date)
		if err != nil {
			errs = errors.Join(errs, fmt.Errorf("look back at run %s: %w", key, err))
		}
		if m != (run.Message{}) {
			messages = append(messages, m)
		}
	}
	return messages, errs
}

// lookAt returns the message that a run needs today, or none.
func (r *Rollup) lookAt(ctx context.Context, key run.Key, today report.Date) (run.Message, error) {
	cp, version, err := r.Store.Read(ctx, key)
	if err != nil || version == "" {
		return run.Message{}, err
	}
	if !cp.Finished() {
		return r.continuation(key, cp), nil
	}
	call, err := report.Parse(cp.Call)
	if err != nil {
		return run.Message{}, err
	}
	if !call.OneDay() || !mayComeLater(cp.Classes) || call.AnswerableOn(key.Date, today) != nil {
		return run.Message{}, nil
	}
	return r.Request(ctx, key, cp.Call, run.ScopeFailed)
}

// mayComeLater reports whether a customer lacks its data for a reason that passes by
// itself.
func mayComeLater(classes run.Classes) bool {
	return slices.ContainsFunc([]run.Class{run.NoData, run.MalformedReport, run.ServiceFault, run.Throttled},
		func(class run.Class) bool { return classes[class] > 0 })
}
