// Package records makes a CSV of a stream of JSON records.
//
// It promises: columns are in the order in which the records first have them, and
// all records have all columns; what only describes a record (names with an @) is
// left out. Values are written as PowerShell would show them, booleans as True
// and False, null as nothing, numbers and texts as they came, and lists and
// objects as JSON. A record is written as it arrives, so no page is held in memory.
package records

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// mostColumns is far more than any cmdlet's records have: some have four hundred.
const mostColumns = 2000

// longest is the most that a table may have, in bytes.
const longest = 512 << 20

// Unfit is the error of what arrives whole and makes no table. It says why, in a
// fragment such as "a record is not an object".
type Unfit string

// Error implements error.
func (u Unfit) Error() string { return string(u) }

// Table writes records as CSV (RFC 4180, CRLF). A value's bytes are written as
// they are: encoding/csv would drop carriage returns, and write a lone empty
// value as a blank line.
type Table struct {
	into    *bufio.Writer
	columns []string
	index   map[string]int // of a column, by its own spelling
	cells   []string       // of the record at hand
	written int            // columns in the header; zero before it is written
	rows    int
	seen    int
	keep    func(value func(name string) string) bool
	size    int  // bytes written
	only    bool // no further columns
}

// NewTable returns a table that has these columns at least. All spellings of a
// name (upper and lower case) are one column, under the first of them; where one
// record has several, the last one's value counts.
func NewTable(into io.Writer, columns []string) *Table {
	t := &Table{into: bufio.NewWriterSize(into, 32<<10), index: map[string]int{}}
	for _, name := range columns {
		t.column(name)
	}
	return t
}

// NewSelection returns a table that has these columns and no others, whatever the
// records have. As in PowerShell, a column that no record has is empty.
func NewSelection(into io.Writer, columns []string) *Table {
	t := NewTable(into, columns)
	t.only = true
	return t
}

// column returns the place of a column, a new one behind all others; it is -1
// where no further ones are wanted.
func (t *Table) column(name string) int {
	if i, known := t.index[name]; known {
		return i
	}
	i := slices.IndexFunc(t.columns, func(column string) bool { return strings.EqualFold(column, name) })
	if i < 0 && !t.only {
		i = len(t.columns)
		t.index[name] = i
		t.columns = append(t.columns, name)
		t.cells = append(t.cells, "")
	}
	return i
}

// Columns returns the columns of all records so far.
func (t *Table) Columns() []string { return t.columns }

// Rows returns how many records there were so far.
func (t *Table) Rows() int { return t.rows }

// Seen returns how many records the arrays had so far, those that make no row
// among them.
func (t *Table) Seen() int { return t.seen }

// Keep has keep say of each record from now on whether it makes a row. It is given
// the text of a property by its name, which knows no case; "" for none.
func (t *Table) Keep(keep func(value func(name string) string) bool) { t.keep = keep }

// Complete reports whether the header has the columns of every record. Where it
// lacks some, the rest was not written: the records must be added once more, to a
// table that has these Columns from its beginning.
func (t *Table) Complete() bool { return t.rows == 0 || t.written == len(t.columns) }

// Add adds the records of the JSON array that the decoder is in front of, and
// writes them. Its errors are Unfit, the decoder's and the writer's.
func (t *Table) Add(decoder *json.Decoder) error {
	for record, err := range read(decoder) {
		if err != nil {
			return err
		}
		if t.add(record); len(t.columns) > mostColumns {
			return Unfit(fmt.Sprintf("it has more than %d columns", mostColumns))
		}
		if t.size > longest {
			return Unfit(fmt.Sprintf("it is longer than %d MiB", longest>>20))
		}
	}
	return t.into.Flush()
}

// add takes a record in. One that has nothing but descriptions is none. Errors of
// writing come back from Flush.
func (t *Table) add(record []field) {
	t.seen++
	if len(record) == 0 || t.keep != nil && !t.keep(named(record)) {
		return
	}
	clear(t.cells)
	for _, f := range record {
		if i := t.column(f.name); i >= 0 {
			t.cells[i] = f.text
		}
	}
	t.rows++
	if t.written == 0 {
		t.written = len(t.columns)
		t.writeRecord(t.columns)
	}
	if t.Complete() {
		t.writeRecord(t.cells)
	}
}

func named(record []field) func(string) string {
	return func(name string) string {
		for _, f := range record {
			if strings.EqualFold(f.name, name) {
				return f.text
			}
		}
		return ""
	}
}

func (t *Table) writeRecord(cells []string) {
	for i, cell := range cells {
		t.size += len(cell) + len(",")
		if i > 0 {
			t.into.WriteByte(',')
		}
		if strings.ContainsAny(cell, ",\"\r\n") || cell == "" && len(cells) == 1 {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		t.into.WriteString(cell)
	}
	t.into.WriteString("\r\n")
}
