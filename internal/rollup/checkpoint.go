package rollup

import (
	"context"
	"crypto/md5"
	"encoding"
	"fmt"
	"time"

	"tenantrollup/internal/csvmerge"
	"tenantrollup/internal/run"
)

// openFiles makes the two files continue from the checkpoint.
func (s *slice) openFiles() error {
	s.dropBatch()
	s.layout = csvmerge.NewLayout(s.cp.Columns...)
	s.md5 = md5.New()
	if len(s.cp.MD5) > 0 {
		if err := s.md5.(encoding.BinaryUnmarshaler).UnmarshalBinary(s.cp.MD5); err != nil {
			return fmt.Errorf("record of run %s: metadata key md5: %w: correct it, or delete the blob to start the run over", s.key, err)
		}
	}
	s.rows = &blockWriter{
		slice: s, file: run.CSV, sum: s.md5, headed: s.cp.Scope == run.ScopeFailed || len(s.cp.BlockIDs(run.CSV)) > 0,
		header: func() []byte { return s.layout.Header() },
	}
	s.lines = &blockWriter{
		slice: s, file: run.ErrorLog, headed: len(s.cp.BlockIDs(run.ErrorLog)) > 0,
		header: func() []byte { return []byte(run.ErrorLogHeader) },
	}
	return nil
}

// checkpoint stages the rows and lines of every customer merged so far, and only
// then records that they are there.
func (s *slice) checkpoint(ctx context.Context) error {
	if err := s.stage(ctx); err != nil {
		return err
	}
	state, err := s.md5.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		return fmt.Errorf("checkpoint run %s: %w", s.key, err)
	}
	s.cp.MD5 = state
	s.cp.NoteStaged(s.cp.Slices, s.rows.sequence, s.lines.sequence)
	return s.save(ctx)
}

func (s *slice) stage(ctx context.Context) error {
	if err := s.layOut(ctx); err != nil {
		return err
	}
	if err := s.rows.flush(ctx); err != nil {
		return err
	}
	return s.lines.flush(ctx)
}

// save writes the checkpoint as it is.
func (s *slice) save(ctx context.Context) error {
	s.cp.Updated = time.Now()
	version, err := s.rollup.Store.Write(ctx, s.key, s.version, s.cp)
	if err != nil {
		return err
	}
	s.version = version
	return nil
}
