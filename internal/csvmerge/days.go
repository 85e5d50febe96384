package csvmerge

import (
	"fmt"
	"time"
)

// Days says which rows of a body are wanted: those with a date (YYYY-MM-DD, with or
// without a time after it) from First to Last in the column. The zero Days wants
// all rows.
type Days struct{ Column, First, Last string }

// chooser finds the rows that Days wants in one body.
type chooser struct {
	days  Days
	index int // of the column
}

func (d Days) chooser(columns []string, s *scanner) (chooser, error) {
	if d == (Days{}) {
		return chooser{}, nil
	}
	index := position(columns, d.Column)
	if index < 0 {
		return chooser{}, s.malformed(0, fmt.Sprintf("the header has no column %.60q, which says what days the rows are of", d.Column))
	}
	return chooser{d, index}, nil
}

func (c chooser) active() bool { return c.days != (Days{}) }

// takes reports whether the scanner's record, which is parsed, is wanted.
func (c chooser) takes(s *scanner) (bool, error) {
	if !c.active() {
		return true, nil
	}
	date, ok := day(content(s.cell(c.index)))
	if !ok {
		return false, s.malformed(0, fmt.Sprintf("the column %.60q holds no date", c.days.Column))
	}
	return c.days.First <= date && date <= c.days.Last, nil
}

// next moves the scanner to the next wanted record; it returns io.EOF, bare, at
// the body's end.
func (c chooser) next(s *scanner) error {
	for {
		err := s.next()
		if err != nil || !c.active() {
			return err
		}
		if err := s.parse(); err != nil {
			return err
		}
		if wanted, err := c.takes(s); err != nil || wanted {
			return err
		}
	}
}

// day returns the date that a value begins with, if it is one, YYYY-MM-DD.
func day(value []byte) (date string, ok bool) {
	date = string(value[:min(len(value), len(time.DateOnly))])
	_, err := time.Parse(time.DateOnly, date)
	return date, err == nil
}
