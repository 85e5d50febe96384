// Package run holds the words in which a run is told: what was asked for
// (Message), who was asked (Customer), what each answered (Outcome classes and
// Failure), how far it got (Checkpoint) and what came of it (Record). A run is
// one report on one date. The package does no I/O; every text form that it
// writes, it reads back to the same value or refuses with an error that names
// the field.
//
// It exports more names than most packages because these are the nouns that
// all the others speak in.
package run

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"tenantrollup/internal/report"
)

// Key says which run: one report on one date.
type Key struct {
	Report string
	Date   report.Date
}

func (k Key) String() string { return k.Report + "/" + string(k.Date) }

// ParseKey reads a report's name and a date. An error names the one that is
// wrong.
func ParseKey(name, date string) (Key, error) {
	if err := report.ValidName(name); err != nil {
		return Key{}, err
	}
	day, err := report.ParseDate(date)
	if err != nil {
		return Key{}, err
	}
	return Key{Report: name, Date: day}, nil
}

// Scope says which customers a run asks.
type Scope string

const (
	ScopeMissing Scope = "missing" // all, if the report isn't there yet: the night's
	ScopeAll     Scope = "all"     // all, in place of an earlier publication
	ScopeFailed  Scope = "failed"  // those without data in the publication
)

// State is how far a run is. The rules tell only published, publishing and
// the rest apart.
type State string

const (
	StateQueued     State = "queued"
	StateRunning    State = "running"
	StatePublishing State = "publishing"
	StatePublished  State = "published"
	StateStopped    State = "stopped"
)

// What a store may answer besides success and failure.
var (
	// ErrRefused: a conditional write found that somebody else had written.
	// Whoever gets it writes nothing more.
	ErrRefused = errors.New("another invocation has written this run in the meantime")
	// ErrNoRun: nothing is known of the run that was asked for.
	ErrNoRun = errors.New("there is no such run")
	// ErrNotPublished: there is no publication whose failed customers could be
	// asked again.
	ErrNotPublished = errors.New("nothing was published for this run yet")
	// ErrBusy: the run of the failed customers that is under way comes first.
	ErrBusy = errors.New("a rerun of the failed customers is under way")
	// ErrBlocksLost: staged rows are no longer there.
	ErrBlocksLost = errors.New("staged rows are gone from storage")
	// ErrListLost: the frozen customer list is not the one that the record notes.
	ErrListLost = errors.New("the run's customer list is gone from storage")
)

// Random yields random numbers for ids and turns.
type Random func() uint32

// NewID returns a run's id: 8 random hex digits.
func NewID(random Random) string { return fmt.Sprintf("%08x", random()) }

// Turn orders the messages of one run: "<4 digits>-<8 random hex digits>",
// compared as text. Of two messages the one with the higher turn may work.
type Turn string

var (
	idForm   = regexp.MustCompile(`^[0-9a-f]{8}$`)
	turnForm = regexp.MustCompile(`^[0-9]{4}-[0-9a-f]{8}$`)
)

const lastTurn = 9999

// FirstTurn is the turn of a run's first message.
func FirstTurn(random Random) Turn { return turn(1, random) }

// Next returns a turn that is higher than t.
func (t Turn) Next(random Random) Turn {
	n, _ := strconv.Atoi(string(t[:4]))
	return turn(min(n+1, lastTurn), random)
}

func turn(n int, random Random) Turn { return Turn(fmt.Sprintf("%04d-%08x", n, random())) }

// File is one of the two files that a run publishes.
type File string

const (
	CSV      File = "csv"
	ErrorLog File = "errors"
)

// BlockID names one staged block of a file: the run, the slice that staged it
// and its place among the blocks of that slice. The length is the same for
// ever: Azure refuses ids of another length on a blob that has staged blocks.
func BlockID(run string, slice, sequence int) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s-%04d-%06d", run, slice, sequence))
}

// Sink takes one report's body. Reset throws away what was written, before
// the body is fetched anew.
type Sink interface {
	io.Writer
	Reset()
}

// IsBlockOf reports whether the id is one that BlockID made for the run.
func IsBlockOf(id, run string) bool {
	raw, err := base64.StdEncoding.DecodeString(id)
	return err == nil && strings.HasPrefix(string(raw), run+"-")
}
