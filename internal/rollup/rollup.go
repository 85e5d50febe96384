// Package rollup carries out a run, slice by slice: it freezes the list of
// customers, asks them in parallel, merges their reports in order, checkpoints its
// progress and publishes the whole in one step.
//
// It promises that every customer is accounted for, that each one's rows come from
// exactly one fetch, and that a slice that has lost its run to another one writes
// nothing more. It may be killed at any moment: the next slice continues from the
// last checkpoint.
//
// The states of a run:
//
//	no record ----- claim ----+
//	    |                     v
//	    | request          running ------ trouble ------> stopped
//	    v                  ^  |  ^                           |
//	 queued ---- claim ----+  |  +---------- claim ----------+
//	    ^                     |
//	    |            all done +------- too poor -------> held
//	    |                     v                           |
//	    |                 publishing <----- accepted -----+
//	    |                     |
//	    |                     | both files committed
//	    |                     v
//	    +----- request --- published
//
// A held run that is requested again, and a run whose blocks are lost while it is
// published, run again from the first customer.
//
// Trouble is the partner's own, such as an expired credential, or a failure of the
// message's last delivery. A restart takes a running run back to the first
// customer. A request also replaces a stopped rerun of the failed customers, and a
// stopped or held run of another call. If the service refuses a run for every
// customer, the run is stopped at its first customer.
//
// The states of a customer within a run:
//
//	asked ------- rows, or a lasting failure ------> done: with data, or with
//	  |                                         ^    a line in the error log
//	  | throttled, slow, or failing temporarily |               ^
//	  v                                         |               |
//	set aside -- after the others --> retried --+               |
//	  ^                                |  |                     |
//	  +------ the same once more ------+  +-- third try: given up
//
// An excluded customer is done without being asked, and so is one that was not
// reached before the run had to end.
package rollup

import (
	"context"
	"iter"
	"log/slog"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// Lister knows the partner's customers.
type Lister interface {
	// Customers reads the list of them, sorted by tenant id, and what there is to
	// say about it: how many each source has, warnings and notes. A *run.Failure
	// that is not transient is the partner's own trouble.
	Customers(ctx context.Context) ([]run.Customer, run.Base, error)
	// Identify returns the customer with its organization's name and initial
	// domain, or the best that is known if those may not be read.
	Identify(ctx context.Context, customer run.Customer) run.Customer
}

// Filter says which customers may not be asked, according to the current settings.
type Filter interface {
	// Ready reads what it needs to judge a customer, at most once, and returns
	// notes about what is odd in the settings. A *run.Failure that is not transient
	// is the partner's own trouble.
	Ready(ctx context.Context) (notes []string, err error)
	// RulesOut judges a customer of any list, however old. Call Ready first.
	RulesOut(ctx context.Context, customer run.Customer) (bool, error)
}

// Fetcher fetches one report of one customer into the sink. Its error is a
// *run.Failure.
type Fetcher interface {
	Fetch(ctx context.Context, customer run.Customer, call report.Call, date report.Date, into run.Sink) error
}

// Store keeps runs. Every write of state is conditional on the version that was
// read: one that came too late is run.ErrRefused. A *run.Failure describes any
// other refusal of storage.
type Store interface {
	// Read returns an empty version if there is no run.
	Read(ctx context.Context, key run.Key) (checkpoint run.Checkpoint, version string, err error)
	Write(ctx context.Context, key run.Key, version string, checkpoint run.Checkpoint) (newVersion string, err error)
	WriteList(ctx context.Context, key run.Key, version string, checkpoint run.Checkpoint, customers []run.Customer, base run.Base) error
	// Base and Customers read the list: run.ErrListLost if it isn't the
	// checkpoint's.
	Base(ctx context.Context, key run.Key, checkpoint run.Checkpoint) (run.Base, error)
	Customers(ctx context.Context, key run.Key, checkpoint run.Checkpoint, from int) iter.Seq2[run.Customer, error]
	Stage(ctx context.Context, key run.Key, file run.File, blockID string, data []byte) error
	// Publish fails with run.ErrBlocksLost if staged blocks are gone.
	Publish(ctx context.Context, key run.Key, version string, checkpoint run.Checkpoint) error
	LastPublished(ctx context.Context, reportName, call string, before report.Date) (run.Key, run.Checkpoint, error)
	// Dates returns the dates, from one to another, on which the report has a
	// record, oldest first.
	Dates(ctx context.Context, reportName string, from, to report.Date) ([]report.Date, error)
	// Published returns the record of the key's publication; its Run is empty if
	// there is none.
	Published(ctx context.Context, key run.Key) (run.Record, error)
	// WithoutData lists the customers without data of the publication.
	WithoutData(ctx context.Context, key run.Key) ([]run.Customer, run.Base, error)
}

// Notifier tells people about a run that was published or has stopped. It never
// fails a run.
type Notifier interface {
	Notify(ctx context.Context, key run.Key, checkpoint run.Checkpoint)
}

// Access is the partner's access to Microsoft.
type Access struct {
	Lister   Lister
	Filter   Filter
	Fetcher  Fetcher
	Warnings []string // about a credential that ends soon, with what to do
}

// Rollup does the work of runs with these collaborators.
type Rollup struct {
	Store Store
	// SignIn opens the partner's access to Microsoft for one slice. A
	// *run.Failure that is not transient is the partner's own trouble.
	SignIn   func(ctx context.Context) (Access, error)
	Notifier Notifier // nil: nobody is told
	// Watch is called for each customer that is done, one after another; it may be
	// nil.
	Watch  func(Step)
	Log    *slog.Logger
	Random run.Random

	// Concurrency is how many customers are in flight at most.
	Concurrency int
	// Settings is a digest of the settings that affect the result: a run that was
	// started with others starts over.
	Settings string
}

// Step is a customer that is done.
type Step struct {
	Done, Of int // customers of the run
	Customer run.Customer
	Failure  *run.Failure // why it has no data; nil if it has
}
