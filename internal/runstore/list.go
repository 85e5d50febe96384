package runstore

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"

	"tenantrollup/internal/run"
)

// WriteList freezes the customers of a run, under its checkpoint's Run and
// Slices. The record must still be the version that was read; so a slice that
// has lost its run can't replace the list of the one that has it.
func (s *Store) WriteList(ctx context.Context, key run.Key, version string, checkpoint run.Checkpoint, customers []run.Customer) error {
	name := listName(key)
	list, err := s.container.Head(ctx, name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if err := s.stillMine(ctx, key, version); err != nil {
		return err
	}
	var body []byte
	for _, customer := range customers {
		if body, err = customer.AppendJSON(body); err != nil {
			return err
		}
	}
	_, err = s.container.Put(ctx, name, body, Write{
		IfMatch:     list.ETag,
		Metadata:    map[string]string{"run": checkpoint.Run, "list": strconv.Itoa(checkpoint.Slices)},
		ContentType: "application/x-ndjson",
	})
	return err
}

// stillMine reads the record once more and refuses unless it is the version
// that was read.
func (s *Store) stillMine(ctx context.Context, key run.Key, version string) error {
	record, err := s.container.Head(ctx, recordName(key))
	if err != nil {
		return err
	}
	if record.ETag != version {
		return fmt.Errorf("read blob %s again: %w", recordName(key), run.ErrRefused)
	}
	return nil
}

// Customers yields the frozen customers of the run from index on. A list that
// is not the one which the checkpoint notes is run.ErrListLost.
func (s *Store) Customers(ctx context.Context, key run.Key, checkpoint run.Checkpoint, from int) iter.Seq2[run.Customer, error] {
	return func(yield func(run.Customer, error) bool) {
		name := listName(key)
		blob, body, err := s.container.Get(ctx, name)
		if errors.Is(err, ErrNotFound) {
			err = fmt.Errorf("read blob %s: %w", name, run.ErrListLost)
		}
		if err != nil {
			yield(run.Customer{}, err)
			return
		}
		defer body.Close()
		if blob.Metadata["run"] != checkpoint.Run || blob.Metadata["list"] != strconv.Itoa(checkpoint.List) {
			yield(run.Customer{}, fmt.Errorf("read blob %s: it is of run %q, list %q: %w",
				name, blob.Metadata["run"], blob.Metadata["list"], run.ErrListLost))
			return
		}
		lines := bufio.NewReader(body)
		for index := 0; index < checkpoint.Customers; index++ {
			line, err := lines.ReadSlice('\n')
			if err != nil {
				yield(run.Customer{}, fmt.Errorf("read blob %s: line %d of %d: %w", name, index+1, checkpoint.Customers, err))
				return
			}
			if index < from {
				continue
			}
			customer, err := run.ParseCustomer(line)
			if err != nil {
				err = fmt.Errorf("read blob %s: line %d: %w", name, index+1, err)
			}
			if !yield(customer, err) || err != nil {
				return
			}
		}
	}
}
