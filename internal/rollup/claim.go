package rollup

import (
	"context"
	"crypto/md5"
	"encoding"
	"errors"
	"fmt"
	"hash"
	"log/slog"
	"time"

	"tenantrollup/internal/csvmerge"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// slice is one invocation's work on a run that it has claimed.
type slice struct {
	*Rollup
	key     run.Key
	call    report.Call
	cp      run.Checkpoint // as of the customers merged so far
	version string
	started time.Time
	log     *slog.Logger
	access  Access // once signed in
	space   *space // for large bodies

	stoppedFor string // why the run was stopped when this slice claimed it, if it was
	torn       bool   // what cp counts could not be laid out or staged whole: it may not be saved any more

	layout *csvmerge.Layout
	batch  []outcome // merged customers whose rows are not laid out yet
	held   int64     // bytes of their bodies
	rows   *blockWriter
	lines  *blockWriter
	md5    hash.Hash
}

// verdict is what the record says of a message.
type verdict int

const (
	work   verdict = iota // claim the run and work on it
	drop                  // nothing to do for this message
	revive                // answer with a message of the run that is there
)

// judge holds a message against the record.
func judge(m run.Message, record run.Checkpoint, exists bool) verdict {
	switch {
	case !exists:
		return work
	case record.Finished():
		return drop
	case record.Run != m.Run && m.Scope == run.ScopeMissing && record.Scope != run.ScopeFailed:
		return revive
	case record.Run != m.Run, record.Turn > m.Turn:
		return drop
	}
	return work
}

const claimTries = 5

// claim makes the message's run this slice's own. Where there is nothing to
// work on it returns no slice, and perhaps a message to answer with.
func (r *Rollup) claim(ctx context.Context, m run.Message) (*slice, *run.Message, error) {
	log := r.Log.With(slog.String("run", m.Run), slog.String("report", m.Report), slog.String("date", string(m.Date)))
	for try := 1; ; try++ {
		record, version, err := r.Store.Read(ctx, m.Key())
		if err != nil {
			return nil, nil, err
		}
		switch judge(m, record, version != "") {
		case drop:
			log.LogAttrs(ctx, slog.LevelInfo, "message dropped", slog.String("state", string(record.State)))
			return nil, nil, nil
		case revive:
			log.LogAttrs(ctx, slog.LevelInfo, "message answered with one of the run that is there", slog.String("other", record.Run))
			return nil, new(reviving(m.Key(), record, r.Random)), nil
		}
		s, err := r.begin(ctx, m, record, version, log)
		if errors.Is(err, run.ErrRefused) && try < claimTries {
			continue
		}
		return s, nil, err
	}
}

func reviving(key run.Key, record run.Checkpoint, random run.Random) run.Message {
	return run.Message{
		Run: record.Run, Turn: record.Turn.Next(random),
		Report: key.Report, Call: record.Call, Date: key.Date, Scope: record.Scope,
	}
}

// begin writes the claim.
func (r *Rollup) begin(ctx context.Context, m run.Message, record run.Checkpoint, version string, log *slog.Logger) (*slice, error) {
	now := time.Now()
	if version == "" {
		record = run.Checkpoint{
			Run: m.Run, Scope: m.Scope, Call: m.Call, State: run.StateRunning,
			Started: now, Updated: now, Settings: r.Settings,
		}
	}
	call, err := report.Parse(record.Call)
	if err != nil {
		return nil, fmt.Errorf("record of run %s: call: %w", m.Key(), err)
	}
	s := &slice{Rollup: r, key: m.Key(), call: call, cp: record, version: version, started: now, log: log, space: newSpace()}
	reason, fresh := s.mustRestart(now)
	s.cp.Turn = m.Turn
	s.cp.Slices++
	s.stoppedFor, s.cp.Reason = s.cp.Reason, ""
	if s.cp.State != run.StatePublishing {
		if s.cp.State == run.StateStopped {
			s.cp.Started = now
		}
		s.cp.State = run.StateRunning
		s.cp.Settings = r.Settings
	}
	if reason != "" {
		// A list that is gone is for the work to find, which stops such a run.
		if err := s.startOver(ctx, fresh); err != nil && !errors.Is(err, run.ErrListLost) {
			return nil, err
		}
		log.LogAttrs(ctx, slog.LevelWarn, "run starts over", slog.String("reason", reason))
	}
	if err := s.save(ctx); err != nil {
		return nil, err
	}
	if err := s.restoreWriters(); err != nil {
		return nil, err
	}
	return s, nil
}

// mustRestart says why a run that is there can't be gone on with, if so. A
// rerun of the failed customers keeps its list whatever happens, and has no
// settings of its own.
func (s *slice) mustRestart(now time.Time) (reason string, kind restartKind) {
	if s.version == "" || s.cp.State == run.StatePublishing || s.cp.State == run.StateQueued || s.cp.Restarts >= restartsLimit {
		return "", sameList
	}
	untouched := now.Sub(s.cp.Updated) > runLimit
	switch {
	case untouched && s.cp.Scope == run.ScopeFailed:
		return "nobody has worked on it for a day", sameListNewStart
	case untouched:
		return "nobody has worked on it for a day", newList
	case s.cp.Settings != "" && s.cp.Settings != s.Settings && s.cp.Scope != run.ScopeFailed:
		return "settings that shape the result have changed", newListSameStart
	}
	return "", sameList
}

// save writes the checkpoint as it stands.
func (s *slice) save(ctx context.Context) error {
	s.cp.Updated = time.Now()
	version, err := s.Store.Write(ctx, s.key, s.version, s.cp)
	if err != nil {
		return err
	}
	s.version = version
	return nil
}

// restoreWriters makes the slice's writers go on from the checkpoint.
func (s *slice) restoreWriters() error {
	s.dropBatch()
	s.layout = csvmerge.NewLayout(s.cp.Columns...)
	s.md5 = md5.New()
	if len(s.cp.MD5) > 0 {
		if err := s.md5.(encoding.BinaryUnmarshaler).UnmarshalBinary(s.cp.MD5); err != nil {
			return fmt.Errorf("record of run %s: metadata key md5: %w", s.key, err)
		}
	}
	s.rows = &blockWriter{
		slice: s, file: run.CSV, sum: s.md5, begun: s.cp.Scope == run.ScopeFailed || len(s.cp.BlockIDs(run.CSV)) > 0,
		header: func() []byte { return s.layout.Header() },
	}
	s.lines = &blockWriter{
		slice: s, file: run.ErrorLog, begun: len(s.cp.BlockIDs(run.ErrorLog)) > 0,
		header: func() []byte { return []byte(run.ErrorLogHeader) },
	}
	return nil
}
