package run

import (
	"fmt"
	"strings"
	"time"
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

var oneLine = strings.NewReplacer("\t", " ", "\r", " ", "\n", " ")

// Append appends the line: strict TSV, with LF at its end.
func (l Line) Append(dst []byte) []byte {
	for i, value := range [errorLogFields]string{
		l.Time.UTC().Format(time.RFC3339), string(l.Failure.Class),
		l.Customer.TenantID, l.Customer.Domain, l.Customer.Name,
		l.Failure.Message, l.Failure.Remedy, l.Failure.CorrelationID,
	} {
		if i > 0 {
			dst = append(dst, '\t')
		}
		dst = append(dst, oneLine.Replace(value)...)
	}
	return append(dst, '\n')
}

// ParseLine reads a line of the error log, without the LF at its end.
func ParseLine(text string) (Line, error) {
	fields := strings.Split(text, "\t")
	if len(fields) != errorLogFields {
		return Line{}, fmt.Errorf("error log line: %d fields, want %d", len(fields), errorLogFields)
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
