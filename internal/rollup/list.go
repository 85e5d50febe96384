package rollup

import (
	"context"
	"fmt"
	"log/slog"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// freezeList writes down the run's customers, once for the whole run, and records
// that it did. Only then is the first customer asked.
func (s *slice) freezeList(ctx context.Context) error {
	if s.cp.List > 0 {
		return nil
	}
	if err := s.call.AnswerableOn(s.key.Date, report.DateOf(s.claimedAt)); err != nil {
		return &run.Failure{Class: run.ServiceFault, Message: fmt.Sprintf("%s can't be asked: %v.", s.call, err), Remedy: "Change the call in REPORTS."}
	}
	customers, base, err := s.findCustomers(ctx)
	if err != nil {
		return err
	}
	if err := s.rollup.Store.WriteList(ctx, s.key, s.version, s.cp, customers, base); err != nil {
		return err
	}
	s.cp.List, s.cp.Customers = s.cp.Slices, base.WithData+len(customers)
	s.cp.Counts, s.cp.MD5 = base.Counts, base.MD5
	s.log.LogAttrs(ctx, slog.LevelDebug, fmt.Sprintf("Found %d customers", len(customers)))
	if err := s.openFiles(); err != nil { // first: see restart
		return err
	}
	return s.save(ctx)
}

// findCustomers returns the customers that the run asks, and what it builds on.
func (s *slice) findCustomers(ctx context.Context) ([]run.Customer, run.Base, error) {
	if s.cp.Scope == run.ScopeFailed {
		return s.findFailed(ctx)
	}
	if err := s.signIn(ctx); err != nil {
		return nil, run.Base{}, err
	}
	customers, base, err := s.access.Lister.Customers(ctx)
	if err == nil && len(customers) == 0 {
		err = &run.Failure{Class: run.PartnerCredential, Message: "No customers were found."}
	}
	return customers, base, err
}

// findFailed returns the customers without data of the publication. The current
// filters decide which of them are excluded.
func (s *slice) findFailed(ctx context.Context) ([]run.Customer, run.Base, error) {
	customers, base, err := s.rollup.Store.WithoutData(ctx, s.key)
	if err != nil || len(customers) == 0 {
		return nil, base, err
	}
	if err := s.signIn(ctx); err != nil {
		return nil, run.Base{}, err
	}
	if base.Notes, err = s.access.Filter.Ready(ctx); err != nil {
		return nil, run.Base{}, err
	}
	for i := range customers {
		if customers[i].Excluded, err = s.access.Filter.RulesOut(ctx, customers[i]); err != nil {
			return nil, run.Base{}, err
		}
	}
	return customers, base, nil
}
