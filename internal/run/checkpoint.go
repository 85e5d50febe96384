package run

import (
	"fmt"
	"time"

	"tenantrollup/internal/report"
)

// Checkpoint is how far a run has come: everything that the next slice needs to
// continue it. It is stored as the metadata of run.json.
type Checkpoint struct {
	Run      string
	Turn     Turn
	State    State
	Scope    Scope
	Call     string
	Slices   int // how many slices have claimed the run; also the number of the current one
	Restarts int
	List     int // number of the slice that wrote the customer list; 0: there is none yet

	Cursor    int // index of the next customer in the customer list
	Customers int // how many customers must be accounted for
	Counts

	Blocks   []Staged   // what each slice has staged, up to its last checkpoint
	Deferred []Deferral // customers set aside, to be asked again
	Columns  []string   // the report's own column names, in the file's order
	Unseen   []string   // those of Columns that an earlier night had, but no customer of this run so far
	MD5      []byte     // state of the CSV's MD5 hash, to be continued

	Started  time.Time
	Updated  time.Time
	Settings string // digest of the settings that affect the result
	Reason   string // why the run is stopped or held
	Note     string // note about the night, for the record: see Message

	Accept  Turn   // turn of the hold that somebody has accepted: it is published as it is
	Asked   Asked  // which customers a rerun of the failed customers asks
	Refusal string // the service's refusal of every customer so far: its code, or a digest of its words
}

// Counts adds up the customers that are accounted for.
type Counts struct {
	WithData, NoData, Failed, Excluded int

	Classes   Classes // those of the error log, and the warnings
	Rows      int
	Refreshed Span
}

// Span is the oldest and newest report refresh date among the customers.
type Span struct{ Oldest, Newest report.Date }

// Include extends the span to these dates, either of which may be empty.
func (s *Span) Include(oldest, newest report.Date) {
	if oldest != "" && (s.Oldest == "" || oldest < s.Oldest) {
		s.Oldest = oldest
	}
	s.Newest = max(s.Newest, newest)
}

// Staged counts the blocks that one slice has staged for each file.
type Staged struct{ Slice, CSV, Log int }

// Deferral is a customer set aside: its index in the customer list, how often
// it was asked, and the class of its first failure.
type Deferral struct {
	Index, Tries int
	Class        Class
}

// Base is stored with a run's customer list. For a rerun of the failed
// customers it is what the rerun adds to: the publication's counts of customers
// with data, and the state of its CSV's MD5 hash. For any other run it is how
// many customers each source returned, and the warnings about the sources.
type Base struct {
	Counts
	MD5     []byte
	Sources Sources
	Notes   []string // about the filters, for the record
}

// Sources counts customers by the source that returned them.
type Sources map[string]int

// Done returns how many customers are accounted for.
func (c Counts) Done() int { return c.WithData + c.NoData + c.Failed + c.Excluded }

// WithoutData returns how many customers have a line in the error log.
func (c Counts) WithoutData() int { return c.NoData + c.Failed + c.Excluded }

// AddData counts a customer with data, and its rows.
func (c *Counts) AddData(rows int) {
	c.WithData++
	c.Rows += rows
}

// AddLine counts a customer without data under its class.
func (c *Counts) AddLine(class Class) {
	switch {
	case class.HasNothing():
		c.NoData++
	case class == Excluded:
		c.Excluded++
	default:
		c.Failed++
	}
	c.AddWarning(class)
}

// AddWarning counts a class without counting a customer.
func (c *Counts) AddWarning(class Class) {
	if c.Classes == nil {
		c.Classes = Classes{}
	}
	c.Classes[class]++
}

// Finished reports whether the run is published and needs no further slice.
func (c Checkpoint) Finished() bool { return c.State == StatePublished }

// Waits reports whether the run waits for a person: it is stopped, or held and not
// accepted.
func (c Checkpoint) Waits() bool {
	return c.State == StateStopped || c.State == StateHeld && c.Accept == ""
}

// CheckAccounts returns an error unless every customer is accounted for.
func (c Checkpoint) CheckAccounts() error {
	if c.Done() != c.Customers {
		return fmt.Errorf("accounts of the run: %d customers, but %d with data + %d no data + %d failed + %d excluded = %d",
			c.Customers, c.WithData, c.NoData, c.Failed, c.Excluded, c.Done())
	}
	return nil
}

// NoteStaged records how many blocks of each file the slice has staged in all.
func (c *Checkpoint) NoteStaged(slice, csv, log int) {
	if csv == 0 && log == 0 {
		return
	}
	last := len(c.Blocks) - 1
	if last >= 0 && c.Blocks[last].Slice == slice {
		c.Blocks[last] = Staged{slice, csv, log}
		return
	}
	c.Blocks = append(c.Blocks, Staged{slice, csv, log})
}

// BlockIDs returns the ids of a file's staged blocks in order.
func (c Checkpoint) BlockIDs(file File) []string {
	var ids []string
	for _, staged := range c.Blocks {
		n := staged.CSV
		if file == ErrorLog {
			n = staged.Log
		}
		for sequence := range n {
			ids = append(ids, BlockID(c.Run, staged.Slice, sequence))
		}
	}
	return ids
}
