// Package rollup carries a run out, slice by slice: it freezes the list of
// customers, asks them in parallel, merges their reports in order, checkpoints
// its progress and publishes the whole in one step.
//
// It promises that every customer is accounted for, that each one's rows come
// from exactly one attempt, and that a slice which has lost its run to another
// writes nothing more. It may be killed at any moment: the next slice goes on
// from the last checkpoint.
package rollup

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// Lister knows the partner's customers.
type Lister interface {
	// Customers lists them anew, sorted by tenant id, and counts them by
	// source. A *run.Failure that is not transient is the partner's own trouble.
	Customers(ctx context.Context) ([]run.Customer, run.Sources, error)
	// Identify returns the customer under its organization's name and initial
	// domain, or the best that is known of them where those may not be read.
	Identify(ctx context.Context, customer run.Customer) run.Customer
}

// Fetcher fetches one report of one customer into the sink. Its error is a
// *run.Failure.
type Fetcher interface {
	Fetch(ctx context.Context, customer run.Customer, call report.Call, date report.Date, into run.Sink) error
}

// Store keeps runs. Every write of state is conditional on the version that
// was read: one that came too late is run.ErrRefused. A *run.Failure says what
// else storage refuses.
type Store interface {
	Read(ctx context.Context, key run.Key) (checkpoint run.Checkpoint, version string, err error)
	Write(ctx context.Context, key run.Key, version string, checkpoint run.Checkpoint) (newVersion string, err error)
	WriteList(ctx context.Context, key run.Key, version string, checkpoint run.Checkpoint, customers []run.Customer, base run.Base) error
	Base(ctx context.Context, key run.Key, checkpoint run.Checkpoint) (run.Base, error)
	Customers(ctx context.Context, key run.Key, checkpoint run.Checkpoint, from int) iter.Seq2[run.Customer, error]
	Stage(ctx context.Context, key run.Key, file run.File, blockID string, data []byte) error
	Publish(ctx context.Context, key run.Key, version string, checkpoint run.Checkpoint) error
	LastPublished(ctx context.Context, reportName, call string, before report.Date) (run.Key, run.Checkpoint, error)
	// WithoutData lists the customers without data of the publication.
	WithoutData(ctx context.Context, key run.Key) ([]run.Customer, run.Base, error)
}

// Notifier tells people of a run that was published or has stopped. It never
// fails a run.
type Notifier interface {
	Notify(ctx context.Context, key run.Key, checkpoint run.Checkpoint)
}

// Access is the partner's access to Microsoft.
type Access struct {
	Lister   Lister
	Fetcher  Fetcher
	Warnings []string // of a credential that ends soon, with what to do
}

// Rollup does the work of runs with these collaborators.
type Rollup struct {
	Store Store
	// SignIn opens the partner's access to Microsoft for one slice. A
	// *run.Failure that is not transient is the partner's own trouble.
	SignIn   func(ctx context.Context) (Access, error)
	Notifier Notifier // nil: nobody is told
	Log      *slog.Logger
	Random   run.Random

	// Concurrency is how many customers are in flight at most.
	Concurrency int
	// Settings is a digest of the settings that shape the result: a run that
	// was begun under others starts over.
	Settings string
}

// Durations that rule a slice.
const (
	checkpointEvery = 10 * time.Second
	customerLimit   = 5 * time.Minute  // for one customer in all
	headLimit       = 30 * time.Second // for the customer that the window waits for
	runLimit        = 24 * time.Hour   // for a run in all
	saveLimit       = 20 * time.Second // for the last checkpoint
	retryPause      = 2 * time.Second  // before a customer is asked again
	endingSoon      = 14               // days before a relationship ends
	staleAfter      = 5                // days after a report's refresh date
)

const (
	triesLimit    = 3 // of one customer
	restartsLimit = 10
	slicesLimit   = 300 // that have staged blocks: more would not fit the record
)

// Slice works on the message's run until it is published or ctx is nearly
// over. It returns the message that continues the run, or nil where nothing is
// left to do for this one. last says that no redelivery follows a failure.
//
// An error means that the message must come back. A run whose partner can't
// be signed in, or has no customers, is left stopped with the reason.
func (r *Rollup) Slice(ctx context.Context, m run.Message, last bool) (*run.Message, error) {
	s, answer, err := r.claim(ctx, m)
	if err != nil || s == nil {
		return answer, err
	}
	defer s.close()
	finished, err := s.work(ctx)
	if err != nil {
		return nil, s.fail(ctx, err, last)
	}
	if finished {
		return nil, nil
	}
	return new(s.continuation()), nil
}

func (s *slice) continuation() run.Message {
	return run.Message{
		Run: s.cp.Run, Turn: s.cp.Turn.Next(s.Random),
		Report: s.key.Report, Call: s.cp.Call, Date: s.key.Date, Scope: s.cp.Scope,
	}
}

// work does a slice's work, from the beginning again as often as the run
// restarts.
func (s *slice) work(ctx context.Context) (finished bool, err error) {
	for {
		finished, err := s.attempt(ctx)
		switch {
		case errors.Is(err, errWiderHeader):
			err = s.restart(ctx, "a column turned up that the rows already staged don't have", sameList)
		case errors.Is(err, run.ErrBlocksLost):
			err = s.restart(ctx, err.Error(), sameListNewStart)
		case errors.Is(err, run.ErrListLost):
			if s.cp.Scope != run.ScopeFailed {
				err = s.restart(ctx, err.Error(), newListSameStart)
			}
		default:
			return finished, err
		}
		if s.cp.Scope == run.ScopeFailed && errors.Is(err, run.ErrListLost) { // nobody else knows whom to ask
			err = &run.Failure{Class: run.ServiceFault, Message: err.Error() + ".", Remedy: "Ask for the run again."}
		}
		if err != nil {
			return false, err
		}
	}
}

func (s *slice) attempt(ctx context.Context) (finished bool, err error) {
	if s.cp.State != run.StatePublishing {
		if err := s.freezeList(ctx); err != nil {
			return false, err
		}
		finished, err := s.collect(ctx)
		if err != nil || !finished {
			return false, err
		}
	}
	return true, s.publish(ctx)
}

func (s *slice) signIn(ctx context.Context) error {
	if s.access.Lister != nil {
		return nil
	}
	access, err := s.SignIn(ctx)
	if err != nil {
		return err
	}
	s.access = access
	return nil
}

func (s *slice) notify(ctx context.Context) {
	if s.Notifier != nil {
		s.Notifier.Notify(ctx, s.key, s.cp)
	}
}
