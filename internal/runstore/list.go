package runstore

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"

	"tenantrollup/internal/run"
)

// WriteList freezes the customers of a run, under its checkpoint's Run and Slices,
// and what it builds on. The record must still be the version that was read, so
// that a slice that has lost its run can't replace the list of the one that has it.
func (s *Store) WriteList(ctx context.Context, key run.Key, version string, checkpoint run.Checkpoint, customers []run.Customer, base run.Base) error {
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
	metadata := base.Metadata()
	metadata["run"], metadata["list"] = checkpoint.Run, strconv.Itoa(checkpoint.Slices)
	_, err = s.container.Put(ctx, name, body, Write{IfMatch: list.ETag, Metadata: metadata, ContentType: "application/x-ndjson"})
	return err
}

// Base returns what the run builds on, as frozen with its list.
func (s *Store) Base(ctx context.Context, key run.Key, checkpoint run.Checkpoint) (run.Base, error) {
	list, err := s.container.Head(ctx, listName(key))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return run.Base{}, err
	}
	return listBase(list, key, checkpoint)
}

// listBase checks a list against the checkpoint: a list of another run or slice is
// run.ErrListLost, and so is a missing one.
func listBase(list Blob, key run.Key, checkpoint run.Checkpoint) (run.Base, error) {
	name := listName(key)
	if !isListOf(checkpoint, list) {
		return run.Base{}, fmt.Errorf("read blob %s: it is of run %q, list %q: %w",
			name, list.Metadata["run"], list.Metadata["list"], run.ErrListLost)
	}
	base, err := run.ParseBase(list.Metadata)
	if err != nil {
		return run.Base{}, fmt.Errorf("read blob %s: %w", name, err)
	}
	return base, nil
}

// isListOf reports whether the list is the one that the checkpoint names.
func isListOf(checkpoint run.Checkpoint, list Blob) bool {
	return list.Metadata["run"] == checkpoint.Run && list.Metadata["list"] == strconv.Itoa(checkpoint.List)
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

// Customers yields the frozen customers of the run from index on. A list that is
// not the one that the checkpoint names, or is incomplete, is run.ErrListLost.
func (s *Store) Customers(ctx context.Context, key run.Key, checkpoint run.Checkpoint, from int) iter.Seq2[run.Customer, error] {
	return func(yield func(run.Customer, error) bool) {
		name := listName(key)
		list, body, err := s.container.Get(ctx, name)
		if err == nil {
			defer body.Close()
		} else if !errors.Is(err, ErrNotFound) {
			yield(run.Customer{}, err)
			return
		}
		base, err := listBase(list, key, checkpoint)
		if err != nil {
			yield(run.Customer{}, err)
			return
		}
		lines := bufio.NewReader(body)
		length := checkpoint.Customers - base.WithData
		for index := range length {
			line, err := readLine(lines, listLineLimit)
			if err == io.EOF {
				err = fmt.Errorf("it ends there: %w", run.ErrListLost)
			}
			if err != nil {
				yield(run.Customer{}, fmt.Errorf("read blob %s: line %d of %d: %w", name, index+1, length, err))
				return
			}
			if index < from {
				continue
			}
			customer, err := run.ParseCustomer(line)
			if err != nil {
				err = fmt.Errorf("read blob %s: line %d: %w: %w", name, index+1, run.ErrListLost, err)
			}
			if !yield(customer, err) || err != nil {
				return
			}
		}
	}
}
