package rollup

import (
	"context"
	"errors"
	"time"

	"tenantrollup/internal/run"
)

// Request asks for a run of the whole report in place of whatever was
// published. It returns the message to queue. A run that is under way is
// joined: the message revives it where it is stuck and is harmless where it is
// not. Requests that race are judged again; the error is run.ErrRefused where
// that does not settle it.
func (r *Rollup) Request(ctx context.Context, key run.Key, call string) (run.Message, error) {
	for try := 1; ; try++ {
		m, err := r.request(ctx, key, call)
		if errors.Is(err, run.ErrRefused) && try < claimTries {
			continue
		}
		return m, err
	}
}

func (r *Rollup) request(ctx context.Context, key run.Key, call string) (run.Message, error) {
	record, version, err := r.Store.Read(ctx, key)
	if err != nil {
		return run.Message{}, err
	}
	if version != "" && !record.Finished() {
		return reviving(key, record, r.Random), nil
	}
	now := time.Now()
	queued := run.Checkpoint{
		Run: run.NewID(r.Random), Turn: run.FirstTurn(r.Random), State: run.StateQueued, Scope: run.ScopeAll,
		Call: call, Columns: record.Columns, Started: now, Updated: now,
	}
	if _, err := r.Store.Write(ctx, key, version, queued); err != nil {
		return run.Message{}, err
	}
	return run.Message{
		Run: queued.Run, Turn: queued.Turn, Report: key.Report, Call: call, Date: key.Date, Scope: queued.Scope,
	}, nil
}

// Nightly is the message that asks for tonight's run of a report.
func Nightly(key run.Key, call string, random run.Random) run.Message {
	return run.Message{
		Run: run.NewID(random), Turn: run.FirstTurn(random),
		Report: key.Report, Call: call, Date: key.Date, Scope: run.ScopeMissing,
	}
}
