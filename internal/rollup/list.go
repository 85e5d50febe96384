package rollup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// freezeList writes the run's customers down, once for the whole run, and
// notes in the record that it did. Only then is the first customer asked.
func (s *slice) freezeList(ctx context.Context) error {
	if s.cp.List > 0 {
		return nil
	}
	if err := s.call.AnswerableOn(s.key.Date, report.DateOf(s.started)); err != nil {
		return &run.Failure{Class: run.ServiceFault, Message: fmt.Sprintf("%s can't be asked: %v.", s.call, err), Remedy: "Change the call in REPORTS."}
	}
	customers, base, err := s.findCustomers(ctx)
	if err != nil {
		return err
	}
	if err := s.Store.WriteList(ctx, s.key, s.version, s.cp, customers, base); err != nil {
		return err
	}
	s.cp.List, s.cp.Customers = s.cp.Slices, base.WithData+len(customers)
	s.cp.Counts, s.cp.MD5 = base.Counts, base.MD5
	s.log.LogAttrs(ctx, slog.LevelDebug, fmt.Sprintf("Found %d customers", len(customers)))
	if err := s.restoreWriters(); err != nil { // first: see restart
		return err
	}
	return s.save(ctx)
}

// findCustomers returns whom the run asks and what it builds upon.
func (s *slice) findCustomers(ctx context.Context) ([]run.Customer, run.Base, error) {
	if s.cp.Scope == run.ScopeFailed {
		return s.Store.WithoutData(ctx, s.key)
	}
	if err := s.signIn(ctx); err != nil {
		return nil, run.Base{}, err
	}
	customers, sources, err := s.access.Lister.Customers(ctx)
	if err == nil && len(customers) == 0 {
		err = &run.Failure{Class: run.PartnerCredential, Message: "No customers were found."}
	}
	return customers, run.Base{Sources: sources}, err
}

// learnColumns puts the columns of the report's last publication first, so
// that a night does not start over for a column that yesterday had.
func (s *slice) learnColumns(ctx context.Context) error {
	if s.cp.Cursor > 0 || len(s.cp.Columns) > 0 || s.cp.Scope == run.ScopeFailed {
		return nil
	}
	_, last, err := s.Store.LastPublished(ctx, s.key.Report, s.cp.Call, s.key.Date)
	if err != nil {
		return err
	}
	for _, column := range last.Columns {
		if !slices.Contains(last.Unseen, column) {
			s.cp.Columns = append(s.cp.Columns, column)
		}
	}
	s.cp.Unseen = unseen(s.cp.Columns)
	s.layout.Add(s.cp.Columns)
	return nil
}

// droppedShare is the loss of customers against the last publication, in
// percent, that is worth a warning.
const droppedShare = 20

// warnOfRun warns of what concerns the run as a whole: a credential that ends
// soon, far fewer customers than last time or none from a source that had some,
// or the present's data in a report of an earlier date.
func (s *slice) warnOfRun(ctx context.Context) error {
	for _, warning := range s.access.Warnings {
		s.warn(ctx, run.WarnCredentialExpiring, warning)
	}
	if s.cp.Scope == run.ScopeFailed {
		if today := report.DateOf(s.started); s.call.AsOfNow() && today != s.key.Date {
			s.warn(ctx, run.WarnMixedDates, fmt.Sprintf("the customers asked again answered as of %s", today))
		}
		return nil
	}
	key, last, err := s.Store.LastPublished(ctx, s.key.Report, s.cp.Call, s.key.Date)
	if err != nil || last.Run == "" {
		return err
	}
	if lost := last.Customers - s.cp.Customers; lost*100 > last.Customers*droppedShare {
		s.warn(ctx, run.WarnCustomersDropped, fmt.Sprintf("%d customers, %d fewer than in the last publication", s.cp.Customers, lost))
	}
	return s.warnOfSources(ctx, key, last)
}

// warnOfSources warns of a source that answers empty after having had customers:
// Microsoft answers so to those who may not see them any more.
func (s *slice) warnOfSources(ctx context.Context, key run.Key, last run.Checkpoint) error {
	before, err := s.Store.Base(ctx, key, last)
	if errors.Is(err, run.ErrListLost) {
		return nil // another run has begun on that date since
	}
	if err != nil {
		return err
	}
	now, err := s.Store.Base(ctx, s.key, s.cp)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(now.Sources)) {
		if now.Sources[name] == 0 && before.Sources[name] > 0 {
			s.warn(ctx, run.WarnSourceEmpty, fmt.Sprintf("%s of CUSTOMERS_FROM has no customers, and had %d in the last publication; see that the app may still read it",
				name, before.Sources[name]))
		}
	}
	return nil
}

// warn counts a warning and names it in the log.
func (s *slice) warn(ctx context.Context, class run.Class, message string, about ...slog.Attr) {
	s.cp.AddWarning(class)
	s.log.LogAttrs(ctx, slog.LevelWarn, message, append(about, slog.String("class", string(class)))...)
}

// unseen notes that no customer has had these columns yet. Where the record has no
// room for that, they are taken as seen, and taught to the next night.
func unseen(columns []string) []string {
	if !run.ColumnsFit(slices.Concat(columns, columns)...) {
		return nil
	}
	return slices.Clone(columns)
}
