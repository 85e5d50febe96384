package standin

import (
	"bytes"
	"io"
	"sync"
)

// console keeps what is written.
type console struct {
	mu   sync.Mutex
	kept bytes.Buffer
	also io.Writer
}

// Write implements io.Writer.
func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.also != nil {
		c.also.Write(p)
	}
	return c.kept.Write(p)
}

func (c *console) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kept.String()
}
