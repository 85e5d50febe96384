package rollup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tenantrollup/internal/csvmerge"
	"tenantrollup/internal/run"
)

// Request asks for a run of all customers, or of those without data in the
// publication, and returns the message to queue. A run that is under way is
// joined: the message revives it where it is stuck and is harmless where it is
// not; run.ErrBusy comes with such a message, where all customers were asked
// for and the run under way asks the failed ones. Other errors are those of
// Judge. Requests that race are judged again; the error is run.ErrRefused where
// that does not settle it.
func (r *Rollup) Request(ctx context.Context, key run.Key, call string, scope run.Scope) (run.Message, error) {
	for try := 1; ; try++ {
		m, err := r.request(ctx, key, call, scope)
		if judgeAgain(err, try) {
			continue
		}
		return m, err
	}
}

// judgeAgain reports whether somebody else was faster, and the request is to be judged
// by what that one has written.
func judgeAgain(err error, try int) bool { return errors.Is(err, run.ErrRefused) && try < claimLimit }

// Judge tells whether Request would take a request, without writing anything.
// run.ErrNotPublished: there are no failed customers to ask again.
func (r *Rollup) Judge(ctx context.Context, key run.Key, scope run.Scope) error {
	cp, version, err := r.Store.Read(ctx, key)
	if err != nil {
		return err
	}
	return judge(key, cp, version, scope)
}

func judge(key run.Key, cp run.Checkpoint, version string, scope run.Scope) error {
	switch {
	case version == "" && scope == run.ScopeFailed:
		return fmt.Errorf("run %s: %w", key, run.ErrNotPublished)
	case version != "" && !replaceable(cp) && scope == run.ScopeAll && cp.Scope == run.ScopeFailed:
		return fmt.Errorf("run %s: %w", key, run.ErrBusy)
	}
	return nil
}

func (r *Rollup) request(ctx context.Context, key run.Key, call string, scope run.Scope) (run.Message, error) {
	cp, version, err := r.Store.Read(ctx, key)
	if err != nil {
		return run.Message{}, err
	}
	refusal := judge(key, cp, version, scope)
	if version != "" && !replaceable(cp) && !corrected(cp, call, scope) {
		return r.continuation(key, cp), refusal
	}
	if refusal != nil {
		return run.Message{}, refusal
	}
	if scope == run.ScopeFailed {
		call = cp.Call
		if cp.Finished() && cp.Rows == 0 {
			scope = run.ScopeAll // there is nothing to build upon
		}
	}
	columns := cp.Columns
	if scope != run.ScopeFailed {
		columns = csvmerge.Distinct(columns) // all rows are new: no need for two spellings of a name
	}
	return r.writeRequest(ctx, key, version, run.Checkpoint{Scope: scope, Call: call, Columns: columns})
}

// writeRequest writes a new run in place of the version that was read. Its
// message has the very turn of the record.
func (r *Rollup) writeRequest(ctx context.Context, key run.Key, version string, cp run.Checkpoint) (run.Message, error) {
	cp.Run, cp.Turn, cp.State = run.NewID(r.Random), run.FirstTurn(r.Random), run.StateQueued
	cp.Started = time.Now()
	cp.Updated = cp.Started
	if _, err := r.Store.Write(ctx, key, version, cp); err != nil {
		return run.Message{}, err
	}
	return cp.Message(key, cp.Turn), nil
}

// replaceable: a new run may take the place of a published one, and of a rerun
// of the failed customers that was stopped, whose publication is still there.
func replaceable(cp run.Checkpoint) bool {
	return cp.Finished() || cp.Scope == run.ScopeFailed && cp.State == run.StateStopped
}

// corrected: a request with another call may take the place of a run that waits for
// a person, unless that person has accepted it.
func corrected(cp run.Checkpoint, call string, scope run.Scope) bool {
	waits := cp.State == run.StateStopped || cp.State == run.StateHeld && cp.Accept == ""
	return waits && scope == run.ScopeAll && cp.Call != call
}

// Nightly is the message that asks for tonight's run of a report.
func Nightly(key run.Key, call string, random run.Random) run.Message {
	return run.Message{
		Run: run.NewID(random), Turn: run.FirstTurn(random),
		Report: key.Report, Call: call, Date: key.Date, Scope: run.ScopeMissing,
	}
}
