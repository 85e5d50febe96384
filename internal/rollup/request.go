package rollup

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"tenantrollup/internal/csvmerge"
	"tenantrollup/internal/run"
)

// Request asks for a run of all customers, or of those without data in the
// publication, and returns the message to queue. A request joins a run that is
// under way: the message revives it if it is stuck and is harmless if it is not;
// run.ErrBusy comes with such a message if the run under way asks fewer customers
// than were asked for. Other errors are those of Judge. Requests that race are
// judged again; the error is run.ErrRefused if that does not settle it.
func (r *Rollup) Request(ctx context.Context, key run.Key, call string, scope run.Scope) (run.Message, error) {
	return r.requestUntilSettled(ctx, key, call, scope, run.Asked{})
}

// RequestSome is Request for some of the customers without data in the
// publication, by its call. Errors are those of JudgeSome, too.
func (r *Rollup) RequestSome(ctx context.Context, key run.Key, asked run.Asked) (run.Message, error) {
	return r.requestUntilSettled(ctx, key, "", run.ScopeFailed, asked)
}

func (r *Rollup) requestUntilSettled(ctx context.Context, key run.Key, call string, scope run.Scope, asked run.Asked) (run.Message, error) {
	for try := 1; ; try++ {
		m, err := r.request(ctx, key, call, scope, asked)
		if judgeAgain(err, try) {
			continue
		}
		return m, err
	}
}

// judgeAgain reports whether somebody else was faster, so that the request must be
// judged by what they have written.
func judgeAgain(err error, try int) bool { return errors.Is(err, run.ErrRefused) && try < claimLimit }

// Judge reports whether Request would accept a request, without writing anything.
// run.ErrNotPublished: there are no failed customers to ask again.
func (r *Rollup) Judge(ctx context.Context, key run.Key, scope run.Scope) error {
	_, err := r.readAndJudge(ctx, key, scope, run.Asked{})
	return err
}

// JudgeSome reports whether RequestSome would accept a request, without writing
// anything, and which of the names in it belong to customers without data.
// run.ErrNoMatch: none is.
func (r *Rollup) JudgeSome(ctx context.Context, key run.Key, asked run.Asked) (named []string, err error) {
	return r.readAndJudge(ctx, key, run.ScopeFailed, asked)
}

func (r *Rollup) readAndJudge(ctx context.Context, key run.Key, scope run.Scope, asked run.Asked) ([]string, error) {
	cp, version, err := r.Store.Read(ctx, key)
	if err != nil {
		return nil, err
	}
	_, named, err := r.judge(ctx, key, cp, version, scope, asked)
	return named, err
}

// judge compares a request with the record. It returns which customers the request
// asks, by tenant id, and which of its names match them.
func (r *Rollup) judge(ctx context.Context, key run.Key, cp run.Checkpoint, version string, scope run.Scope, asked run.Asked) (run.Asked, []string, error) {
	underWay := version != "" && !replaceable(cp)
	switch {
	case version == "" && scope == run.ScopeFailed:
		return asked, nil, fmt.Errorf("run %s: %w", key, run.ErrNotPublished)
	case underWay && cp.Scope != run.ScopeFailed:
		return asked, asked.Customers, nil // everybody is asked
	case underWay && (scope == run.ScopeAll || cp.State == run.StatePublishing && !asked.Everybody()):
		return asked, asked.Customers, fmt.Errorf("run %s: %w", key, run.ErrBusy)
	}
	if cp.Finished() && cp.Rows == 0 && !asked.Everybody() {
		return asked, nil, fmt.Errorf("run %s: %w", key, run.ErrNoMatch) // all are asked in it, or nobody
	}
	asked, named, err := r.find(ctx, key, asked)
	if err == nil && underWay && !cp.Asked.Covers(asked) {
		err = fmt.Errorf("run %s: %w", key, run.ErrBusy)
	}
	return asked, named, err
}

// find looks for the requested customers among the publication's customers without
// data.
func (r *Rollup) find(ctx context.Context, key run.Key, asked run.Asked) (run.Asked, []string, error) {
	if asked.Everybody() {
		return asked, nil, nil
	}
	customers, _, err := r.Store.WithoutData(ctx, key)
	if err != nil {
		return asked, nil, err
	}
	found, named := run.Asked{Class: asked.Class}, map[string]bool{}
	matches := 0
	for _, c := range customers {
		line := asBefore(c).line()
		if !asked.Has(line) {
			continue
		}
		matches++
		if asked.Class != "" {
			continue
		}
		found.Customers = append(found.Customers, c.TenantID)
		for _, name := range asked.Customers {
			if (run.Asked{Customers: []string{name}}).Names(c) {
				named[name] = true
			}
		}
	}
	if matches == 0 {
		return asked, nil, fmt.Errorf("run %s: %w", key, run.ErrNoMatch)
	}
	return found, slices.Sorted(maps.Keys(named)), nil
}

func (r *Rollup) request(ctx context.Context, key run.Key, call string, scope run.Scope, asked run.Asked) (run.Message, error) {
	cp, version, err := r.Store.Read(ctx, key)
	if err != nil {
		return run.Message{}, err
	}
	asked, _, refusal := r.judge(ctx, key, cp, version, scope, asked)
	if version != "" && !replaceable(cp) && !corrected(cp, call, scope) {
		if refusal != nil && !errors.Is(refusal, run.ErrBusy) {
			return run.Message{}, refusal
		}
		return r.continuation(key, cp), refusal
	}
	if refusal != nil {
		return run.Message{}, refusal
	}
	if scope == run.ScopeFailed {
		call = cp.Call
		if cp.Finished() && cp.Rows == 0 {
			scope = run.ScopeAll // there is nothing to build on
		}
	}
	next := run.Checkpoint{Scope: scope, Call: call, Columns: cp.Columns, Asked: asked, Note: cp.Note}
	if scope != run.ScopeFailed { // all rows are new
		next.Columns = csvmerge.Distinct(cp.Columns) // two spellings of a name are of no use
		if cp.Call != call {
			next.Columns = nil
		}
		next.Note = ""
	}
	return r.writeRequest(ctx, key, version, next)
}

// writeRequest writes a new run in place of the version that was read. Its message
// has the same turn as the record.
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
	return cp.Waits() && scope == run.ScopeAll && cp.Call != call
}

// Nightly is the message that asks for tonight's run of a report.
func Nightly(key run.Key, call string, random run.Random) run.Message {
	return run.Message{
		Run: run.NewID(random), Turn: run.FirstTurn(random),
		Report: key.Report, Call: call, Date: key.Date, Scope: run.ScopeMissing,
	}
}
