package runstore

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// List tells of the runs of a report, or of all reports where the name is
// empty, that are dated from one day to another, newest first. It asks storage
// once for each report and month, and once more for each run that is not
// published. Of a record that can't be read it tells what Record does.
func (s *Store) List(ctx context.Context, reportName string, from, to report.Date) ([]run.Record, error) {
	names := []string{reportName}
	if reportName == "" {
		var err error
		if names, err = s.reports(ctx); err != nil {
			return nil, err
		}
	}
	var records []run.Record
	for _, name := range names {
		for month := range months(from, to) {
			for blob, err := range s.container.List(ctx, name+"/"+month+"-") {
				if err != nil {
					return nil, err
				}
				key, ok := recordKey(blob.Name)
				if !ok || key.Date < from || key.Date > to {
					continue
				}
				record, err := s.listed(ctx, key, blob)
				if errors.Is(err, run.ErrNoRun) { // deleted since it was listed
					continue
				}
				if err != nil {
					return nil, err
				}
				records = append(records, record)
			}
		}
	}
	slices.SortStableFunc(records, func(a, b run.Record) int { return b.Date.Time().Compare(a.Date.Time()) })
	return records, nil
}

// listed tells of a run by its record's metadata, which say of a published run
// all that the body does.
func (s *Store) listed(ctx context.Context, key run.Key, blob Blob) (run.Record, error) {
	checkpoint, err := run.ParseCheckpoint(blob.Metadata)
	if err == nil && checkpoint.Finished() {
		return checkpoint.Describe(checkpoint.Record(key), true), nil
	}
	return s.Record(ctx, key)
}

// reports names the reports that have runs, whether or not they are still made.
func (s *Store) reports(ctx context.Context) ([]string, error) {
	var names []string
	for name, err := range s.container.Folders(ctx, "") {
		if err != nil {
			return nil, err
		}
		if report.ValidName(name) == nil {
			names = append(names, name)
		}
	}
	return names, nil
}

// Latest returns the newest date of a report that has a publication.
// run.ErrNoRun where the report has no runs, run.ErrNotPublished where none of
// them was ever published.
func (s *Store) Latest(ctx context.Context, reportName string) (run.Key, error) {
	keys, err := s.runs(ctx, reportName)
	if err != nil {
		return run.Key{}, err
	}
	cause := run.ErrNoRun
	for _, key := range slices.Backward(keys) {
		_, published, err := s.record(ctx, key)
		switch {
		case errors.Is(err, run.ErrNoRun): // other blobs are left of it, or it is gone by now
		case err != nil:
			return run.Key{}, err
		case len(published) > 0:
			return key, nil
		default:
			cause = run.ErrNotPublished
		}
	}
	return run.Key{}, fmt.Errorf("report %s: %w", reportName, cause)
}

// LastPublished returns the newest publication of the same call dated before
// the given day. Its run is empty where there is none. It asks storage for the
// dates, and then for one month after another until it has found one.
func (s *Store) LastPublished(ctx context.Context, reportName, call string, before report.Date) (run.Key, run.Checkpoint, error) {
	keys, err := s.runs(ctx, reportName)
	if err != nil {
		return run.Key{}, run.Checkpoint{}, err
	}
	var newestKey run.Key
	var newest run.Checkpoint
	read := ""
	for _, key := range slices.Backward(keys) {
		month := monthOf(key.Date)
		if key.Date >= before || month == read {
			continue
		}
		read = month
		for blob, err := range s.container.List(ctx, reportName+"/"+month+"-") {
			if err != nil {
				return run.Key{}, run.Checkpoint{}, err
			}
			key, ok := recordKey(blob.Name)
			if !ok || key.Date >= before {
				continue
			}
			// A record that can't be read is no reason to lose this night.
			checkpoint, err := run.ParseCheckpoint(blob.Metadata)
			if err == nil && checkpoint.State == run.StatePublished && checkpoint.Call == call {
				newestKey, newest = key, checkpoint
			}
		}
		if newest.Run != "" {
			break
		}
	}
	return newestKey, newest, nil
}

// runs names the runs of a report, oldest first.
func (s *Store) runs(ctx context.Context, reportName string) ([]run.Key, error) {
	var keys []run.Key
	for date, err := range s.container.Folders(ctx, reportName+"/") {
		if err != nil {
			return nil, err
		}
		if isDay(report.Date(date)) {
			keys = append(keys, run.Key{Report: reportName, Date: report.Date(date)})
		}
	}
	return keys, nil
}

// Link returns an address at which a published file may be read until then. It
// is a secret. run.ErrNoRun and run.ErrNotPublished where there is no such file.
func (s *Store) Link(ctx context.Context, key run.Key, file run.File, until time.Time) (string, error) {
	_, published, err := s.record(ctx, key)
	if err != nil {
		return "", err
	}
	if len(published) == 0 {
		return "", fmt.Errorf("run %s: %w", key, run.ErrNotPublished)
	}
	return s.container.Link(ctx, filePath(key, file), until)
}

// recordKey reads the name of a run's record; of other blobs it is not ok.
func recordKey(name string) (key run.Key, ok bool) {
	parts := strings.Split(name, "/")
	if len(parts) != 3 {
		return run.Key{}, false
	}
	key = run.Key{Report: parts[0], Date: report.Date(parts[1])}
	return key, isDay(key.Date) && recordName(key) == name
}

func isDay(date report.Date) bool { return report.DateOf(date.Time()) == date }

// months yields the months from one day to another, as dates begin with them.
func months(from, to report.Date) iter.Seq[string] {
	return func(yield func(string) bool) {
		for month := monthOf(from); month <= monthOf(to); {
			if !yield(month) {
				return
			}
			month = monthOf(report.DateOf(report.Date(month+"-01").Time().AddDate(0, 1, 0)))
		}
	}
}

func monthOf(date report.Date) string { return string(date[:len("2026-11")]) }
