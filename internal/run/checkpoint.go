package run

import (
	"fmt"
	"time"

	"tenantrollup/internal/report"
)

// Checkpoint is how far a run is: all that the next slice needs to go on. It
// is kept as the metadata of the run record.
type Checkpoint struct {
	Run      string
	Turn     Turn
	State    State
	Scope    Scope
	Call     string
	Slices   int // slices that claimed the run so far; the current one's number
	Restarts int
	List     int // number of the slice that wrote the customer list, 0 where none did

	Cursor    int // index into the customer list of the next customer
	Customers int // how many customers there are to account for
	Counts

	Blocks   []Staged   // what each slice staged and checkpointed
	Deferred []Deferral // customers set aside, to be asked again
	Columns  []string   // the report's own column names, in the file's order
	Unseen   []string   // those of Columns that were learned and no customer has had yet
	MD5      []byte     // the running state of the CSV's MD5

	Started  time.Time
	Updated  time.Time
	Settings string // digest of the settings that shape the result
	Reason   string // why the run is stopped
}

// Counts sums up the customers that are done.
type Counts struct {
	WithData, NoData, Failed, Excluded int

	Classes   Classes // of the error log and of the warnings
	Rows      int
	Refreshed Span
}

// Span is the oldest and newest report refresh date among the customers.
type Span struct{ Oldest, Newest report.Date }

// Include widens the span. Empty dates leave it as it is.
func (s *Span) Include(oldest, newest report.Date) {
	if oldest != "" && (s.Oldest == "" || oldest < s.Oldest) {
		s.Oldest = oldest
	}
	s.Newest = max(s.Newest, newest)
}

// Staged counts the blocks that one slice staged of each file.
type Staged struct{ Slice, CSV, Log int }

// Deferral is a customer set aside: its index in the list, how often it was
// tried, and the class of its first failure.
type Deferral struct {
	Index, Tries int
	Class        Class
}

// Base is what is frozen with a run's customers: of a rerun of the failed ones
// what it builds upon, which is what the publication counts of those who had
// data and the running state of its CSV's MD5; of any other run how many
// customers each source knew.
type Base struct {
	Counts
	MD5     []byte
	Sources Sources
}

// Sources counts customers by where they were found.
type Sources map[string]int

// Done is how many customers are accounted for.
func (c Counts) Done() int { return c.WithData + c.NoData + c.Failed + c.Excluded }

// WithoutData is how many customers have a line in the error log.
func (c Counts) WithoutData() int { return c.NoData + c.Failed + c.Excluded }

// AddData counts a customer with data.
func (c *Counts) AddData(rows int) {
	c.WithData++
	c.Rows += rows
}

// AddLine counts a customer without data under its class.
func (c *Counts) AddLine(class Class) {
	switch class {
	case NoData:
		c.NoData++
	case Excluded:
		c.Excluded++
	default:
		c.Failed++
	}
	c.AddWarning(class)
}

// AddWarning counts a class that costs no data.
func (c *Counts) AddWarning(class Class) {
	if c.Classes == nil {
		c.Classes = Classes{}
	}
	c.Classes[class]++
}

// Finished reports whether the run needs no further slice.
func (c Checkpoint) Finished() bool { return c.State == StatePublished }

// CheckAccounts returns an error unless every customer is accounted for.
func (c Checkpoint) CheckAccounts() error {
	if c.Done() != c.Customers {
		return fmt.Errorf("accounts of the run: %d customers, but %d with data + %d without + %d failed + %d excluded = %d",
			c.Customers, c.WithData, c.NoData, c.Failed, c.Excluded, c.Done())
	}
	return nil
}

// NoteStaged notes that the slice has staged these many blocks in all.
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

// BlockIDs lists the staged blocks of a file in order.
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
