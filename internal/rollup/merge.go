package rollup

import (
	"context"
	"encoding"
	"fmt"
	"log/slog"
	"slices"

	"tenantrollup/internal/csvmerge"
	"tenantrollup/internal/run"
)

// merge accounts for one customer: its rows join the batch, or it gets its
// line in the error log.
func (s *slice) merge(ctx context.Context, o outcome) error {
	if o.failure == nil && !run.ColumnsFit(append(slices.Clone(s.cp.Columns), s.layout.Missing(o.table.Columns)...)...) {
		o.failure = malformed(fmt.Sprintf("the names of its %d columns are longer than what a run can note", len(o.table.Columns)))
	}
	if o.failure == nil && s.rows.begun {
		if missing := s.layout.Missing(o.table.Columns); len(missing) > 0 {
			if s.mayRestart() {
				s.cp.Columns = append(s.cp.Columns, missing...)
				o.body.close()
				return errWiderHeader
			}
			o.failure = malformed(fmt.Sprintf("new column %q, which the file does not have: run all", missing[0]))
		}
	}
	s.warnOf(ctx, o)
	if o.failure != nil {
		o.body.close()
		return s.addLine(ctx, o)
	}
	if s.layout.Add(o.table.Columns) {
		s.cp.Columns = s.layout.Columns()
	}
	s.cp.Unseen = slices.DeleteFunc(s.cp.Unseen, func(name string) bool { return slices.Contains(o.table.Columns, name) })
	s.cp.AddData(o.table.Rows)
	s.batch = append(s.batch, o)
	if s.held += o.body.size; s.held < blockLimit && !s.rows.begun {
		return nil // the header may still become wider
	}
	return s.layOut(ctx)
}

// mayRestart: a rerun of the failed customers can't touch the others' rows, and
// a run must end one day.
func (s *slice) mayRestart() bool {
	return s.cp.Scope != run.ScopeFailed && s.cp.Restarts < restartsLimit
}

// layOut turns the batch into records. The header is settled by the first of
// them, so a column that comes before costs no restart.
func (s *slice) layOut(ctx context.Context) error {
	defer s.dropBatch()
	if len(s.batch) > 0 {
		s.rows.begin()
	}
	rows := s.rows.in(ctx)
	for _, o := range s.batch {
		customer := csvmerge.Customer{TenantID: o.customer.TenantID, Name: o.customer.Name, Domain: o.customer.Domain}
		if err := s.layout.Append(rows, customer, o.table, o.body.reader()); err != nil {
			s.torn = true
			return fmt.Errorf("merge the report of %s: %w", o.customer.Label(), err)
		}
	}
	return nil
}

func (s *slice) addLine(ctx context.Context, o outcome) error {
	s.cp.AddLine(o.failure.Class)
	s.logOutcome(ctx, o)
	s.lines.begin()
	_, err := s.lines.in(ctx).Write(run.Line{Time: o.at, Customer: o.customer, Failure: *o.failure}.Append(nil))
	return err
}

// checkpoint stages the rows and lines of every customer merged so far, and
// only then writes down that they are there.
func (s *slice) checkpoint(ctx context.Context) error {
	if err := s.layOut(ctx); err != nil {
		return err
	}
	if err := s.rows.flush(ctx); err != nil {
		return err
	}
	if err := s.lines.flush(ctx); err != nil {
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

// publish freezes the run and makes its files visible.
func (s *slice) publish(ctx context.Context) error {
	if s.cp.State != run.StatePublishing {
		if err := s.cp.CheckAccounts(); err != nil {
			return err
		}
		if err := s.warnOfRun(ctx); err != nil {
			return err
		}
		if err := s.layOut(ctx); err != nil {
			return err
		}
		s.rows.begin()
		s.lines.begin()
		s.cp.State = run.StatePublishing
		if err := s.checkpoint(ctx); err != nil {
			return err
		}
	}
	if err := s.Store.Publish(ctx, s.key, s.version, s.cp); err != nil {
		return err
	}
	s.cp.State = run.StatePublished
	s.logPublished(ctx)
	s.notify(ctx)
	return nil
}

// dropBatch forgets the customers whose rows are laid out, or given up.
func (s *slice) dropBatch() {
	for _, o := range s.batch {
		o.body.close()
	}
	clear(s.batch)
	s.batch, s.held = s.batch[:0], 0
}

func (s *slice) close() {
	s.dropBatch()
	if err := s.space.close(); err != nil {
		s.log.Warn("a temporary file stays behind", slog.String("error", err.Error()))
	}
}
