package rollup

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"tenantrollup/internal/run"
)

// errWiderHeader says that a report has a column which the rows already laid
// out do not have.
var errWiderHeader = errors.New("a column that the header does not have")

// restartKind says what a restart keeps.
type restartKind int

const (
	sameList         restartKind = iota // the list and the start
	sameListNewStart                    // the list
	newListSameStart                    // the start
	newList                             // nothing
)

// startOver puts the checkpoint back to the beginning of the run: to the base
// of its list, if it has one. Columns stay: they are why a run with a wider
// header succeeds the next time.
func (s *slice) startOver(ctx context.Context, kind restartKind) error {
	var base run.Base
	if s.cp.Scope == run.ScopeFailed && s.cp.List > 0 {
		var err error
		if base, err = s.Store.Base(ctx, s.key, s.cp); err != nil {
			return err
		}
	}
	s.cp.Restarts++
	s.cp.Cursor = 0
	s.cp.Counts, s.cp.MD5 = base.Counts, base.MD5
	s.cp.Blocks, s.cp.Deferred = nil, nil
	s.cp.Unseen = unseen(s.cp.Columns)
	if kind == newList || kind == newListSameStart {
		s.cp.List, s.cp.Customers = 0, 0
	}
	if kind == newList || kind == sameListNewStart {
		s.cp.Started = time.Now()
	}
	return nil
}

// restart claims the run for itself once more, from its beginning.
func (s *slice) restart(ctx context.Context, reason string, kind restartKind) error {
	s.log.LogAttrs(ctx, slog.LevelWarn, "run starts over", slog.String("reason", reason))
	s.cp.State = run.StateRunning
	s.cp.Slices++
	if err := s.startOver(ctx, kind); err != nil {
		return err
	}
	// First, so that nothing of the old rows is left where the run is stopped
	// because this can't be written.
	if err := s.restoreWriters(); err != nil {
		return err
	}
	return s.save(ctx)
}
