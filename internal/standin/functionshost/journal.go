package functionshost

import (
	"errors"
	"slices"
	"sync"
	"time"
)

// Outcomes of an Invocation.
const (
	Running   = "running"
	Succeeded = "succeeded"
	Failed    = "failed"
	Lost      = "lost" // the instance died
)

// Invocation is one attempt of one function.
type Invocation struct {
	ID       string // the same for all attempts of a timer
	Function string
	Attempt  int       // timer: retries so far; queue: DequeueCount; HTTP: 0
	Started  time.Time // when the trigger fired; it may have waited for the handler
	Outcome  string    // Running, Succeeded, Failed or Lost
	Err      error     // why it is Failed or Lost
}

type journal struct {
	bell *bell

	mu      sync.Mutex
	entries []*Invocation
}

func (j *journal) begin(function, id string, attempt int) *Invocation {
	entry := &Invocation{ID: id, Function: function, Attempt: attempt, Started: time.Now(), Outcome: Running}
	j.mu.Lock()
	j.entries = append(j.entries, entry)
	j.mu.Unlock()
	return entry
}

func (j *journal) end(entry *Invocation, err error) {
	j.mu.Lock()
	entry.Err = err
	switch {
	case err == nil:
		entry.Outcome = Succeeded
	case errors.Is(err, errLost):
		entry.Outcome = Lost
	default:
		entry.Outcome = Failed
	}
	j.mu.Unlock()
	j.bell.ring()
}

// failed notes an attempt that never reached the handler, and returns err.
func (j *journal) failed(function string, attempt int, err error) error {
	j.end(j.begin(function, newGUID(), attempt), err)
	return err
}

func (j *journal) all() []Invocation {
	j.mu.Lock()
	defer j.mu.Unlock()
	var all []Invocation
	for _, entry := range j.entries {
		all = append(all, *entry)
	}
	return all
}

func (j *journal) running() int {
	all := j.all()
	return len(slices.DeleteFunc(all, func(i Invocation) bool { return i.Outcome != Running }))
}
