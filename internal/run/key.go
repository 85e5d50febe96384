package run

import (
	"log/slog"

	"tenantrollup/internal/report"
)

// Key identifies a run: one report on one date.
type Key struct {
	Report string
	Date   report.Date
}

// ParseKey reads a report's name and a date. An error names the one that is
// wrong.
func ParseKey(name, date string) (Key, error) {
	if err := report.ValidName(name); err != nil {
		return Key{}, err
	}
	day, err := report.ParseDate(date)
	if err != nil {
		return Key{}, err
	}
	return Key{Report: name, Date: day}, nil
}

// String returns the key as it begins blob names and addresses: report/date.
func (k Key) String() string { return k.Report + "/" + string(k.Date) }

// LogValue makes a key two attributes of a log line, report and date. Log it
// under an empty name, slog.Any("", key), and they are the line's own.
func (k Key) LogValue() slog.Value {
	return slog.GroupValue(slog.String("report", k.Report), slog.String("date", string(k.Date)))
}
