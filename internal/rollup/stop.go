package rollup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"tenantrollup/internal/run"
)

// fail keeps what was reached, and stops the run where the failure is the
// partner's own trouble or no delivery will follow. A run that is being published
// goes on with every delivery, and keeps the reason of the last one.
func (s *slice) fail(ctx context.Context, cause error, last bool) error {
	failure, ok := errors.AsType[*run.Failure](cause)
	partners := ok && !failure.Transient && !s.publishing()
	if errors.Is(cause, run.ErrRefused) || !partners && !last {
		return cause
	}
	ctx, done := savingTime(ctx)
	defer done()
	if err := s.stop(ctx, cause.Error()); err != nil {
		return errors.Join(cause, fmt.Errorf("stop run %s: %w", s.key, err))
	}
	s.log.LogAttrs(ctx, slog.LevelError, "run stopped", slog.String("reason", s.cp.Reason))
	if s.cp.Reason != s.stoppedFor || last { // a message that comes back ten times is news once, and when it is given up
		s.notify(ctx)
	}
	return cause
}

// publishing tells that the record may say so. It does not where the rows before
// it could not be staged.
func (s *slice) publishing() bool { return s.cp.State == run.StatePublishing && !s.torn }

// stop writes the reason down, and all that was reached, if that is whole and
// storage takes it; else into the record as it stands.
func (s *slice) stop(ctx context.Context, reason string) error {
	if s.cp.State != run.StatePublishing && !s.torn {
		s.cp.State, s.cp.Reason = run.StateStopped, reason
		if err := s.checkpoint(ctx); !s.torn {
			return err
		}
	}
	record, version, err := s.Store.Read(ctx, s.key)
	if err != nil {
		return err
	}
	if version != s.version {
		return run.ErrRefused
	}
	if record.State != run.StatePublishing {
		record.State = run.StateStopped
	}
	record.Reason = reason
	s.cp = record
	return s.save(ctx)
}
