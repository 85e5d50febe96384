package main

import "sync"

// tail keeps the end of what is written: the handler's last lines, for an error
// that they explain.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

const tailLength = 4 << 10

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	t.kept = t.kept[max(0, len(t.kept)-tailLength):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept)
}
