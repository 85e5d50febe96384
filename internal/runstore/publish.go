package runstore

import (
	"bufio"
	"context"
	"crypto/md5"
	"encoding"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"

	"tenantrollup/internal/run"
)

// Publish makes the run's two files consist of the blocks that its checkpoint
// names, and its record say so. The checkpoint must have been written as
// publishing under this version. A file that bears the run and its restarts
// already is passed over, so that Publish may be repeated after a kill at any
// point. Blocks that are gone are run.ErrBlocksLost.
func (s *Store) Publish(ctx context.Context, key run.Key, version string, checkpoint run.Checkpoint) error {
	log, err := s.current(ctx, key, run.ErrorLog)
	if err != nil {
		return err
	}
	csv, err := s.current(ctx, key, run.CSV)
	if err != nil {
		return err
	}
	// Only now, so that the ETags just read are of a time when the run was
	// certainly still this slice's.
	if err := s.stillMine(ctx, key, version); err != nil {
		return err
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

// current returns the file as readers see it now; a zero Blob where they
// don't.
func (s *Store) current(ctx context.Context, key run.Key, file run.File) (Blob, error) {
	blob, err := s.container.Head(ctx, filePath(key, file))
	if errors.Is(err, ErrNotFound) {
		return Blob{}, nil
	}
	return blob, err
}

func (s *Store) commit(ctx context.Context, key run.Key, file run.File, current Blob, checkpoint run.Checkpoint) error {
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
	if current.Metadata["run"] == metadata["run"] && current.Metadata["restarts"] == metadata["restarts"] {
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
	return s.container.Commit(ctx, filePath(key, file), checkpoint.BlockIDs(file), w)
}

func md5Sum(state []byte) ([]byte, error) {
	hash := md5.New()
	if err := hash.(encoding.BinaryUnmarshaler).UnmarshalBinary(state); err != nil {
		return nil, err
	}
	return hash.Sum(nil), nil
}

// checkErrorLog reads the committed log back and holds it to the run's
// accounts: one line for every customer without data, none twice.
func (s *Store) checkErrorLog(ctx context.Context, key run.Key, checkpoint run.Checkpoint) error {
	name := filePath(key, run.ErrorLog)
	_, body, err := s.container.Get(ctx, name)
	if err != nil {
		return err
	}
	defer body.Close()
	seen := make(map[string]bool, checkpoint.WithoutData())
	lines := bufio.NewReader(body)
	for n := 0; ; n++ {
		text, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) && text == "" {
			break
		}
		if err != nil {
			return fmt.Errorf("check blob %s: line %d: %w", name, n+1, err)
		}
		if n == 0 {
			continue // the header
		}
		line, err := run.ParseLine(text[:len(text)-1])
		if err != nil {
			return fmt.Errorf("check blob %s: line %d: %w", name, n+1, err)
		}
		if seen[line.Customer.TenantID] {
			return fmt.Errorf("check blob %s: tenant %s stands in it twice", name, line.Customer.TenantID)
		}
		seen[line.Customer.TenantID] = true
	}
	if len(seen) != checkpoint.WithoutData() {
		return fmt.Errorf("check blob %s: %d lines, but %d customers without data", name, len(seen), checkpoint.WithoutData())
	}
	return nil
}

func (s *Store) putRecord(ctx context.Context, key run.Key, version string, checkpoint run.Checkpoint) error {
	name := recordName(key)
	metadata, err := checkpoint.Metadata()
	if err != nil {
		return fmt.Errorf("write blob %s: %w", name, err)
	}
	body, err := recordBody(key, checkpoint)
	if err != nil {
		return err
	}
	_, err = s.container.Put(ctx, name, body, Write{IfMatch: version, Metadata: metadata, ContentType: jsonType})
	return err
}
