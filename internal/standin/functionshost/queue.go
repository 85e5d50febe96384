package functionshost

import (
	"encoding/base64"
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
	receipt     string
	undecodable bool // Text is not base64
}

func newQueues(bell *bell) *queues {
	return &queues{bell: bell, byName: map[string][]*taken{}}
}

func newMessage(text string) *taken {
	now := time.Now()
	return &taken{Message: Message{ID: newGUID(), Text: text, Inserted: now, Visible: now}}
}

func (q *queues) put(name, text string) { q.add(name, newMessage(text)) }

// putRaw puts what another program wrote into the queue, where the host looks
// for base64.
func (q *queues) putRaw(name, raw string) {
	text, err := base64.StdEncoding.DecodeString(raw)
	m := newMessage(string(text))
	if err != nil {
		m.Text, m.undecodable = raw, true
	}
	q.add(name, m)
}

func (q *queues) add(name string, m *taken) {
	q.mu.Lock()
	q.byName[name] = append(q.byName[name], m)
	q.mu.Unlock()
	q.bell.ring()
}

// take hides the first visible message for the window and returns a copy of it,
// or nil if none is visible now.
func (q *queues) take(name string, window time.Duration) *taken {
	now := time.Now()
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range q.byName[name] {
		if m.Visible.After(now) {
			continue
		}
		m.DequeueCount++
		m.Visible, m.receipt = now.Add(window), newGUID()
		return new(*m)
	}
	return nil
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
	if i := q.index(name, m.receipt); i >= 0 {
		q.byName[name] = slices.Delete(q.byName[name], i, i+1)
		if moveTo != "" {
			q.byName[moveTo] = append(q.byName[moveTo], newMessage(m.Text))
		}
	}
	q.mu.Unlock()
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
