package runstore

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"tenantrollup/internal/run"
)

// Absent returns which of the customers have a line in the run's published error
// log, and under which class; none if there is no log. It reads no more of each
// line than that, because it is meant for searching many logs.
func (s *Store) Absent(ctx context.Context, key run.Key, among func(tenantID []byte) bool) (map[string]run.Class, error) {
	name := filePath(key, run.ErrorLog)
	absent := map[string]run.Class{}
	for n, line := range s.lines(ctx, name, logLineLimit) {
		if n == 1 && line.err == nil {
			continue // the header
		}
		tenantID, class, err := []byte(nil), []byte(nil), line.err
		if err == nil {
			tenantID, class, err = run.CutLine(line.text)
		}
		if err != nil {
			return nil, fmt.Errorf("read blob %s: line %d: %w", name, n, err)
		}
		if among(tenantID) {
			absent[string(tenantID)] = run.Class(class)
		}
	}
	return absent, nil
}

// LineOf returns the customer's line in the run's published error log; ok is false
// if it has none.
func (s *Store) LineOf(ctx context.Context, key run.Key, tenantID string) (line run.Line, ok bool, err error) {
	name := filePath(key, run.ErrorLog)
	for n, found := range s.lines(ctx, name, logLineLimit) {
		if found.err == nil && (n == 1 || !bytes.Contains(found.text, []byte(tenantID))) {
			continue
		}
		if err = found.err; err == nil {
			line, err = run.ParseLine(string(found.text))
		}
		if err != nil {
			return run.Line{}, false, fmt.Errorf("read blob %s: line %d: %w", name, n, err)
		}
		if line.Customer.TenantID == tenantID {
			return line, true, nil
		}
	}
	return run.Line{}, false, nil
}

// Listed yields the customers of the run's list whose line contains the text. It is
// meant for look-ups, and takes the list as it is: that of a rerun has only the
// customers that were asked again. It yields nothing if there is no list.
func (s *Store) Listed(ctx context.Context, key run.Key, containing string) iter.Seq2[run.Customer, error] {
	return func(yield func(run.Customer, error) bool) {
		name := listName(key)
		for n, line := range s.lines(ctx, name, listLineLimit) {
			if line.err == nil && !bytes.Contains(line.text, []byte(containing)) {
				continue
			}
			customer, err := run.Customer{}, line.err
			if err == nil {
				customer, err = run.ParseCustomer(line.text)
			}
			if err != nil {
				err = fmt.Errorf("read blob %s: line %d: %w", name, n, err)
			}
			if !yield(customer, err) || err != nil {
				return
			}
		}
	}
}

type lineOrError struct {
	text []byte
	err  error
}

// lines yields the lines of a blob, numbered from 1, each valid until the next;
// none if there is no blob. An error comes last.
func (s *Store) lines(ctx context.Context, name string, limit int) iter.Seq2[int, lineOrError] {
	return func(yield func(int, lineOrError) bool) {
		_, body, err := s.container.Get(ctx, name)
		if errors.Is(err, ErrNotFound) {
			return
		}
		if err != nil {
			yield(1, lineOrError{err: err})
			return
		}
		defer body.Close()
		from := bufio.NewReaderSize(body, 64<<10)
		for n := 1; ; n++ {
			text, err := from.ReadSlice('\n')
			if errors.Is(err, bufio.ErrBufferFull) {
				var rest []byte
				text = bytes.Clone(text)
				rest, err = readLine(from, limit)
				text = append(text, rest...)
			}
			last := errors.Is(err, io.EOF)
			if last && len(text) == 0 {
				return
			}
			if last {
				err = nil
			}
			if !yield(n, lineOrError{bytes.TrimSuffix(text, []byte{'\n'}), err}) || last || err != nil {
				return
			}
		}
	}
}
