package rollup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// verdict is what happens to a message.
type verdict int

const (
	claimRun    verdict = iota // it becomes a slice
	dropMessage                // there is nothing to do for it
	reviveRun                  // it is answered with a message of the existing run
)

// verdictOn compares a message with the checkpoint of its run, if there is one.
func verdictOn(m run.Message, cp run.Checkpoint, exists bool) verdict {
	switch {
	case !exists:
		return claimRun
	case cp.Finished():
		return dropMessage
	case ofAnotherRun(m, cp) && m.Scope == run.ScopeMissing && cp.Scope != run.ScopeFailed:
		return reviveRun
	case ofAnotherRun(m, cp), overtaken(m, cp):
		return dropMessage
	}
	return claimRun
}

func ofAnotherRun(m run.Message, cp run.Checkpoint) bool { return m.Run != cp.Run }

func overtaken(m run.Message, cp run.Checkpoint) bool { return m.Turn < cp.Turn }

// claim claims the message's run for this slice. If there is nothing to work on, it
// returns no slice, and perhaps a message to answer with.
func (r *Rollup) claim(ctx context.Context, m run.Message) (*slice, *run.Message, error) {
	log := r.logOf(m)
	for try := 1; ; try++ {
		cp, version, err := r.Store.Read(ctx, m.Key())
		if err != nil {
			return nil, nil, err
		}
		switch verdictOn(m, cp, version != "") {
		case dropMessage:
			log.LogAttrs(ctx, slog.LevelInfo, "message dropped", slog.String("state", string(cp.State)))
			return nil, nil, nil
		case reviveRun:
			log.LogAttrs(ctx, slog.LevelInfo, "another run is under way and is continued instead", slog.String("other", cp.Run))
			return nil, new(r.continuation(m.Key(), cp)), nil
		}
		s, err := r.writeClaim(ctx, m, cp, version, log)
		if errors.Is(err, run.ErrRefused) && try < claimLimit {
			continue
		}
		return s, nil, err
	}
}

func (r *Rollup) logOf(m run.Message) *slog.Logger {
	return r.Log.With(slog.String("run", m.Run), slog.Any("", m.Key()))
}

// writeClaim writes the message's turn and a new slice number into the record,
// which it creates if there is none.
func (r *Rollup) writeClaim(ctx context.Context, m run.Message, cp run.Checkpoint, version string, log *slog.Logger) (*slice, error) {
	now := time.Now()
	if version == "" {
		cp = run.Checkpoint{
			Run: m.Run, Scope: m.Scope, Call: m.Call, State: run.StateRunning,
			Started: now, Updated: now, Settings: r.Settings, Note: m.Note,
		}
	}
	call, err := report.Parse(cp.Call)
	if err != nil {
		return nil, fmt.Errorf("record of run %s: call: %w: deploy the release that wrote it, or ask for all customers", m.Key(), err)
	}
	s := &slice{rollup: r, key: m.Key(), call: call, cp: cp, asked: cp.Asked, version: version, claimedAt: now, log: log, space: newSpace()}
	due := s.restartDue()
	s.cp.Turn = m.Turn
	s.cp.Slices++
	if s.accepted() {
		s.cp.State = run.StatePublishing
	}
	s.resume()
	if due.reason != "" {
		// pass finds that the list is lost, and the run is stopped then.
		if err := s.startOver(ctx, due); err != nil && !s.orphaned(err) {
			return nil, err
		}
		log.LogAttrs(ctx, slog.LevelWarn, "run starts over", slog.String("reason", due.reason))
	}
	if err := s.save(ctx); err != nil {
		return nil, err
	}
	s.takeUpRefusals()
	if err := s.openFiles(); err != nil {
		return nil, err
	}
	return s, nil
}

// resume sets the run to running again, unless it is being published. A run that was
// stopped, or whose message was lost, as in an outage of storage, gets all its time
// again: otherwise the next night would give up the customers that it has not reached.
func (s *slice) resume() {
	s.stoppedFor, s.cp.Reason = s.cp.Reason, ""
	if s.publishing() {
		return
	}
	lost := s.claimedAt.Sub(s.cp.Updated) > messageLimit
	if s.cp.State == run.StateStopped || lost {
		s.cp.Started = s.claimedAt
	}
	s.cp.State = run.StateRunning
	s.cp.Settings = s.rollup.Settings
}
