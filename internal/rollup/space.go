package rollup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
)

// Room for the bodies of one slice that wait to be merged.
const (
	memoryLimit = 12 << 20 // bytes in memory; the rest goes to disk
	pageSize    = 64 << 10
	pagesLimit  = 512 << 20 / pageSize // on disk; then fetching waits
)

// space hands out memory, and pages of one temporary file. The customer that all
// others wait for never has to wait itself, so that the room held by the others
// becomes free in the end.
type space struct {
	mu      sync.Mutex
	memory  int64 // bytes in use
	file    *os.File
	free    []int64 // pages given back
	pages   int64   // in the file
	changed chan struct{}
}

func newSpace() *space { return &space{changed: make(chan struct{})} }

// reserve takes n bytes of memory, if there are that many.
func (s *space) reserve(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.memory+int64(n) > memoryLimit {
		return false
	}
	s.memory += int64(n)
	return true
}

// page waits for a free page.
func (s *space) page(ctx context.Context, urgent *atomic.Bool) (int64, error) {
	for {
		page, changed, err := s.tryPage(urgent)
		if err != nil || changed == nil {
			return page, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return 0, fmt.Errorf("wait for room to spool a report: %w", context.Cause(ctx))
		}
	}
}

// tryPage returns a page, or what to wait for.
func (s *space) tryPage(urgent *atomic.Bool) (page int64, wait <-chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := len(s.free) - 1; last >= 0 {
		page, s.free = s.free[last], s.free[:last]
		return page, nil, nil
	}
	if s.pages >= pagesLimit && !urgent.Load() {
		return 0, s.changed, nil
	}
	if s.file == nil {
		if s.file, err = os.CreateTemp("", "tenant-rollup-*.spool"); err != nil {
			return 0, nil, fmt.Errorf("spool reports: %w", err)
		}
		// A file without a name is gone when the process ends, however it ends.
		// If a system does not allow that, close removes it.
		os.Remove(s.file.Name())
	}
	s.pages++
	return s.pages - 1, nil, nil
}

// give returns memory and pages.
func (s *space) give(memory int, pages []int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.memory -= int64(memory)
	s.free = append(s.free, pages...)
	s.wake()
}

// letPass says that everybody else is now waiting for this customer.
func (s *space) letPass(urgent *atomic.Bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	urgent.Store(true)
	s.wake()
}

func (s *space) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// close gives the file back to the system.
func (s *space) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return nil
	}
	name, err := s.file.Name(), s.file.Close()
	if removed := os.Remove(name); removed != nil && !errors.Is(removed, os.ErrNotExist) {
		err = errors.Join(err, removed)
	}
	s.file = nil
	return err
}
