package rollup

import (
	"context"
	"sync"
	"sync/atomic"
)

// spaceLimit is how many bytes all spooled bodies of a slice may take on disk
// together. Then fetching waits.
const spaceLimit = 512 << 20

// space hands out room on disk. Whoever everybody else waits for is never kept
// waiting, so that the room held by the others becomes free in the end.
type space struct {
	mu      sync.Mutex
	used    int64
	changed chan struct{} // closed at every change
}

func newSpace() *space { return &space{changed: make(chan struct{})} }

// take waits for n bytes of room.
func (s *space) take(ctx context.Context, n int64, first *atomic.Bool) error {
	for {
		s.mu.Lock()
		if s.used+n <= spaceLimit || first.Load() {
			s.used += n
			s.mu.Unlock()
			return nil
		}
		changed := s.changed
		s.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (s *space) give(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used -= n
	s.wake()
}

// letFirst tells that everybody else waits for this one now.
func (s *space) letFirst(first *atomic.Bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first.Store(true)
	s.wake()
}

func (s *space) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}
