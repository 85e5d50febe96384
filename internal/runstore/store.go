// Package runstore keeps runs in a blob container: the run's record, whose
// metadata is the checkpoint, its frozen customer list, its staged rows, and
// their publication in one step.
//
// It promises that nothing is visible before it is whole and that no write of
// state happens unless the state is the one that the writer has read: every
// such write is conditional, and a refused one is run.ErrRefused. There is no
// lease and no lock.
package runstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// Store keeps the runs of all reports.
type Store struct{ container Container }

// New returns the store that keeps its runs in the container.
func New(container Container) *Store { return &Store{container} }

func recordName(key run.Key) string { return key.String() + "/run.json" }

func listName(key run.Key) string { return key.String() + "/customers.jsonl" }

func fileName(key run.Key, file run.File) string {
	name := key.Report + "_" + string(key.Date)
	if file == run.ErrorLog {
		return name + ".errors.log"
	}
	return name + ".csv"
}

func filePath(key run.Key, file run.File) string { return key.String() + "/" + fileName(key, file) }

const jsonType = "application/json"

// Read returns the run's checkpoint and the version under which it may be
// written. The version is empty where there is no record.
func (s *Store) Read(ctx context.Context, key run.Key) (run.Checkpoint, string, error) {
	name := recordName(key)
	blob, err := s.container.Head(ctx, name)
	if errors.Is(err, ErrNotFound) {
		return run.Checkpoint{}, "", nil
	}
	if err != nil {
		return run.Checkpoint{}, "", err
	}
	checkpoint, err := run.ParseCheckpoint(blob.Metadata)
	if err != nil {
		return run.Checkpoint{}, "", fmt.Errorf("read blob %s: %w", name, err)
	}
	return checkpoint, blob.ETag, nil
}

// Write writes the checkpoint if the record is still the version that was
// read, and returns the new version. An empty version creates the record.
func (s *Store) Write(ctx context.Context, key run.Key, version string, checkpoint run.Checkpoint) (string, error) {
	name := recordName(key)
	metadata, err := checkpoint.Metadata()
	if err != nil {
		return "", fmt.Errorf("write blob %s: %w", name, err)
	}
	if version == "" {
		return s.container.Put(ctx, name, nil, Write{Metadata: metadata, ContentType: jsonType})
	}
	return s.container.SetMetadata(ctx, name, version, metadata)
}

// Stage uploads one block of a file, invisible until it is published.
func (s *Store) Stage(ctx context.Context, key run.Key, file run.File, blockID string, data []byte) error {
	return s.container.Stage(ctx, filePath(key, file), blockID, data)
}

// Record tells what is known of a run: its last publication if there was one,
// else the counts so far; and its state. run.ErrNoRun where there is no run.
func (s *Store) Record(ctx context.Context, key run.Key) (run.Record, error) {
	name := recordName(key)
	blob, body, err := s.container.Get(ctx, name)
	if errors.Is(err, ErrNotFound) {
		return run.Record{}, fmt.Errorf("run %s: %w", key, run.ErrNoRun)
	}
	if err != nil {
		return run.Record{}, err
	}
	defer body.Close()
	published, err := io.ReadAll(body)
	if err != nil {
		return run.Record{}, fmt.Errorf("read blob %s: %w", name, err)
	}
	checkpoint, err := run.ParseCheckpoint(blob.Metadata)
	if err != nil {
		return run.Record{}, fmt.Errorf("read blob %s: %w", name, err)
	}
	record := checkpoint.Record(key)
	if len(published) > 0 {
		if record, err = run.ParseRecord(published); err != nil {
			return run.Record{}, fmt.Errorf("read blob %s: %w", name, err)
		}
	}
	return checkpoint.Describe(record, len(published) > 0), nil
}

// LastPublished returns the newest publication of the same call dated before
// the given day. Its run is empty where there is none.
func (s *Store) LastPublished(ctx context.Context, reportName, call string, before report.Date) (run.Key, run.Checkpoint, error) {
	var newest run.Checkpoint
	var newestName string
	own := recordName(run.Key{Report: reportName, Date: before})
	for blob, err := range s.container.List(ctx, reportName+"/") {
		if err != nil {
			return run.Key{}, run.Checkpoint{}, err
		}
		if !strings.HasSuffix(blob.Name, "/run.json") || blob.Name >= own || blob.Name < newestName {
			continue
		}
		// A record that can't be read is no reason to lose this night.
		checkpoint, err := run.ParseCheckpoint(blob.Metadata)
		if err == nil && checkpoint.State == run.StatePublished && checkpoint.Call == call {
			newest, newestName = checkpoint, blob.Name
		}
	}
	date := strings.TrimSuffix(strings.TrimPrefix(newestName, reportName+"/"), "/run.json")
	return run.Key{Report: reportName, Date: report.Date(date)}, newest, nil
}

func recordBody(key run.Key, checkpoint run.Checkpoint) ([]byte, error) {
	body, err := json.MarshalIndent(checkpoint.Record(key), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("sum up run %s: %w", key, err)
	}
	return append(body, '\n'), nil
}
