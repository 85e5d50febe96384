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

// suspects are the first bytes of fields that need a closer look: those that
// start a formula by OWASP's "CSV Injection" page, and the quote before them.
var suspects = [256]bool{'=': true, '+': true, '-': true, '@': true, '\t': true, '\r': true, '"': true}

// needsGuard says whether a spreadsheet would run the field as a formula. It
// is asked for every field, so it is small enough to be inlined.
func needsGuard(field []byte) bool {
	return len(field) > 0 && suspects[field[0]] && runs(content(field))
}

// runs says whether a spreadsheet would run that content as a formula.
func runs(content []byte) bool {
	if len(content) == 0 {
		return false
	}
	switch content[0] {
	case '=', '@', '\t', '\r':
		return true
	case '+', '-':
		return !isDecimal(content[1:])
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

// needsGuard says whether any field of the record does.
func (s *scanner) needsGuard() bool {
	for i := range s.cells {
		if needsGuard(s.cell(i)) {
			return true
		}
	}
	return false
}

// appendGuarded appends a field as it came, with an apostrophe before its
// content, inside its quotes, where it needs one.
func appendGuarded(dst, field []byte) []byte {
	if !needsGuard(field) {
		return append(dst, field...)
	}
	if field[0] == '"' {
		dst = append(dst, '"')
		field = field[1:]
	}
	dst = append(dst, '\'')
	return append(dst, field...)
}

// appendValue appends a value of our own, guarded, and quoted where it must be.
func appendValue(dst []byte, value string) []byte {
	if runs([]byte(value)) {
		value = "'" + value
	}
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
