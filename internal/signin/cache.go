package signin

import (
	"context"
	"errors"
	"sync"
	"time"

	"tenantrollup/internal/run"
)

type cacheKey struct{ tenantID, scope string }

// entry is one token request: under way until done is closed, then its result.
type entry struct {
	done   chan struct{}
	cancel context.CancelFunc
	grant  grant
	err    error

	// Guarded by the cache's mutex:
	waiting   int // callers
	forgotten bool
}

// generation is how many entries the cache takes before it drops those that nobody
// has asked for since. It is twice the most customers in flight.
const generation = 1024

// cache holds the results of token requests. It keeps two generations of entries:
// what is asked for moves to the young one, and when that is full, it becomes the
// old one.
type cache struct {
	mu         sync.Mutex
	young, old map[cacheKey]*entry
}

// get returns the kept result, or that of the request under way, or of a new
// one. A caller whose context ends stops waiting; when the last one has, the
// request ends too.
func (c *cache) get(ctx context.Context, key cacheKey, request func(context.Context) (grant, error)) (string, error) {
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	c.mu.Lock()
	e := c.lookUp(key)
	if e == nil {
		e = c.start(ctx, key, request)
	}
	e.waiting++
	c.mu.Unlock()

	select {
	case <-e.done:
		return e.grant.token, e.err
	case <-ctx.Done():
		c.leave(key, e)
		return "", context.Cause(ctx)
	}
}

// lookUp returns the entry if it can still be used. The mutex is held.
func (c *cache) lookUp(key cacheKey) *entry {
	e := c.young[key]
	if e == nil {
		if e = c.old[key]; e == nil {
			return nil
		}
		delete(c.old, key)
		c.put(key, e)
	}
	if e.finished() && (e.forgotten || !e.keeps()) {
		delete(c.young, key)
		return nil
	}
	return e
}

func (c *cache) put(key cacheKey, e *entry) {
	if c.young == nil || len(c.young) >= generation {
		c.young, c.old = map[cacheKey]*entry{}, c.young
	}
	c.young[key] = e
}

// start begins a request that outlives ctx, the first caller's. The mutex is held.
func (c *cache) start(ctx context.Context, key cacheKey, request func(context.Context) (grant, error)) *entry {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	e := &entry{done: make(chan struct{}), cancel: cancel}
	c.put(key, e)
	go func() {
		defer cancel()
		defer close(e.done)
		e.grant, e.err = request(ctx)
	}()
	return e
}

func (c *cache) leave(key cacheKey, e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.waiting--
	if e.waiting > 0 {
		return
	}
	if !e.finished() {
		e.cancel()
		c.drop(key, e)
	}
}

func (c *cache) drop(key cacheKey, e *entry) {
	for _, m := range []map[cacheKey]*entry{c.young, c.old} {
		if m[key] == e {
			delete(m, key)
		}
	}
}

// forget makes get send a new request if token is the one kept.
func (c *cache) forget(key cacheKey, token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.entryOf(key, token); e != nil {
		e.forgotten = true // it stays until it is replaced: others may ask about the same token
	}
}

// doubt forgets a token that an earlier slice got. outdated says that it is such a
// token, or not the one kept.
func (c *cache) doubt(key cacheKey, token string) (outdated bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entryOf(key, token)
	if e == nil {
		return true
	}
	e.forgotten = e.forgotten || e.grant.earlier
	return e.grant.earlier
}

// entryOf returns the entry that has the token, if there is one. The mutex is held.
func (c *cache) entryOf(key cacheKey, token string) *entry {
	e := c.young[key]
	if e == nil {
		e = c.old[key]
	}
	if e == nil || !e.finished() || e.grant.token != token {
		return nil
	}
	return e
}

func (e *entry) finished() bool {
	select {
	case <-e.done:
		return true
	default:
		return false
	}
}

// keeps reports whether a finished request need not be repeated: its token is
// still good, or the refusal will be the same.
func (e *entry) keeps() bool {
	if e.err == nil {
		return time.Now().Before(e.grant.until)
	}
	f, ok := errors.AsType[*run.Failure](e.err)
	return ok && !f.Transient
}
