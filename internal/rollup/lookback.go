package rollup

import (
	"context"
	"errors"
	"fmt"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// lookBackDays is how many dates before its own a night looks after.
const lookBackDays = 3

// LookBack looks after the runs of a report on the three dates before this one.
// It returns a message for each that is not finished, and queues a rerun where a
// report of a single day was published though some customers had no data then:
// Microsoft is sometimes late with a day. The error joins those of the dates that
// could not be looked after; the messages are of the others.
func (r *Rollup) LookBack(ctx context.Context, reportName string, date report.Date) ([]run.Message, error) {
	var messages []run.Message
	var failed error
	for back := range lookBackDays {
		key := run.Key{Report: reportName, Date: date.AddDays(-1 - back)}
		m, err := r.lookAfter(ctx, key)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("look after run %s: %w", key, err))
		}
		if m != (run.Message{}) {
			messages = append(messages, m)
		}
	}
	return messages, failed
}

// lookAfter returns the message that a run needs, or none.
func (r *Rollup) lookAfter(ctx context.Context, key run.Key) (run.Message, error) {
	record, version, err := r.Store.Read(ctx, key)
	if err != nil || version == "" {
		return run.Message{}, err
	}
	if !record.Finished() {
		return reviving(key, record, r.Random), nil
	}
	call, err := report.Parse(record.Call)
	if err != nil {
		return run.Message{}, err
	}
	if !call.OneDay() || record.NoData == 0 {
		return run.Message{}, nil
	}
	return r.Request(ctx, key, record.Call, run.ScopeFailed)
}
