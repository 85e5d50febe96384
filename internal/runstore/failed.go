package runstore

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"tenantrollup/internal/run"
)

// WithoutData returns what a rerun of the failed customers begins with: the
// customers without data in the run's publication, including excluded ones, each
// with its line of the error log, and the counts of all the others. run.ErrNoRun if
// nothing was ever published; a *run.Failure if the files are not those of the last
// publication.
func (s *Store) WithoutData(ctx context.Context, key run.Key) ([]run.Customer, run.Base, error) {
	record, err := s.publication(ctx, key)
	if err != nil {
		return nil, run.Base{}, err
	}
	csv, err := s.fileOf(ctx, key, run.CSV, record.Run)
	if err != nil {
		return nil, run.Base{}, err
	}
	if _, err := s.fileOf(ctx, key, run.ErrorLog, record.Run); err != nil {
		return nil, run.Base{}, err
	}
	state, err := base64.RawURLEncoding.DecodeString(csv.Metadata["md5"])
	if err != nil {
		return nil, run.Base{}, fmt.Errorf("read blob %s: metadata key md5: %w", filePath(key, run.CSV), err)
	}
	var customers []run.Customer
	without := record.NoData + record.Failed + record.Excluded
	err = s.eachLine(ctx, key, func(line run.Line, text string) error {
		customer := line.Customer
		customer.Line = text
		if customers = append(customers, customer); len(customers) > without {
			return errEnough // somebody has made it longer, perhaps without end
		}
		return nil
	})
	switch {
	case errors.Is(err, errEnough):
		return nil, run.Base{}, unusable("Blob %s has more lines than the %d customers without data.", filePath(key, run.ErrorLog), without)
	case err != nil:
		return nil, run.Base{}, err
	case len(customers) != without:
		return nil, run.Base{}, unusable("Blob %s has %d lines, but %d customers are without data.", filePath(key, run.ErrorLog), len(customers), without)
	}
	return customers, record.Base(state), nil
}

// fileOf reads a file that must belong to the run that was published last. A rerun
// that was stopped between its two commits leaves a log with fewer customers than
// the csv lacks; a rerun that builds on it would lose them.
func (s *Store) fileOf(ctx context.Context, key run.Key, file run.File, published string) (Blob, error) {
	blob, err := s.container.Head(ctx, filePath(key, file))
	if err != nil {
		return Blob{}, err
	}
	if blob.Metadata["run"] != published {
		return Blob{}, unusable("Blob %s belongs to run %q, which never finished; the last published run is %s.", blob.Name, blob.Metadata["run"], published)
	}
	return blob, nil
}

// unusable says why no rerun of the failed customers can build on what is there.
func unusable(format string, args ...any) error {
	return &run.Failure{Class: run.ServiceFault, Message: fmt.Sprintf(format, args...), Remedy: "Ask for all customers."}
}

// publication reads the body of the run record.
func (s *Store) publication(ctx context.Context, key run.Key) (run.Record, error) {
	blob, text, err := s.record(ctx, key)
	if err != nil {
		return run.Record{}, err
	}
	if len(text) == 0 {
		return run.Record{}, fmt.Errorf("run %s: %w", key, run.ErrNoRun)
	}
	record, err := run.ParseRecord(text)
	if err != nil {
		return run.Record{}, fmt.Errorf("read blob %s: %w", blob.Name, err)
	}
	return record, nil
}

// Published returns the record of the key's publication. Its Run is empty if there
// is none, or none that can be read.
func (s *Store) Published(ctx context.Context, key run.Key) (run.Record, error) {
	_, text, err := s.record(ctx, key)
	if err != nil && !errors.Is(err, run.ErrNoRun) {
		return run.Record{}, err
	}
	record, err := run.ParseRecord(text)
	if err != nil {
		return run.Record{}, nil
	}
	return record, nil
}

// errEnough ends the reading of a log early.
var errEnough = errors.New("no more lines are wanted")

// ErrorLog yields the lines of the run's published error log.
func (s *Store) ErrorLog(ctx context.Context, key run.Key) iter.Seq2[run.Line, error] {
	return func(yield func(run.Line, error) bool) {
		err := s.eachLine(ctx, key, func(line run.Line, _ string) error {
			if !yield(line, nil) {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(run.Line{}, err)
		}
	}
}

// eachLine reads the published error log.
func (s *Store) eachLine(ctx context.Context, key run.Key, do func(line run.Line, text string) error) error {
	name := filePath(key, run.ErrorLog)
	_, body, err := s.container.Get(ctx, name)
	if err != nil {
		return err
	}
	defer body.Close()
	lines := bufio.NewReader(body)
	for n := 1; ; n++ {
		raw, err := readLine(lines, logLineLimit)
		text := string(raw)
		if errors.Is(err, io.EOF) && text == "" {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read blob %s: line %d: %w", name, n, err)
		}
		if n == 1 {
			continue // the header
		}
		text = strings.TrimSuffix(text, "\n")
		line, err := run.ParseLine(text)
		if err == nil {
			err = do(line, text)
		}
		if err != nil {
			return fmt.Errorf("read blob %s: line %d: %w", name, n, err)
		}
	}
}
