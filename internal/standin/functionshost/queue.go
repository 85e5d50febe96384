package functionshost

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Message is a queue message as it is in the queue now.
type Message struct {
	ID           string
	Text         string
	DequeueCount int       // deliveries so far
	Inserted     time.Time // when it was queued
	Visible      time.Time // when it can be delivered (again)
}

// queues are the storage account's queues. A message that is taken stays in its queue,
// invisible, until its taker deletes it. The next taker gets another receipt: an
// operation with an old receipt changes nothing.
type queues struct {
	bell *bell

	mu     sync.Mutex
	byName map[string][]*taken
}

type taken struct {
	Message
	receipt string
}

func newQueues(bell *bell) *queues {
	return &queues{bell: bell, byName: map[string][]*taken{}}
}

func (q *queues) put(name, text string) {
	now := time.Now()
	q.mu.Lock()
	q.byName[name] = append(q.byName[name], &taken{Message: Message{ID: newGUID(), Text: text, Inserted: now, Visible: now}})
	q.mu.Unlock()
	q.bell.ring()
}

// take waits for a visible message and hides it for the window. It returns
// false when ctx is done.
func (q *queues) take(ctx context.Context, name string, window time.Duration) (taken, bool) {
	for {
		rung := q.bell.next()
		m, wait := q.tryTake(name, window)
		if m != nil {
			return *m, true
		}
		alarm := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			alarm.Stop()
			return taken{}, false
		case <-rung:
		case <-alarm.C:
		}
		alarm.Stop()
	}
}

// tryTake returns a copy of the first visible message, or the time until one may be
// visible.
func (q *queues) tryTake(name string, window time.Duration) (*taken, time.Duration) {
	now, wait := time.Now(), time.Hour
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range q.byName[name] {
		if m.Visible.After(now) {
			wait = min(wait, m.Visible.Sub(now))
			continue
		}
		m.DequeueCount++
		m.Visible, m.receipt = now.Add(window), newGUID()
		return new(*m), 0
	}
	return nil, wait
}

// hide makes m visible again after d: short to release it, the window to
// renew it.
func (q *queues) hide(name string, m taken, d time.Duration) {
	q.mu.Lock()
	if i := q.index(name, m.receipt); i >= 0 {
		q.byName[name][i].Visible = time.Now().Add(d)
	}
	q.mu.Unlock()
	q.bell.ring()
}

// remove deletes m and puts its text into another queue if one is named.
func (q *queues) remove(name string, m taken, moveTo string) {
	q.mu.Lock()
	i := q.index(name, m.receipt)
	if i >= 0 {
		q.byName[name] = slices.Delete(q.byName[name], i, i+1)
	}
	q.mu.Unlock()
	if i >= 0 && moveTo != "" {
		q.put(moveTo, m.Text)
	}
	q.bell.ring()
}

func (q *queues) index(name, receipt string) int {
	return slices.IndexFunc(q.byName[name], func(m *taken) bool { return m.receipt == receipt })
}

func (q *queues) messages(name string) []Message {
	q.mu.Lock()
	defer q.mu.Unlock()
	var all []Message
	for _, m := range q.byName[name] {
		all = append(all, m.Message)
	}
	return all
}

// count returns how many messages are in the queues with these names, at one moment.
func (q *queues) count(names []string) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	total := 0
	for _, name := range names {
		total += len(q.byName[name])
	}
	return total
}

// listener is the queue trigger of one function on one instance
// (azure-webjobs-sdk, QueueListener and QueueProcessor).
type listener struct {
	queues     *queues
	name       string
	slots      int           // messages in progress at once
	window     time.Duration // invisible while in progress; renewed at half time
	visibility time.Duration // invisible after a failure
	maxDequeue int           // deliveries until it goes to <name>-poison
	work       func(ctx context.Context, m taken) error
}

// run delivers until ctx, the instance's life, is done. A message in progress is then
// left as it is, because a lost instance releases nothing.
func (l *listener) run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	slots := make(chan struct{}, l.slots)
	for {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		m, ok := l.queues.take(ctx, l.name, l.window)
		if !ok {
			return
		}
		wg.Go(func() {
			defer func() { <-slots }()
			l.deliver(ctx, m)
		})
	}
}

func (l *listener) deliver(ctx context.Context, m taken) {
	// Only a lost host gets here: it had no time to poison the message.
	if m.DequeueCount > l.maxDequeue {
		l.queues.remove(l.name, m, l.name+"-poison")
		return
	}
	renewing, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { l.renew(renewing, m) })
	err := l.work(ctx, m)
	stop()
	wg.Wait()
	switch {
	case ctx.Err() != nil:
	case err == nil:
		l.queues.remove(l.name, m, "")
	case m.DequeueCount >= l.maxDequeue:
		l.queues.remove(l.name, m, l.name+"-poison")
	default:
		l.queues.hide(l.name, m, l.visibility)
	}
}

func (l *listener) renew(ctx context.Context, m taken) {
	tick := time.NewTicker(l.window / 2)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			l.queues.hide(l.name, m, l.window)
		case <-ctx.Done():
			return
		}
	}
}
