package csvmerge

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Table is what Check learned of one well-formed body. Well-formed is all it
// says: an HTML page or a JSON answer may pass as a table of one column, so
// the caller looks for the columns it expects.
type Table struct {
	// Columns are the unquoted names in the body's order, without the byte order
	// mark. A name that occurs twice, whatever its case, or is a customer column's
	// gets " (2)", " (3)" … at its end, and an empty one is "Column N".
	Columns []string

	Rows int // wanted records after the header

	// The least and the greatest date (YYYY-MM-DD) in the column "Report Refresh
	// Date"; empty if there is none.
	OldestRefresh, NewestRefresh string

	// UnreadableRefresh: that column has a value that is not a date.
	UnreadableRefresh bool

	// Columns that have values, each of them 32 upper-case hexadecimal digits:
	// Microsoft conceals names so.
	Concealed []string

	harmless bool // no cell needs the guard: set by Check only, so that a Table made in another way is guarded
	wanted   Days
}

// FormatError says why a body is not a well-formed CSV.
type FormatError struct {
	Line    int // counted in line feeds, from 1
	Problem string
}

// Error names the line and what was wrong there; it never quotes a cell.
func (e *FormatError) Error() string {
	return fmt.Sprintf("malformed CSV, line %d: %s", e.Line, e.Problem)
}

// Check reads the body to its end and checks it against RFC 4180 as encoding/csv
// reads it, and against more: every record ends with CRLF or LF, including the last
// one; a carriage return is before a line feed or inside quotes; the text is UTF-8
// without NUL; a record has at most 1 MiB. A byte order mark and blank lines are
// skipped.
//
// The error is a *FormatError, or wraps that of the body's Read, such as that of a
// context that ended.
func Check(body io.Reader) (*Table, error) { return Days{}.Check(body) }

// Check is Check for a body in which only the wanted rows count and are merged. A
// body without the column, or with a row that has no date in it, is malformed.
func (d Days) Check(body io.Reader) (*Table, error) {
	s := newScanner(body)
	defer s.close()
	columns, err := checkHeader(s)
	if err != nil {
		return nil, err
	}
	choose, err := d.chooser(columns, s)
	if err != nil {
		return nil, err
	}
	v := newSurvey(columns)
	v.table.wanted = d
	for {
		err := s.next()
		if err == io.EOF {
			return v.result(), nil
		}
		if err == nil {
			err = checkText(s)
		}
		if err == nil {
			err = s.parse()
		}
		var chosen bool
		if err == nil {
			chosen, err = choose.takes(s)
		}
		if err != nil {
			return nil, err
		}
		if chosen {
			v.add(s)
		}
	}
}

// checkText refuses NUL and invalid UTF-8: one body in another encoding would
// make the whole file unreadable as UTF-8.
func checkText(s *scanner) error {
	if s.nul {
		if at := bytes.IndexByte(s.record, 0); at >= 0 {
			return s.malformed(at, "a NUL byte: the data is UTF-16, or not text")
		}
	}
	if utf8.Valid(s.record) {
		return nil
	}
	at := 0
	for {
		r, size := utf8.DecodeRune(s.record[at:])
		if r == utf8.RuneError && size == 1 {
			return s.malformed(at, fmt.Sprintf("the byte 0x%02X is not UTF-8", s.record[at]))
		}
		at += size
	}
}

func checkHeader(s *scanner) ([]string, error) {
	if err := s.header(); err != nil {
		return nil, err
	}
	if err := checkText(s); err != nil {
		return nil, err
	}
	header := make([]string, s.width)
	for i := range header {
		header[i] = strings.ReplaceAll(string(content(s.cell(i))), `""`, `"`)
	}
	return named(header), nil
}

// survey collects a Table's facts record by record.
type survey struct {
	table       *Table
	refresh     int         // index of the refresh date's column, or -1
	lastRefresh []byte      // its value in the record before
	hidden      []candidate // columns that may still turn out to be concealed
}

type candidate struct {
	column int
	filled bool
}

func newSurvey(columns []string) *survey {
	v := &survey{
		table:   &Table{Columns: columns, harmless: true},
		refresh: position(columns, "Report Refresh Date"),
	}
	for i := range columns {
		v.hidden = append(v.hidden, candidate{column: i})
	}
	return v
}

func (v *survey) add(s *scanner) {
	v.table.Rows++
	if v.refresh >= 0 {
		v.noteRefresh(content(s.cell(v.refresh)))
	}
	v.hidden = slices.DeleteFunc(v.hidden, func(c candidate) bool {
		value := content(s.cell(c.column))
		return len(value) > 0 && !isConcealed(value)
	})
	for i, c := range v.hidden {
		v.hidden[i].filled = c.filled || len(content(s.cell(c.column))) > 0
	}
	v.table.harmless = v.table.harmless && !s.needsGuard()
}

// noteRefresh parses a value only if it differs from the one before: usually all
// rows have the same.
func (v *survey) noteRefresh(value []byte) {
	if len(value) == 0 || bytes.Equal(value, v.lastRefresh) {
		return
	}
	v.lastRefresh = append(v.lastRefresh[:0], value...)
	date, ok := day(value)
	if !ok {
		v.table.UnreadableRefresh = true
		return
	}
	t := v.table
	if t.OldestRefresh == "" || date < t.OldestRefresh {
		t.OldestRefresh = date
	}
	t.NewestRefresh = max(t.NewestRefresh, date)
}

func isConcealed(value []byte) bool {
	if len(value) != 32 {
		return false
	}
	for _, c := range value {
		if (c < '0' || c > '9') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}

func (v *survey) result() *Table {
	for _, c := range v.hidden {
		if c.filled {
			v.table.Concealed = append(v.table.Concealed, v.table.Columns[c.column])
		}
	}
	return v.table
}
