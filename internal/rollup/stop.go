package rollup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"tenantrollup/internal/run"
)

// fail ends a slice that can't continue. It stops the run if the cause is the
// partner's own trouble or no redelivery follows. A run that is being published
// continues with every delivery, and keeps the reason of the last one.
func (s *slice) fail(ctx context.Context, cause error, last bool) error {
	failure, ok := errors.AsType[*run.Failure](cause)
	partners := ok && !failure.Transient && (!s.publishing() || s.torn)
	if errors.Is(cause, run.ErrRefused) || !partners && !last {
		return cause
	}
	saving, done := savingTime(ctx)
	defer done()
	reason := run.Reason(cause)
	if err := s.stop(saving, reason); err != nil {
		return errors.Join(cause, fmt.Errorf("stop run %s: %w", s.key, err))
	}
	s.log.LogAttrs(saving, slog.LevelError, "run stopped", slog.String("reason", s.cp.Reason), slog.String("class", string(classOf(failure))))
	// A message that comes back ten times is reported once, and when it is given
	// up.
	if last || !run.SameReason(s.stoppedFor, reason) {
		s.notify(saving)
	}
	return cause
}

// giveUp stops the run of a message that could not even claim it, and that does not come
// back. A run that other messages work on, or that is held, is left as it is, and so is a
// record that can't be read.
func (r *Rollup) giveUp(ctx context.Context, m run.Message, cause error) error {
	saving, done := savingTime(ctx)
	defer done()
	cp, version, err := r.Store.Read(saving, m.Key())
	if err != nil || version == "" || verdictOn(m, cp, true) != claimRun || cp.State == run.StateHeld {
		return cause
	}
	s := &slice{rollup: r, key: m.Key(), cp: cp, version: version, log: r.logOf(m), torn: true} // the record is all there is
	return s.fail(ctx, cause, true)
}

// classOf is the failure's class; it is empty for trouble without one.
func classOf(failure *run.Failure) run.Class {
	if failure == nil {
		return ""
	}
	return failure.Class
}

// stop records the reason, and the progress if it is complete and storage accepts
// it; otherwise it adds the reason to the checkpoint that the record has.
func (s *slice) stop(ctx context.Context, reason string) error {
	if !s.publishing() && !s.torn {
		s.cp = stopped(s.cp, reason)
		if err := s.checkpoint(ctx); !s.torn {
			return err
		}
	}
	noted, version, err := s.rollup.Store.Read(ctx, s.key)
	if err != nil {
		return err
	}
	if version != s.version {
		return run.ErrRefused
	}
	s.cp = stopped(noted, reason)
	return s.save(ctx)
}

func stopped(cp run.Checkpoint, reason string) run.Checkpoint {
	if cp.State != run.StatePublishing {
		cp.State = run.StateStopped
	}
	cp.Reason = reason
	return cp
}
