package rollup

import (
	"context"
	"log/slog"
	"time"

	"tenantrollup/internal/run"
)

// publish makes the run's files visible.
func (s *slice) publish(ctx context.Context) error {
	if !s.publishing() {
		if err := s.freeze(ctx); err != nil {
			return err
		}
	}
	if err := s.rollup.Store.Publish(ctx, s.key, s.version, s.cp); err != nil {
		return err
	}
	s.cp.State = run.StatePublished
	s.logPublished(ctx)
	s.notify(ctx)
	return nil
}

// freeze records that all customers are accounted for. From here on the run only
// goes forward: Microsoft is not called, and neither settings nor age matter any
// more.
func (s *slice) freeze(ctx context.Context) error {
	if err := s.complete(ctx); err != nil {
		return err
	}
	s.cp.State = run.StatePublishing
	return s.checkpoint(ctx)
}

// complete stages what the two files still lack.
func (s *slice) complete(ctx context.Context) error {
	if err := s.cp.CheckAccounts(); err != nil {
		return err
	}
	if err := s.warnOfRun(ctx); err != nil {
		return err
	}
	if err := s.layOut(ctx); err != nil {
		return err
	}
	s.rows.writeHeader()
	s.lines.writeHeader()
	return nil
}

func (s *slice) logPublished(ctx context.Context) {
	s.log.LogAttrs(ctx, slog.LevelInfo, "run published", slog.String("scope", string(s.cp.Scope)),
		slog.Int("customers", s.cp.Customers), slog.Int("withData", s.cp.WithData), slog.Int("noData", s.cp.NoData),
		slog.Int("failed", s.cp.Failed), slog.Int("excluded", s.cp.Excluded), slog.Int("rows", s.cp.Rows),
		slog.Int("slices", s.cp.Slices), slog.Int("restarts", s.cp.Restarts),
		slog.Float64("seconds", time.Since(s.cp.Started).Seconds()))
}
