package rollup

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"tenantrollup/internal/run"
)

// restart is why a run must begin again at its first customer, and what else
// it begins again.
type restart struct {
	reason   string // empty: no restart
	newList  bool   // list the customers again
	newStart bool   // give the run all its time again
}

// errWiderHeader says that a report has a column that the rows already laid out do
// not have.
var errWiderHeader = errors.New("a report has a column that the rows staged so far don't have")

// restartDue is the restart that a run needs when it is claimed. A rerun of the
// failed customers keeps its list whatever happens, and does not depend on the
// settings.
func (s *slice) restartDue() restart {
	if s.version == "" || s.publishing() || s.accepted() {
		return restart{}
	}
	rerun := s.cp.Scope == run.ScopeFailed
	aged := s.claimedAt.Sub(s.cp.Updated) > runLimit
	changed := s.cp.Settings != "" && s.cp.Settings != s.rollup.Settings && !rerun
	switch {
	case s.cp.State == run.StateHeld:
		return restart{reason: "it was held and is requested again", newList: aged || changed, newStart: true}
	case s.cp.Restarts >= restartsLimit:
	case aged:
		return restart{reason: "no slice has worked on it for a day", newList: !rerun}
	case changed:
		return restart{reason: "settings that shape the result have changed", newList: true}
	}
	return restart{}
}

// restartAfter is the restart that fixes what ended a pass. The error is what no
// restart fixes.
func (s *slice) restartAfter(err error) (restart, error) {
	switch {
	case s.orphaned(err):
		return restart{}, &run.Failure{Class: run.ServiceFault, Message: err.Error() + ".", Remedy: "Ask for the run again."}
	case errors.Is(err, run.ErrListLost):
		return restart{reason: err.Error(), newList: true}, nil
	case errors.Is(err, run.ErrBlocksLost):
		return restart{reason: err.Error(), newStart: true}, nil
	case errors.Is(err, errWiderHeader):
		return restart{reason: err.Error()}, nil
	}
	return restart{}, err
}

// orphaned reports whether a rerun of the failed customers has lost its list:
// nothing else says which customers to ask.
func (s *slice) orphaned(err error) bool {
	return s.cp.Scope == run.ScopeFailed && errors.Is(err, run.ErrListLost)
}

// mayWiden reports whether the run may start over for a wider header: a rerun of
// the failed customers can't touch the others' rows, and a run must end some day.
func (s *slice) mayWiden() bool {
	return s.cp.Scope != run.ScopeFailed && s.cp.Restarts < restartsLimit
}

// restart claims the run for this slice again, from its beginning.
func (s *slice) restart(ctx context.Context, again restart) error {
	s.log.LogAttrs(ctx, slog.LevelWarn, "run starts over", slog.String("reason", again.reason))
	s.cp.State = run.StateRunning
	s.cp.Slices++
	if err := s.startOver(ctx, again); err != nil {
		// The customer with the wider header is past the cursor, but not counted.
		s.torn = !errors.Is(err, run.ErrListLost)
		return err
	}
	// First, so that nothing of the old rows is left if the run is stopped
	// because this can't be written.
	if err := s.openFiles(); err != nil {
		return err
	}
	return s.save(ctx)
}

// startOver puts the checkpoint back to the beginning of the run: to the base
// of its list, if it has one. Columns stay: they are why a run with a wider
// header succeeds the next time.
func (s *slice) startOver(ctx context.Context, again restart) error {
	var base run.Base
	if s.cp.List > 0 && !again.newList {
		var err error
		base, err = s.rollup.Store.Base(ctx, s.key, s.cp)
		switch {
		case errors.Is(err, run.ErrListLost) && !s.orphaned(err):
			again.newList = true
		case err != nil:
			return err
		}
	}
	s.cp.Restarts++
	s.cp.Cursor = 0
	s.cp.Counts, s.cp.MD5 = base.Counts, base.MD5
	s.cp.Blocks = nil
	s.cp.Deferred = nil
	if s.cp.Scope != run.ScopeFailed { // there, the rows that are kept have them
		s.cp.Unseen = unseen(s.cp.Columns)
	}
	s.cp.Accept, s.cp.Refusal, s.cp.Reason = "", "", ""
	s.refusals = refusals{}
	if again.newList {
		s.cp.List, s.cp.Customers = 0, 0
	}
	if again.newStart {
		s.cp.Started = time.Now()
	}
	return nil
}
