// Package runstore keeps runs in a blob container or a folder: the run's record, whose
// metadata is the checkpoint, its frozen customer list, its staged rows, and
// their publication in one step.
//
// It promises that nothing is visible before it is complete and that state is only
// written if it is still what the writer has read: every such write is conditional,
// and one that came too late is run.ErrRefused. There is no lease and no lock.
package runstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

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

// Read returns the run's checkpoint and the version under which it may be written.
// The version is empty if there is no record.
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

// Status returns what is known about a run: its state, and the counts of its last
// publication or, if there was none, those so far. run.ErrNoRun: there is no such
// run. A run whose record cannot be read is run.StateUnreadable, which is not an
// error.
func (s *Store) Status(ctx context.Context, key run.Key) (run.Status, error) {
	blob, published, err := s.record(ctx, key)
	if errors.Is(err, errLongRecord) {
		return run.Unreadable(key, err.Error()), nil
	}
	if err != nil {
		return run.Status{}, err
	}
	status, err := parseStatus(key, blob.Metadata, published)
	if err != nil {
		return run.Unreadable(key, fmt.Sprintf("read blob %s: %v", blob.Name, err)), nil
	}
	return status, nil
}

func parseStatus(key run.Key, metadata map[string]string, published []byte) (run.Status, error) {
	checkpoint, err := run.ParseCheckpoint(metadata)
	if err != nil {
		return run.Status{}, err
	}
	record := checkpoint.Record(key)
	if len(published) > 0 {
		if record, err = run.ParseRecord(published); err != nil {
			return run.Status{}, err
		}
	}
	return checkpoint.Status(record), nil
}

// recordLimit is how many bytes a run's record may have: ours have some 4 KB.
const recordLimit = 64 << 10

var errLongRecord = errors.New("it has more than 64 KiB, so this program did not write it: restore the blob, or delete it to start the run over")

// record reads the run's record, whose body is empty until something is
// published. run.ErrNoRun: there is no record.
func (s *Store) record(ctx context.Context, key run.Key) (Blob, []byte, error) {
	name := recordName(key)
	blob, body, err := s.container.Get(ctx, name)
	if errors.Is(err, ErrNotFound) {
		return Blob{}, nil, fmt.Errorf("run %s: %w", key, run.ErrNoRun)
	}
	if err != nil {
		return Blob{}, nil, err
	}
	defer body.Close()
	published, err := io.ReadAll(io.LimitReader(body, recordLimit+1))
	if err != nil {
		return Blob{}, nil, fmt.Errorf("read blob %s: %w", name, err)
	}
	if len(published) > recordLimit {
		return blob, nil, fmt.Errorf("read blob %s: %w", name, errLongRecord)
	}
	return blob, published, nil
}

func recordBody(key run.Key, checkpoint run.Checkpoint, notes []string) ([]byte, error) {
	record := checkpoint.Record(key)
	record.Notes = append(record.Notes, notes...)
	body, err := json.MarshalIndent(record, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("sum up run %s: %w", key, err)
	}
	return append(body, '\n'), nil
}
