package functionshost

import "sync"

// bell wakes all that wait for something to change.
type bell struct {
	mu    sync.Mutex
	rings chan struct{}
}

// next is closed at the next ring. Get it before you look at the state.
func (b *bell) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rings == nil {
		b.rings = make(chan struct{})
	}
	return b.rings
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rings != nil {
		close(b.rings)
		b.rings = nil
	}
}
