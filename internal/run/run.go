// Package run holds the nouns that describe a run: what was requested (Message),
// which customers are asked (Customer), what each of them answered (Class, Failure
// and Line), how far the run has come (Checkpoint), what it published (Record) and
// what people are told about it (Status). A run is one report on one date. The
// package does no I/O; every text form that it writes, it reads back to the same
// value or refuses with an error that names the field.
//
// It exports more names than most packages because all the others share these
// nouns.
package run

import (
	"errors"
	"io"
)

// Scope says which customers a run asks.
type Scope string

const (
	ScopeMissing Scope = "missing" // all, unless the report has already been published: the night's scope
	ScopeAll     Scope = "all"     // all, replacing an earlier publication
	ScopeFailed  Scope = "failed"  // only those without data in the publication
)

// State is how far a run has come. The rules distinguish only between published,
// publishing, held and the rest.
type State string

const (
	StateQueued     State = "queued"
	StateRunning    State = "running"
	StatePublishing State = "publishing"
	StatePublished  State = "published"
	StateStopped    State = "stopped"
	StateHeld       State = "held" // whole, but too poor to replace what is published

	// StateUnreadable is the state in the Status of a run whose record was
	// edited by hand or written by another version. No record contains it.
	StateUnreadable State = "unreadable"
)

// Answers of a store other than success and failure.
var (
	// ErrRefused: a conditional write found that somebody else had written in
	// the meantime. Whoever gets it writes nothing more.
	ErrRefused = errors.New("another invocation has written this run in the meantime")
	// ErrNoRun: nothing is known of the requested run.
	ErrNoRun = errors.New("there is no such run")
	// ErrNotPublished: there is no publication whose failed customers could be
	// asked again.
	ErrNotPublished = errors.New("nothing has been published for this run yet")
	// ErrBusy: a run of the failed customers is under way and must end first.
	ErrBusy = errors.New("a rerun of the failed customers is under way")
	// ErrNoMatch: none of the customers that a request names has failed.
	ErrNoMatch = errors.New("none of the requested customers is without data here")
	// ErrNotHeld: the run that was to be published as it is isn't held, or another
	// one is held now.
	ErrNotHeld = errors.New("no such run is held")
	// ErrRowsGone: the run was held for so long that storage may have dropped its
	// rows.
	ErrRowsGone = errors.New("the rows of the held run are no longer kept")
	// ErrBlocksLost: staged rows are no longer there.
	ErrBlocksLost = errors.New("staged rows are gone from storage")
	// ErrListLost: the frozen customer list is not the one that the record names.
	ErrListLost = errors.New("the run's customer list is gone from storage")
)

// File is one of the two files that a run publishes.
type File string

const (
	CSV      File = "csv"
	ErrorLog File = "errors"
)

// Sink takes the body of one report. Reset discards everything that was written,
// named and warned about so far, before the body is fetched again.
type Sink interface {
	io.Writer
	Reset()
	// Columns names the columns of a body that has no header line, once it is
	// written. Its records end with CRLF; shorter ones lack the last columns.
	Columns(names []string)
	// Warn says what there is to know about the body, once per class of warnings.
	// The message is a fragment, for the log.
	Warn(class Class, message string)
}
