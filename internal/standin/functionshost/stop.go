package functionshost

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Handler is a process that its host has left behind.
type Handler struct {
	PID int
	URL string // where it serves: http://127.0.0.1:port/
}

// LeftBehind are the handlers that StopHost and KillHost left, whether or not
// they have ended since.
func (h *Host) LeftBehind() []Handler {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.leftBehind))
}

// LoseHost lets the instance die with its handler, as if a machine were gone: its
// messages are not released and its timers are not recorded. Another instance takes
// over with a new handler; LoseHost returns when that one answers.
func (h *Host) LoseHost(ctx context.Context) error { return h.replace(ctx, (*instance).end) }

// Configure changes an application setting. As on the platform, another instance
// takes over, and its handler has the new value.
func (h *Host) Configure(ctx context.Context, name, value string) error {
	h.settings.Store(name, value)
	return h.LoseHost(ctx)
}

// StopHost stops the instance as the platform does when it takes one away: it
// begins nothing new, and ends when its work is done, the handler by SIGKILL. After
// Clocks.StopLimit it ends nevertheless, and work in progress is left behind with
// the handler, as by KillHost. Another instance takes over.
func (h *Host) StopHost(ctx context.Context) error { return h.replace(ctx, (*instance).stop) }

// KillHost ends the host's process alone, as SIGKILL does. The handler lives on
// until Close, with its connections and both of its pipes closed; its message
// comes back when the window ends. Another instance takes over.
func (h *Host) KillHost(ctx context.Context) error { return h.replace(ctx, (*instance).leave) }

// replace starts another instance when end has ended the current one.
func (h *Host) replace(ctx context.Context, end func(*instance)) error {
	next, err := h.handOver(end)
	if err != nil {
		return fmt.Errorf("start another instance: %w", err)
	}
	return next.worker.await(ctx)
}

func (h *Host) handOver(end func(*instance)) (*instance, error) {
	h.replacing.Lock()
	defer h.replacing.Unlock()
	if h.isClosed() {
		return nil, errors.New("the host is closed")
	}
	next, err := h.newInstance()
	if err != nil {
		return nil, err
	}
	end(h.current())
	next.begin()
	h.mu.Lock()
	h.instance = next
	h.mu.Unlock()
	h.bell.ring()
	return next, nil
}

// settles waits until no invocation runs, for at most that long.
func (h *Host) settles(limit time.Duration) bool {
	expired := time.After(limit)
	for {
		rung := h.bell.next()
		if h.journal.running() == 0 {
			return true
		}
		select {
		case <-rung:
		case <-expired:
			return false
		}
	}
}

// keep remembers a process for Close.
func (h *Host) keep(handler Handler, p *process) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.leftBehind[handler] = p
}

// Close ends the host and every handler that it ever started by SIGKILL. Closing
// twice is not an error.
func (h *Host) Close() error {
	h.replacing.Lock()
	defer h.replacing.Unlock()
	h.mu.Lock()
	h.closed = true
	left := slices.Collect(maps.Values(h.leftBehind))
	h.mu.Unlock()
	h.current().end()
	for _, p := range left {
		p.kill()
	}
	return h.server.Close()
}

func (h *Host) isClosed() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.closed
}
