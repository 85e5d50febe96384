package rollup

import (
	"context"
	"fmt"
	"log/slog"

	"tenantrollup/internal/csvmerge"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// merge accounts for one customer: its rows join the batch, or it gets its
// line in the error log.
func (s *slice) merge(ctx context.Context, o outcome) error {
	if o.failure == nil {
		var err error
		if o.failure, err = s.admitColumns(o.table.Columns); err != nil {
			o.body.close()
			return err
		}
	}
	s.warnOfCustomer(ctx, o)
	s.noteRefusal(o.failure)
	defer s.tell(o)
	if o.failure != nil {
		o.body.close()
		return s.addLine(ctx, o)
	}
	return s.addRows(ctx, o)
}

// tell reports to Watch that the customer is done.
func (s *slice) tell(o outcome) {
	if s.rollup.Watch != nil {
		s.rollup.Watch(Step{s.cp.Done(), s.cp.Customers, o.customer, o.failure})
	}
}

func (s *slice) addRows(ctx context.Context, o outcome) error {
	s.addColumns(o.table.Columns)
	s.cp.AddData(o.table.Rows)
	s.cp.Refreshed.Include(report.Date(o.table.OldestRefresh), report.Date(o.table.NewestRefresh))
	s.batch = append(s.batch, o)
	if s.batchSize += o.body.size; s.batchSize < blockLimit && !s.rows.headed {
		return nil // the header may still become wider
	}
	return s.layOut(ctx)
}

// layOut turns the batch into records. The header is settled by the first of
// them, so a column that comes before costs no restart.
func (s *slice) layOut(ctx context.Context) error {
	defer s.dropBatch()
	if len(s.batch) > 0 {
		s.rows.writeHeader()
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

// dropBatch forgets the customers whose rows are laid out, or discarded.
func (s *slice) dropBatch() {
	for _, o := range s.batch {
		o.body.close()
	}
	clear(s.batch)
	s.batch, s.batchSize = s.batch[:0], 0
}

func (s *slice) addLine(ctx context.Context, o outcome) error {
	s.cp.AddLine(o.failure.Class)
	s.logFailure(ctx, o)
	s.lines.writeHeader()
	_, err := s.lines.in(ctx).Write(o.line().Append(nil))
	return err
}

func (s *slice) logFailure(ctx context.Context, o outcome) {
	level := slog.LevelWarn
	if o.failure.Class.HasNothing() || o.failure.Class == run.Excluded {
		level = slog.LevelInfo
	}
	s.log.LogAttrs(ctx, level, o.failure.Message,
		slog.String("customer", o.customer.Label()), slog.String("class", string(o.failure.Class)),
		slog.String("correlation", o.failure.CorrelationID))
}
