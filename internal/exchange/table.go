package exchange

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"tenantrollup/internal/run"
)

// mostColumns is far more than any cmdlet's records have: some have four hundred.
const mostColumns = 2000

// longest is the most that a report may have, in bytes.
const longest = 512 << 20

// table writes records as CSV (RFC 4180, CRLF). A value's bytes are written as
// they are: encoding/csv would drop carriage returns, and write a lone empty
// value as a blank line.
type table struct {
	into    *bufio.Writer
	columns []string
	index   map[string]int // of a column
	cells   []string       // of the record at hand
	written int            // columns in the header; zero before it is written
	rows    int
	size    int // bytes written
}

// newTable returns a table that has these columns at least.
func newTable(into io.Writer, columns []string) *table {
	t := &table{into: bufio.NewWriterSize(into, 32<<10), index: map[string]int{}}
	for _, name := range columns {
		t.column(name)
	}
	return t
}

// column returns the place of a column, a new one behind all others.
func (t *table) column(name string) int {
	i, known := t.index[name]
	if !known {
		i = len(t.columns)
		t.index[name] = i
		t.columns = append(t.columns, name)
		t.cells = append(t.cells, "")
	}
	return i
}

// complete reports whether the header has the columns of every record. Where it
// lacks some, the rest was not written.
func (t *table) complete() bool { return t.rows == 0 || t.written == len(t.columns) }

// addPage adds the records of the JSON array that the decoder stands before, and
// writes what it holds.
func (t *table) addPage(decoder *json.Decoder) error {
	for record, err := range records(decoder) {
		if err != nil {
			return err
		}
		if t.add(record); len(t.columns) > mostColumns {
			return malformed(fmt.Sprintf("it has more than %d columns", mostColumns))
		}
		if t.size > longest {
			return malformed(fmt.Sprintf("it is longer than %d MiB", longest>>20))
		}
	}
	return t.into.Flush()
}

// add takes a record in. One that has nothing but descriptions is none. Errors of
// writing come back from Flush.
func (t *table) add(record []field) {
	if len(record) == 0 {
		return
	}
	clear(t.cells)
	for _, f := range record {
		i := t.column(f.name)
		t.cells[i] = f.text
	}
	t.rows++
	if t.written == 0 {
		t.written = len(t.columns)
		t.writeRecord(t.columns)
	}
	if t.complete() {
		t.writeRecord(t.cells)
	}
}

func (t *table) writeRecord(cells []string) {
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

// result is what a complete table is worth.
func (t *table) result(c run.Customer) error {
	if t.rows > 0 {
		return nil
	}
	return &run.Failure{
		Class:   run.NoData,
		Message: fmt.Sprintf("No report information for %s.", c.Label()),
		Remedy:  "Nothing, where this customer has no such data.",
	}
}
