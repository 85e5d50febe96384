package runstore

import (
	"context"
	"crypto/md5"
	"encoding"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"tenantrollup/internal/run"
)

// Publish makes the run's two files consist of the blocks that its checkpoint
// names, and its record say so. The checkpoint must have been written as publishing
// under this version. A file that already names the run and its restarts is left
// alone, so that Publish may be repeated after a kill at any point. Blocks that are
// gone are run.ErrBlocksLost.
func (s *Store) Publish(ctx context.Context, key run.Key, version string, checkpoint run.Checkpoint) error {
	log, err := s.current(ctx, key, run.ErrorLog, checkpoint)
	if err != nil {
		return err
	}
	csv, err := s.current(ctx, key, run.CSV, checkpoint)
	if err != nil {
		return err
	}
	// Only now, so that the ETags just read are of a time when the run was
	// certainly still this slice's.
	if err := s.stillMine(ctx, key, version); err != nil {
		return err
	}
	if log.incomplete || csv.incomplete { // otherwise one file would be ahead of the other for a whole run
		return fmt.Errorf("publish run %s: %w", key, run.ErrBlocksLost)
	}
	if err := s.commit(ctx, key, run.ErrorLog, log, checkpoint); err != nil {
		return err
	}
	if err := s.commit(ctx, key, run.CSV, csv, checkpoint); err != nil {
		return err
	}
	if err := s.checkErrorLog(ctx, key, checkpoint); err != nil {
		return err
	}
	checkpoint.State = run.StatePublished
	return s.putRecord(ctx, key, version, checkpoint)
}

// visible is a file as readers see it now; the zero value if they don't.
type visible struct {
	Blob
	keep       []string // committed blocks to keep
	incomplete bool     // a block that the run has staged is gone
}

// committedBy reports whether the run has committed the file since its last
// restart.
func (v visible) committedBy(checkpoint run.Checkpoint) bool {
	return v.Metadata["run"] == checkpoint.Run && v.Metadata["restarts"] == strconv.Itoa(checkpoint.Restarts)
}

// current reads a file and what is staged for it. A rerun of the failed customers
// keeps the rows of the others: all committed blocks of the CSV except its own, which
// it may have committed before it was killed.
func (s *Store) current(ctx context.Context, key run.Key, file run.File, checkpoint run.Checkpoint) (visible, error) {
	name := filePath(key, file)
	blob, err := s.container.Head(ctx, name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return visible{}, err
	}
	blocks, err := s.container.Blocks(ctx, name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return visible{}, err
	}
	if blob.ETag != "" && blocks.ETag != "" && blob.ETag != blocks.ETag {
		return visible{}, fmt.Errorf("read the block list of blob %s: %w", name, run.ErrRefused)
	}
	v := visible{Blob: blob}
	v.incomplete = !v.committedBy(checkpoint) && lacks(blocks, checkpoint.BlockIDs(file))
	if file != run.CSV || checkpoint.Scope != run.ScopeFailed {
		return v, nil
	}
	v.keep = slices.DeleteFunc(blocks.Committed, func(id string) bool { return run.IsBlockOf(id, checkpoint.Run) })
	anothers := func(id string) bool { return len(id) != len(run.BlockID(checkpoint.Run, 0, 0)) }
	if len(v.keep) == 0 || slices.ContainsFunc(v.keep, anothers) {
		return visible{}, rowsGone(key)
	}
	return v, nil
}

// lacks reports whether one of the blocks is neither committed nor staged.
func lacks(blocks BlockList, ids []string) bool {
	there := map[string]bool{}
	for _, id := range slices.Concat(blocks.Committed, blocks.Staged) {
		there[id] = true
	}
	return slices.ContainsFunc(ids, func(id string) bool { return !there[id] })
}

// rowsGone: somebody deleted the CSV that a rerun adds to, or uploaded another
// in its place. Even one without rows has its header as a block.
func rowsGone(key run.Key) error {
	return fmt.Errorf("read blob %s: the rows that this rerun adds to are gone: restore the blob, or delete blob %s to start the run over",
		filePath(key, run.CSV), recordName(key))
}

func (s *Store) commit(ctx context.Context, key run.Key, file run.File, current visible, checkpoint run.Checkpoint) error {
	metadata := map[string]string{
		"run":       checkpoint.Run,
		"restarts":  strconv.Itoa(checkpoint.Restarts),
		"customers": strconv.Itoa(checkpoint.Customers),
		"withdata":  strconv.Itoa(checkpoint.WithData),
		"nodata":    strconv.Itoa(checkpoint.NoData),
		"failed":    strconv.Itoa(checkpoint.Failed),
		"excluded":  strconv.Itoa(checkpoint.Excluded),
		"rows":      strconv.Itoa(checkpoint.Rows),
	}
	if current.committedBy(checkpoint) {
		return nil
	}
	w := Write{
		IfMatch:     current.ETag,
		Metadata:    metadata,
		ContentType: "text/plain; charset=utf-8",
		FileName:    fileName(key, file),
	}
	if file == run.CSV {
		sum, err := md5Sum(checkpoint.MD5)
		if err != nil {
			return fmt.Errorf("commit blob %s: metadata key md5: %w", filePath(key, file), err)
		}
		w.ContentType = "text/csv; charset=utf-8"
		w.MD5 = sum
		metadata["md5"] = base64.RawURLEncoding.EncodeToString(checkpoint.MD5)
	}
	return s.container.Commit(ctx, filePath(key, file), append(current.keep, checkpoint.BlockIDs(file)...), w)
}

func md5Sum(state []byte) ([]byte, error) {
	hash := md5.New()
	if err := hash.(encoding.BinaryUnmarshaler).UnmarshalBinary(state); err != nil {
		return nil, err
	}
	return hash.Sum(nil), nil
}

// checkErrorLog reads back the committed log and checks it against the run's
// accounts: one line for every customer without data, none twice.
func (s *Store) checkErrorLog(ctx context.Context, key run.Key, checkpoint run.Checkpoint) error {
	seen := map[string]bool{} // the checkpoint's numbers may be forged: no memory is allocated by them
	err := s.eachLine(ctx, key, func(line run.Line, _ string) error {
		if seen[line.Customer.TenantID] {
			return fmt.Errorf("tenant %s is in it twice", line.Customer.TenantID)
		}
		if seen[line.Customer.TenantID] = true; len(seen) > checkpoint.WithoutData() {
			return fmt.Errorf("only %d customers are without data", checkpoint.WithoutData())
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(seen) != checkpoint.WithoutData() {
		return fmt.Errorf("check blob %s: %d lines, but %d customers without data",
			filePath(key, run.ErrorLog), len(seen), checkpoint.WithoutData())
	}
	return nil
}

func (s *Store) putRecord(ctx context.Context, key run.Key, version string, checkpoint run.Checkpoint) error {
	name := recordName(key)
	metadata, err := checkpoint.Metadata()
	if err != nil {
		return fmt.Errorf("write blob %s: %w", name, err)
	}
	base, err := s.Base(ctx, key, checkpoint)
	if err != nil && !errors.Is(err, run.ErrListLost) { // it only returns notes here
		return err
	}
	body, err := recordBody(key, checkpoint, base.Notes)
	if err != nil {
		return err
	}
	_, err = s.container.Put(ctx, name, body, Write{IfMatch: version, Metadata: metadata, ContentType: jsonType})
	return err
}
