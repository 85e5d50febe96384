package csvmerge

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// content returns a field's bytes inside its quotes; doubled quotes stay
// doubled.
func content(field []byte) []byte {
	if len(field) > 0 && field[0] == '"' {
		return field[1 : len(field)-1]
	}
	return field
}

// separators are what a spreadsheet may treat as the end of a cell inside a field:
// Excel splits at the semicolon in much of Europe, and then the quotes around the
// field don't help.
var separators = [256]bool{';': true, '\t': true, '\r': true, '\n': true}

// separator returns where the first one is, or -1.
func separator(b []byte) int {
	for i, c := range b {
		if separators[c] {
			return i
		}
	}
	return -1
}

// suspects are the first bytes of fields that need a closer look: those that
// start a formula by OWASP's "CSV Injection" page, that of the full-width forms,
// and the quote before them.
var suspects = [256]bool{'=': true, '+': true, '-': true, '@': true, 0xEF: true, '\t': true, '\r': true, '\n': true, '"': true}

// startsFormula reports whether a spreadsheet would run the field as a formula. It
// is called for every field, so it is small enough to be inlined.
func startsFormula(field []byte) bool {
	return len(field) > 0 && suspects[field[0]] && runs(content(field))
}

// runs reports whether a spreadsheet would run that content as a formula.
func runs(content []byte) bool {
	switch sign, _ := utf8.DecodeRune(content); sign {
	case '=', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠':
		return true
	case '+', '-':
		return !isDecimal(content[1:])
	}
	return false
}

// hidden returns where in the content a formula begins after a separator, or -1.
func hidden(content []byte) int {
	for at := 0; ; {
		n := separator(content[at:])
		if n < 0 {
			return -1
		}
		at += n + 1
		if runsBehind(content[at-1], content[at:]) {
			return at
		}
	}
}

// runsBehind reports whether what follows a separator is run once the field is
// split there. Then quotes no longer belong to the field, and a number is one only
// if its cell ends with it: what follows the field may be calculated with it.
func runsBehind(before byte, rest []byte) bool {
	rest = bytes.TrimLeft(rest, `"`)
	switch sign, _ := utf8.DecodeRune(rest); sign {
	case '=', '@', '＝', '＋', '－', '＠':
		return true
	case '+', '-':
		end := separator(rest)
		return end < 0 || rest[end] != before && rest[end] != '\r' && rest[end] != '\n' || !isDecimal(rest[1:end])
	}
	return false
}

// isDecimal accepts digits, perhaps followed by a point and more digits.
func isDecimal(b []byte) bool {
	whole, fraction, point := bytes.Cut(b, []byte{'.'})
	return isDigits(whole) && (!point || isDigits(fraction))
}

func isDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

// needsGuard reports whether any field of the record needs the guard.
func (s *scanner) needsGuard() bool {
	separated := s.separated()
	for i := range s.cells {
		if s.guards(i, separated) {
			return true
		}
	}
	return false
}

// guards reports whether the field needs the guard.
func (s *scanner) guards(i int, separated bool) bool {
	field := s.cell(i)
	return startsFormula(field) || separated && hidden(content(field)) >= 0
}

// separated reports whether the record has a separator at all: usually it has none,
// nor does its whole body.
func (s *scanner) separated() bool {
	return s.divided && (bytes.IndexByte(s.record, ';') >= 0 || bytes.IndexByte(s.record, '\t') >= 0) ||
		s.quoted && (s.lines > 1 || bytes.IndexByte(s.record, '\r') >= 0)
}

// appendGuarded appends the fields of the columns, those guarded that need it.
func (s *scanner) appendGuarded(dst []byte, columns stretch, separated bool) []byte {
	begin := s.cells[columns.first].begin
	for i := columns.first; i <= columns.last; i++ {
		if s.guards(i, separated) {
			dst = append(dst, s.record[begin:s.cells[i].begin]...)
			dst = appendGuarded(dst, s.cell(i))
			begin = s.cells[i].end
		}
	}
	return append(dst, s.record[begin:s.cells[columns.last].end]...)
}

// appendGuarded appends a field as it came, with an apostrophe before whatever
// would run in it, inside its quotes.
func appendGuarded(dst, field []byte) []byte {
	if len(field) == 0 || field[0] != '"' {
		return appendContent(dst, field)
	}
	return append(appendContent(append(dst, '"'), content(field)), '"')
}

func appendContent(dst, content []byte) []byte {
	if runs(content) {
		dst = append(dst, '\'')
	}
	for {
		at := hidden(content)
		if at < 0 {
			return append(dst, content...)
		}
		dst = append(append(dst, content[:at]...), '\'')
		content = content[at:]
	}
}

// appendValue appends a value of our own, guarded, and quoted where it must be.
func appendValue(dst []byte, value string) []byte {
	value = string(appendContent(nil, []byte(value)))
	if !needsQuotes(value) {
		return append(dst, value...)
	}
	dst = append(dst, '"')
	dst = append(dst, strings.ReplaceAll(value, `"`, `""`)...)
	return append(dst, '"')
}

// needsQuotes goes beyond encoding/csv's rule with tabs and a trailing space:
// readers that trim or guess the separator must not change a name.
func needsQuotes(value string) bool {
	first, _ := utf8.DecodeRuneInString(value)
	last, _ := utf8.DecodeLastRuneInString(value)
	return unicode.IsSpace(first) || unicode.IsSpace(last) || strings.ContainsAny(value, ",\"\r\n\t")
}
