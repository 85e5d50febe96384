package rollup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// warn counts a warning and names it in the log.
func (s *slice) warn(ctx context.Context, class run.Class, message string, about ...slog.Attr) {
	s.cp.AddWarning(class)
	s.log.LogAttrs(ctx, slog.LevelWarn, message, append(about, slog.String("class", string(class)))...)
}

// warnOfCustomer warns about what the partner should look at in this outcome.
func (s *slice) warnOfCustomer(ctx context.Context, o outcome) {
	today, customer := report.DateOf(s.claimedAt), slog.String("customer", o.customer.Label())
	if ends := o.customer.Ends; ends != "" && ends <= today.AddDays(run.EndsSoonDays) && !o.customer.Excluded {
		s.warn(ctx, run.WarnRelationshipEnding, "the delegated relationship ends on "+string(ends), customer)
	}
	if o.failure != nil {
		return
	}
	for _, class := range slices.Sorted(maps.Keys(o.body.warned)) {
		s.warn(ctx, class, o.body.warned[class], customer)
	}
	if len(o.table.Concealed) > 0 && s.call.Kind() == report.Graph { // in other reports such digits are an id
		s.warn(ctx, run.WarnNamesConcealed, "names are concealed in "+strings.Join(o.table.Concealed, ", "), customer)
	}
	if o.table.UnreadableRefresh && s.call.AsOfNow() {
		s.warn(ctx, run.WarnStaleData, "the report has a refresh date that can't be read", customer)
	} else if newest := report.Date(o.table.NewestRefresh); newest != "" && s.call.AsOfNow() && newest < today.AddDays(-run.StaleDays) {
		s.warn(ctx, run.WarnStaleData, "the report was last refreshed on "+string(newest), customer)
	}
}

// warnOfCredential warns once in a run about a credential that ends soon. The slice has
// signed in, which the run's last one need not do.
func (s *slice) warnOfCredential(ctx context.Context) {
	if s.cp.Classes[run.WarnCredentialExpiring] > 0 {
		return
	}
	for _, warning := range s.access.Warnings {
		s.warn(ctx, run.WarnCredentialExpiring, warning)
	}
}

// warnOfRun warns about what concerns the run as a whole: far fewer customers than last
// time or none from a source that had some, or today's data in a report of an earlier
// date.
func (s *slice) warnOfRun(ctx context.Context) error {
	if asked := report.DateOf(s.askedAt()); s.call.AsOfNow() && asked > s.key.Date {
		s.warn(ctx, run.WarnMixedDates, fmt.Sprintf("customers were asked again, and answered as of %s", asked))
	}
	if s.cp.Scope == run.ScopeFailed {
		return nil
	}
	key, last, err := s.rollup.Store.LastPublished(ctx, s.key.Report, s.cp.Call, s.key.Date)
	if err != nil || last.Run == "" {
		return err
	}
	if lost := last.Customers - s.cp.Customers; lost*100 > last.Customers*run.DroppedPercent {
		s.warn(ctx, run.WarnCustomersDropped, fmt.Sprintf("%s, %d fewer than in the last publication", run.Customers(s.cp.Customers), lost))
	}
	return s.warnOfSources(ctx, key, last)
}

// askedAt is when customers were asked whose answers show that moment. A night may
// continue after midnight; what is asked again later belongs to another day.
func (s *slice) askedAt() time.Time {
	if s.cp.Scope == run.ScopeFailed {
		return s.claimedAt
	}
	return s.cp.Started
}

// warnOfSources warns about a source that is empty after having had customers: that
// is Microsoft's answer to an app that may no longer see them.
func (s *slice) warnOfSources(ctx context.Context, key run.Key, last run.Checkpoint) error {
	before, err := s.rollup.Store.Base(ctx, key, last)
	if errors.Is(err, run.ErrListLost) {
		return nil // another run has replaced that list since
	}
	if err != nil {
		return err
	}
	now, err := s.rollup.Store.Base(ctx, s.key, s.cp)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(now.Sources)) {
		if now.Sources[name] == 0 && before.Sources[name] > 0 {
			s.warn(ctx, run.WarnSourceEmpty, fmt.Sprintf("%s of CUSTOMERS_FROM has no customers, though it had %d in the last publication; check that the app may still read it",
				name, before.Sources[name]))
		}
	}
	return nil
}
