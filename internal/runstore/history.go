package runstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// readsAtOnce is how many lists are read at once.
const readsAtOnce = 8

// List returns the runs of these reports, or of all that have runs if none is
// named, with dates from one day to another, newest first. It asks storage once for
// each report and month, eight at once, and once more for each run that is not
// published. A record that cannot be read is listed as Status returns it.
func (s *Store) List(ctx context.Context, names []string, from, to report.Date) ([]run.Status, error) {
	if len(names) == 0 {
		var err error
		if names, err = s.Reports(ctx); err != nil {
			return nil, err
		}
	}
	var lists []iter.Seq2[Blob, error]
	for _, name := range names {
		for month := range months(from, to) {
			lists = append(lists, s.month(ctx, name, month, from, to))
		}
	}
	found := make([][]run.Status, len(lists))
	var reading errgroup.Group
	reading.SetLimit(readsAtOnce)
	for i, list := range lists {
		reading.Go(func() (err error) {
			found[i], err = s.statuses(ctx, list)
			return err
		})
	}
	if err := reading.Wait(); err != nil {
		return nil, err
	}
	runs := slices.Concat(found...)
	slices.SortStableFunc(runs, func(a, b run.Status) int { return cmp.Compare(b.Date, a.Date) })
	return runs, nil
}

func (s *Store) statuses(ctx context.Context, records iter.Seq2[Blob, error]) ([]run.Status, error) {
	var runs []run.Status
	for blob, err := range records {
		if err != nil {
			return nil, err
		}
		key, _ := recordKey(blob.Name)
		status, err := s.listed(ctx, key, blob)
		if errors.Is(err, run.ErrNoRun) { // deleted since it was listed
			continue
		}
		if err != nil {
			return nil, err
		}
		runs = append(runs, status)
	}
	return runs, nil
}

// Dates returns the dates on which a report has a record, readable or not, oldest
// first. It asks storage once for each month.
func (s *Store) Dates(ctx context.Context, reportName string, from, to report.Date) ([]report.Date, error) {
	var dates []report.Date
	for blob, err := range s.records(ctx, reportName, from, to) {
		if err != nil {
			return nil, err
		}
		key, _ := recordKey(blob.Name)
		dates = append(dates, key.Date)
	}
	return dates, nil
}

// records yields the records of a report with dates from one day to another, oldest
// first.
func (s *Store) records(ctx context.Context, reportName string, from, to report.Date) iter.Seq2[Blob, error] {
	return func(yield func(Blob, error) bool) {
		for month := range months(from, to) {
			for blob, err := range s.month(ctx, reportName, month, from, to) {
				if !yield(blob, err) || err != nil {
					return
				}
			}
		}
	}
}

// month yields those of the records that are dated in the month.
func (s *Store) month(ctx context.Context, reportName, month string, from, to report.Date) iter.Seq2[Blob, error] {
	return func(yield func(Blob, error) bool) {
		for blob, err := range s.container.List(ctx, reportName+"/"+month+"-") {
			key, ok := recordKey(blob.Name)
			if err == nil && (!ok || key.Date < from || key.Date > to) {
				continue
			}
			if !yield(blob, err) || err != nil {
				return
			}
		}
	}
}

// listed returns a run's status from its record's metadata if the run is published:
// then it says everything that the body says.
func (s *Store) listed(ctx context.Context, key run.Key, blob Blob) (run.Status, error) {
	checkpoint, err := run.ParseCheckpoint(blob.Metadata)
	if err == nil && checkpoint.Finished() {
		return checkpoint.Status(checkpoint.Record(key)), nil
	}
	return s.Status(ctx, key)
}

// Reports returns the names of the reports that have runs, including those that
// are no longer in REPORTS. It asks storage once.
func (s *Store) Reports(ctx context.Context) ([]string, error) {
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

// Latest returns a report's newest run that has a publication. run.ErrNoRun: the
// report has no runs; run.ErrNotPublished: none of them was ever published.
func (s *Store) Latest(ctx context.Context, reportName string) (run.Key, error) {
	keys, err := s.runs(ctx, reportName)
	if err != nil {
		return run.Key{}, err
	}
	cause := run.ErrNoRun
	for _, key := range slices.Backward(keys) {
		_, published, err := s.record(ctx, key)
		switch {
		case errors.Is(err, run.ErrNoRun): // only other blobs are left, or it has just been deleted
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

// LastPublished returns the newest publication of the same call that is dated
// before the given day; its Run is empty if there is none. It asks storage for the
// dates, and then month by month until it finds one.
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
			// A record that cannot be read must not cost this night.
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

// runs returns the keys of a report's runs, oldest first.
func (s *Store) runs(ctx context.Context, reportName string) ([]run.Key, error) {
	var keys []run.Key
	for date, err := range s.container.Folders(ctx, reportName+"/") {
		if err != nil {
			return nil, err
		}
		if key, ok := dayKey(reportName, date); ok {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// Link returns an address, itself a secret, at which a published file can be
// read until then. run.ErrNoRun, run.ErrNotPublished: there is no such file.
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

// recordKey reads the name of a run's record; ok is false for any other blob.
func recordKey(name string) (key run.Key, ok bool) {
	reportName, rest, _ := strings.Cut(name, "/")
	date, _, _ := strings.Cut(rest, "/")
	key, ok = dayKey(reportName, date)
	return key, ok && recordName(key) == name
}

// dayKey returns the key of a folder's run; ok is false if the folder is not
// named after a day.
func dayKey(reportName, folder string) (key run.Key, ok bool) {
	day := report.Date(folder)
	return run.Key{Report: reportName, Date: day}, report.DateOf(day.Time()) == day
}

// months yields the months from one day to another, each as 2026-11.
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
