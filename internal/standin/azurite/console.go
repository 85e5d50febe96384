package azurite

import (
	"io"
	"regexp"
	"sync"
)

// listensOn is the line of azurite-blob 3.37 that says which port it took.
var listensOn = regexp.MustCompile(`successfully listens on https?://(127\.0\.0\.1:\d+)\s`)

// console receives what Azurite prints: it passes it on, finds the address, and keeps
// the end for error messages.
type console struct {
	log       io.Writer
	listening chan string // the address, once

	mu    sync.Mutex
	text  []byte
	found bool
}

func newConsole(log io.Writer) *console {
	if log == nil {
		log = io.Discard
	}
	return &console{log: log, listening: make(chan string, 1)}
}

// Write never fails: a broken log must not end Azurite.
func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.log.Write(p)
	c.text = append(c.text, p...)
	if match := listensOn.FindSubmatch(c.text); match != nil && !c.found {
		c.found = true
		c.listening <- string(match[1])
	}
	c.text = c.text[max(0, len(c.text)-4096):]
	return len(p), nil
}

func (c *console) tail() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.text)
}
