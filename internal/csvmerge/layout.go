package csvmerge

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

// Layout is the header of the aggregated file: the customer columns and then the
// union of the reports' columns by name, in order of first appearance. All
// spellings of a name (upper and lower case) are one column, under the first of
// them. It must be used by one goroutine only.
type Layout struct {
	columns []string
	exact   map[string]int // column by its own spelling
	folded  map[string]int // the first column of a name, by what fold makes of it
}

// NewLayout begins with the columns of a file: the reports' own names, unguarded,
// without the customer columns. They are used as they are, because the file exists:
// two may differ only in case, and each then has the cells of its own spelling.
func NewLayout(columns ...string) *Layout {
	l := &Layout{exact: make(map[string]int, len(columns)), folded: make(map[string]int, len(columns))}
	for _, name := range columns {
		l.append(name)
	}
	return l
}

func (l *Layout) append(name string) {
	if _, known := l.folded[fold(name)]; !known {
		l.folded[fold(name)] = len(l.columns)
	}
	l.exact[name] = len(l.columns)
	l.columns = append(l.columns, name)
}

// place returns where the layout has a column, if it has it.
func (l *Layout) place(name string) (int, bool) {
	if at, known := l.exact[name]; known {
		return at, true
	}
	at, known := l.folded[fold(name)]
	return at, known
}

// Add widens the layout. It returns true if a column was new: records written
// before are then too short.
func (l *Layout) Add(columns []string) bool {
	known := len(l.columns)
	for _, name := range columns {
		if _, ok := l.place(name); !ok {
			l.append(name)
		}
	}
	return len(l.columns) > known
}

// Missing returns the columns that the layout does not have.
func (l *Layout) Missing(columns []string) []string {
	var missing []string
	for _, name := range columns {
		if _, ok := l.place(name); !ok {
			missing = append(missing, name)
		}
	}
	return missing
}

// Columns returns the reports' own names, unguarded, without the customer
// columns.
func (l *Layout) Columns() []string { return slices.Clone(l.columns) }

// Header returns the byte order mark and the header record.
func (l *Layout) Header() []byte {
	header := []byte(byteOrderMark)
	for i, name := range slices.Concat(customerColumns, l.columns) {
		if i > 0 {
			header = append(header, ',')
		}
		header = appendValue(header, name)
	}
	return append(header, "\r\n"...)
}

// Append writes the records of a body that Check accepted as t, whose columns
// were added to the layout. It reads the body again from its beginning. After
// an error w may hold some of the records: the caller drops them.
func (l *Layout) Append(w io.Writer, c Customer, t *Table, body io.Reader) error {
	if missing := l.Missing(t.Columns); missing != nil {
		return fmt.Errorf("append rows: the layout lacks the column %.60q, add it first", missing[0])
	}
	s := newScanner(body)
	defer s.close()
	columns, err := checkHeader(s)
	if err != nil {
		return fmt.Errorf("append rows: %w", err)
	}
	if !slices.Equal(columns, t.Columns) {
		return errors.New("append rows: the body has another header than the one that was checked")
	}
	choose, err := t.wanted.chooser(columns, s)
	if err != nil {
		return fmt.Errorf("append rows: %w", err)
	}
	rows, err := l.copyRecords(w, c, t, s, choose)
	if err != nil {
		return fmt.Errorf("append rows: %w", err)
	}
	if rows != t.Rows {
		return fmt.Errorf("append rows: the body has %d rows, but had %d when it was checked", rows, t.Rows)
	}
	return nil
}

// copyRecords returns how many it wrote.
func (l *Layout) copyRecords(w io.Writer, c Customer, t *Table, s *scanner, choose chooser) (int, error) {
	chunk := chunks.Get().(*[chunkSize]byte)
	defer chunks.Put(chunk)
	out, lead := chunk[:0], c.lead()
	align := l.newAligner(t)
	for rows := 0; ; rows++ {
		err := choose.next(s)
		if err == io.EOF {
			_, err = w.Write(out)
			return rows, err
		}
		if err != nil {
			return rows, err
		}
		out = append(out, lead...)
		if out, err = align.append(out, s); err != nil {
			return rows, err
		}
		out = append(out, "\r\n"...)
		if len(out) >= chunkSize/2 {
			if _, err := w.Write(out); err != nil {
				return rows, err
			}
			out = out[:0]
		}
	}
}

// lead returns what every record of the customer begins with.
func (c Customer) lead() []byte {
	var lead []byte
	for _, value := range []string{c.TenantID, c.Name, c.Domain} {
		lead = append(appendValue(lead, value), ',')
	}
	return lead
}

// aligner arranges the records of one body in the layout.
type aligner struct {
	stretches []stretch
	same      bool // the body has exactly the layout's columns
	guard     bool // some record may need the guard
}

// stretch is columns of the body, from the first to the last, that are also next to
// each other in the layout: their fields are copied at once. One column of the
// layout that the body does not have is a stretch from -1.
type stretch struct{ first, last int }

func (l *Layout) newAligner(t *Table) *aligner {
	sources := slices.Repeat([]int{-1}, len(l.columns))
	for i, name := range t.Columns {
		at, _ := l.place(name) // Append has seen to it that there is one
		sources[at] = i
	}
	a := &aligner{guard: !t.harmless}
	for _, source := range sources {
		if n := len(a.stretches); n > 0 && source > 0 && a.stretches[n-1].last == source-1 {
			a.stretches[n-1].last = source
			continue
		}
		a.stretches = append(a.stretches, stretch{source, source})
	}
	a.same = len(a.stretches) == 1 && a.stretches[0] == stretch{0, len(t.Columns) - 1}
	return a
}

// append appends the scanner's record, as a whole if nothing in it moves or
// changes.
func (a *aligner) append(dst []byte, s *scanner) ([]byte, error) {
	if a.same && !a.guard {
		return append(dst, s.record...), nil
	}
	if err := s.parse(); err != nil {
		return nil, err
	}
	separated := a.guard && s.separated()
	for _, columns := range a.stretches {
		switch {
		case columns.first >= 0 && a.guard:
			dst = s.appendGuarded(dst, columns, separated)
		case columns.first >= 0:
			dst = append(dst, s.record[s.cells[columns.first].begin:s.cells[columns.last].end]...)
		}
		dst = append(dst, ',')
	}
	return dst[:len(dst)-1], nil
}
