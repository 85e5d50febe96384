package functionshost

import (
	"bytes"
	"io"
	"strings"
	"sync"
)

// console passes on one of the handler's streams in whole lines and keeps the
// last three, which the real host attaches to a crash. mu is shared by both
// streams, so that one writer may take both.
type console struct {
	mu   *sync.Mutex
	out  io.Writer
	part []byte
	last []string
}

// Write never fails: a broken writer must not block the handler.
func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.part = append(c.part, p...)
	end := bytes.LastIndexByte(c.part, '\n') + 1
	if c.out != nil {
		c.out.Write(c.part[:end])
	}
	for line := range strings.Lines(string(c.part[:end])) {
		c.last = append(c.last, strings.TrimRight(line, "\r\n"))
	}
	c.last = c.last[max(0, len(c.last)-3):]
	c.part = append(c.part[:0], c.part[end:]...)
	return len(p), nil
}

func (c *console) tail() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.last, "\n")
}
