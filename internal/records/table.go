// Package records makes a CSV of a stream of JSON records.
//
// It promises that columns are in the order in which the records first have them,
// or in that of a selection, and that what only describes a record (names with an
// @) is left out. Values are written as PowerShell would show them: booleans as
// True and False, null as nothing, numbers and texts as they came. An object is
// JSON, or it spreads: its members are columns, however deep they are. A list is
// JSON; if objects spread, a list of plain values is written with semicolons
// between them.
//
// A record is written as it arrives: no more of a page is held in memory. Columns
// that turn up later make the following records longer than those before: the body
// has no header line, and its reader pads the shorter ones.
package records

import (
	"bytes"
	"fmt"
	"io"
)

const (
	// mostColumns is far more than any cmdlet's records have: some have four hundred.
	mostColumns = 2000
	// longestHeader limits all column names together, in bytes.
	longestHeader = 64 << 10
	// longest is the largest size of a table, in bytes.
	longest = 512 << 20
	// chunk is how much is written at once, in bytes.
	chunk = 32 << 10
)

// Options say which columns a table has.
type Options struct {
	// Columns are the only ones, in this order; nil means all that the records
	// have. As in PowerShell, one that no record has is empty. If objects spread, a
	// selected object has all of its members, and a/b is only the member b of a.
	Columns []string
	// Spread makes columns of the members of objects: enabled in prepaidUnits is
	// prepaidUnits.enabled.
	Spread bool
	// Beside adds a column, if there is the one that it belongs to.
	Beside *Beside
}

// Beside is a column that the records do not have.
type Beside struct {
	Column string // the column in front of it
	Name   string
	Text   func(of []byte) string // the cell's text, from that of the cell in front of it
}

// Table writes records as CSV (RFC 4180, CRLF), without a header line. A value's
// bytes are written as they are: encoding/csv would drop carriage returns, and
// write a lone empty value as a blank line.
type Table struct {
	into   io.Writer
	spread bool
	beside besides
	keep   keeping

	root      *property
	columns   []column
	header    int // bytes of all names
	spellings int // names that are known as they are written

	// Of the current record.
	record     wellFormed
	cells      []cell // by column
	properties int    // including those of no interest
	text       []byte // of the cells that are not as they came
	lists      []byte // of those that are lists

	out        []byte
	rows, seen int
	size       int // bytes written
}

type column struct {
	name   string
	filled bool // some record has a value there
	shared bool // properties of different places have this name
}

// NewTable returns a table. All spellings of a name (upper and lower case) are one
// column, under the first of them; if one record has several, the last one's value
// counts.
func NewTable(into io.Writer, o Options) *Table {
	t := &Table{into: into, spread: o.Spread, beside: besides{Beside: o.Beside}, root: &property{column: none}, out: make([]byte, 0, 2*chunk)}
	for _, name := range o.Columns {
		t.choose(name)
	}
	t.root.chosen = o.Columns != nil
	return t
}

// Columns returns the names of the columns of all records so far.
func (t *Table) Columns() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}

// Rows returns how many records there were so far.
func (t *Table) Rows() int { return t.rows }

// Seen returns how many records the arrays had so far, including those that make no
// row.
func (t *Table) Seen() int { return t.seen }

// begin makes room for a record.
func (t *Table) begin(record []byte) {
	t.record = record
	t.text, t.lists, t.properties = t.text[:0], t.lists[:0], 0
	clear(t.cells)
	clear(t.keep.cells)
}

// end writes the record if it makes a row: one that has nothing but descriptions
// doesn't.
func (t *Table) end() error {
	t.seen++
	if t.properties == 0 || !t.keep.keeps() {
		return nil
	}
	t.addBeside()
	if len(t.columns) > mostColumns {
		return tooWide
	}
	if t.rows++; t.rows == 1 {
		t.arrange()
	}
	t.write()
	if len(t.out) < chunk {
		return nil
	}
	return t.flush()
}

func (t *Table) flush() error {
	if t.size += len(t.out); t.size > longest {
		return Unfit{Problem: fmt.Sprintf("it is longer than %d MiB", longest>>20)}
	}
	_, err := t.into.Write(t.out)
	t.out = t.out[:0]
	return err
}

// special are the bytes for which a cell is quoted.
var special = [256]bool{',': true, '"': true, '\r': true, '\n': true}

func (t *Table) write() {
	for i, c := range t.cells {
		if i > 0 {
			t.out = append(t.out, ',')
		}
		if c.plain || c.quoted {
			t.out = append(t.out, c.text...)
		} else {
			t.out = appendCell(t.out, c.text)
		}
	}
	if len(t.cells) == 1 && len(t.cells[0].text) == 0 {
		t.out = append(t.out, `""`...) // no blank line
	}
	t.out = append(t.out, "\r\n"...)
}

func appendCell(dst, text []byte) []byte {
	plain := true
	for _, b := range text {
		if special[b] {
			plain = false
			break
		}
	}
	if plain {
		return append(dst, text...)
	}
	return append(appendDoubled(append(dst, '"'), text), '"')
}

// appendDoubled appends a text with each quote doubled.
func appendDoubled(dst, text []byte) []byte {
	for {
		at := bytes.IndexByte(text, '"')
		if at < 0 {
			return append(dst, text...)
		}
		dst = append(append(dst, text[:at+1]...), '"')
		text = text[at+1:]
	}
}
