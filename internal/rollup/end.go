package rollup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"tenantrollup/internal/run"
)

// Without a queue, a slice that fails is retried this often, after a pause that
// doubles.
const (
	endTries = 5
	endPause = 5 * time.Second
)

// ToTheEnd works on the message's run until nothing is left to do for it: slice
// after slice, none longer than budget, as the queue does under the Functions host.
// The run's record says what came of it.
//
// The error is ctx's if that ends first: the progress is saved then, and the same
// message continues from there. Any other error is that of the last slice.
func (r *Rollup) ToTheEnd(ctx context.Context, m run.Message, budget time.Duration) error {
	for failures := 0; ; {
		next, err := r.limitedSlice(ctx, m, budget, failures == endTries-1)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("run %s: %w", m.Key(), ctx.Err())
		case err == nil && next == nil:
			return nil
		case err == nil:
			m, failures = *next, 0
			continue
		}
		failures++
		if failures == endTries || lasts(err) {
			return err
		}
		pause := endPause << (failures - 1)
		r.Log.LogAttrs(ctx, slog.LevelWarn, "a slice failed and will be retried", slog.Any("", m.Key()),
			slog.String("error", err.Error()), slog.String("pause", pause.String()))
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

func (r *Rollup) limitedSlice(ctx context.Context, m run.Message, budget time.Duration, last bool) (*run.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	return r.Slice(ctx, m, last)
}

// lasts reports whether a failure stays until a person does something.
func lasts(err error) bool {
	failure, ok := errors.AsType[*run.Failure](err)
	return ok && !failure.Transient
}
