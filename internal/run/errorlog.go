package run

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Line is a line of the error log: a customer without data.
type Line struct {
	Time     time.Time
	Customer Customer
	Failure  Failure
}

// ErrorLogHeader is the error log's first line.
const ErrorLogHeader = "Time\tClass\tTenant Id\tDomain\tName\tMessage\tWhat To Do\tCorrelation Id\n"

const errorLogFields = 8

// oneLine replaces with a space whatever some reader takes for the end of a line or
// field, and every other control character.
func oneLine(value string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, value)
}

// signs are the first characters of what a spreadsheet runs as a formula, or of a
// quoted field.
const signs = "=+-@＝＋－＠\""

// Guard keeps a value from being run as a formula, or read as quoted, when the log
// is opened as a table.
func Guard(value string) string {
	if startsWithSign(value) {
		return "'" + value
	}
	return value
}

func unguard(value string) string {
	if bare, guarded := strings.CutPrefix(value, "'"); guarded && startsWithSign(bare) {
		return bare
	}
	return value
}

func startsWithSign(value string) bool {
	first, _ := utf8.DecodeRuneInString(value)
	return value != "" && strings.ContainsRune(signs, first)
}

// CutLine returns the customer and the class that a line of the error log is about.
func CutLine(text []byte) (tenantID, class []byte, err error) {
	_, rest, _ := bytes.Cut(text, []byte{'\t'})
	class, rest, _ = bytes.Cut(rest, []byte{'\t'})
	tenantID, _, whole := bytes.Cut(rest, []byte{'\t'})
	if !whole {
		return nil, nil, errors.New("error log line: it ends before the tenant id")
	}
	return tenantID, class, nil
}

// Append appends the line: strict TSV, with LF at its end. A value that a
// spreadsheet would run, or that begins with a quote, gets a leading apostrophe.
func (l Line) Append(dst []byte) []byte {
	for i, value := range [errorLogFields]string{
		l.Time.UTC().Format(time.RFC3339), string(l.Failure.Class),
		l.Customer.TenantID, l.Customer.Domain, l.Customer.Name,
		l.Failure.Message, l.Failure.Remedy, l.Failure.CorrelationID,
	} {
		if i > 0 {
			dst = append(dst, '\t')
		}
		dst = append(dst, Guard(oneLine(value))...)
	}
	return append(dst, '\n')
}

// ParseLine reads a line of the error log, without the LF at its end, and removes
// the apostrophes that Append put in front of values.
func ParseLine(text string) (Line, error) {
	fields := strings.Split(text, "\t")
	if len(fields) != errorLogFields {
		return Line{}, fmt.Errorf("error log line: %d fields, want %d", len(fields), errorLogFields)
	}
	for i, value := range fields {
		fields[i] = unguard(value)
	}
	at, err := time.Parse(time.RFC3339, fields[0])
	if err != nil {
		return Line{}, fmt.Errorf("error log line: time %q: want RFC 3339", fields[0])
	}
	return Line{
		Time:     at,
		Customer: Customer{TenantID: fields[2], Domain: fields[3], Name: fields[4]},
		Failure: Failure{
			Class: Class(fields[1]), Message: fields[5], Remedy: fields[6], CorrelationID: fields[7],
		},
	}, nil
}
