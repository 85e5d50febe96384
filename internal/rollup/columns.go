package rollup

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"tenantrollup/internal/csvmerge"
	"tenantrollup/internal/run"
)

// learnColumns puts the columns of the report's last publication first, so
// that a night does not start over for a column that yesterday had.
func (s *slice) learnColumns(ctx context.Context) error {
	if s.cp.Cursor > 0 || len(s.cp.Columns) > 0 || s.cp.Scope == run.ScopeFailed {
		return nil
	}
	_, last, err := s.rollup.Store.LastPublished(ctx, s.key.Report, s.cp.Call, s.key.Date)
	if err != nil {
		return err
	}
	learned := slices.DeleteFunc(slices.Clone(last.Columns), func(name string) bool { return slices.Contains(last.Unseen, name) })
	s.cp.Columns = csvmerge.Distinct(learned)
	s.cp.Unseen = unseen(s.cp.Columns)
	s.layout.Add(s.cp.Columns)
	return nil
}

// unseen records that no customer has had these columns yet. If the record has no
// room for that, they count as seen, and the next night learns them, too.
func unseen(columns []string) []string {
	if !run.ColumnsFit(slices.Concat(columns, columns)...) {
		return nil
	}
	return slices.Clone(columns)
}

// admitColumns returns a failure if a report's columns can't get into the
// file, and errWiderHeader if only a restart gets them there.
func (s *slice) admitColumns(columns []string) (*run.Failure, error) {
	missing := s.layout.Missing(columns)
	switch {
	case !run.ColumnsFit(append(slices.Clone(s.cp.Columns), missing...)...):
		return s.tooWide(len(columns)), nil
	case len(missing) == 0 || !s.rows.headed:
		return nil, nil
	case !s.mayWiden():
		return malformed(fmt.Sprintf("new column %q, which the file does not have: run all", missing[0])), nil
	}
	s.cp.Columns = append(s.cp.Columns, missing...)
	return nil, errWiderHeader
}

// tooWide is the failure of a report with more columns than a record has room for.
func (s *slice) tooWide(columns int) *run.Failure {
	failure := malformed(fmt.Sprintf("the names of its %d columns are longer than what a run can note", columns))
	failure.Remedy = cmp.Or(s.call.HowToNarrow(), failure.Remedy)
	return failure
}

// addColumns notes the columns of a customer with data.
func (s *slice) addColumns(columns []string) {
	if s.layout.Add(columns) {
		s.cp.Columns = s.layout.Columns()
	}
	s.cp.Unseen = slices.DeleteFunc(s.cp.Unseen, func(name string) bool {
		return slices.ContainsFunc(columns, func(column string) bool { return strings.EqualFold(column, name) })
	})
	if !run.ColumnsFit(slices.Concat(s.cp.Columns, s.cp.Unseen)...) {
		s.cp.Unseen = nil
	}
}
