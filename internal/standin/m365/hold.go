package m365

import (
	"net/http"
	"sync"
)

// Hold answers n more of Graph's requests of the kind, and keeps those after them
// waiting until release is called, so that a test can act in the middle of a night,
// however slow the machine is. The kind is not on hold already.
func (c *Cloud) Hold(k Kind, n int) (release func()) {
	h := &hold{left: n, over: make(chan struct{})}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onHold[k] = h
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.onHold, k)
		close(h.over)
	})
}

type hold struct {
	left int // are answered before
	over chan struct{}
}

// mayAnswer waits while the kind is on hold. It returns false if the client left.
func (c *Cloud) mayAnswer(r *http.Request, k Kind) bool {
	over := c.heldUntil(k)
	if over == nil {
		return true
	}
	select {
	case <-over:
		return true
	case <-r.Context().Done():
		return false
	}
}

// heldUntil returns what one more request of the kind waits for, or nil.
func (c *Cloud) heldUntil(k Kind) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.onHold[k]
	switch {
	case h == nil:
		return nil
	case h.left > 0:
		h.left--
		return nil
	}
	return h.over
}
