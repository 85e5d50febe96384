package msapi

import (
	"strings"
	"sync"
	"time"
)

// Kept holds what customers' tenants answered to one run, for the runs that follow
// in the same process. It belongs to one credential at a time: with another one, it
// starts empty. When it is full, it keeps nothing new. It is safe for concurrent
// use; a nil one keeps nothing.
type Kept struct {
	most int

	mu         sync.Mutex
	credential string
	shelf      *Shelf
}

// NewKept returns a Kept of at most that many bytes.
func NewKept(most int) *Kept { return &Kept{most: most} }

// Of returns what was kept under the credential and is still valid.
func (k *Kept) Of(credential string) *Shelf {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.shelf == nil || k.credential != credential {
		k.credential, k.shelf = credential, &Shelf{room: k.most, answers: map[question]keptAnswer{}}
	}
	k.shelf.sweep()
	return k.shelf
}

// Shelf holds the answers under one credential. It is safe for concurrent use; a
// nil one keeps nothing.
type Shelf struct {
	mu      sync.Mutex
	room    int // bytes that are left
	answers map[question]keptAnswer
}

type question struct{ tenantID, what string }

type keptAnswer struct {
	value any
	size  int
	until time.Time
}

// perAnswer is what an answer takes in addition to its own bytes.
const perAnswer = 300

// Get returns what the tenant answered to the question, if that is still valid.
func (s *Shelf) Get(tenantID, what string) (value any, ok bool) {
	if s == nil {
		return nil, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.answers[question{tenantID, what}]
	if !ok || !time.Now().Before(a.until) {
		return nil, false
	}
	return a.value, true
}

// Put keeps an answer of that many bytes for a while, in place of an earlier one.
func (s *Shelf) Put(tenantID, what string, value any, size int, until time.Time) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q := question{strings.Clone(tenantID), what} // it may be part of a page of customers
	s.drop(q)
	if size += perAnswer; size > s.room {
		return
	}
	s.answers[q] = keptAnswer{value, size, until}
	s.room -= size
}

// Drop forgets the tenant's answer to the question.
func (s *Shelf) Drop(tenantID, what string) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(question{tenantID, what})
}

// drop is called with the mutex held.
func (s *Shelf) drop(q question) {
	s.room += s.answers[q].size
	delete(s.answers, q)
}

// sweep makes room: what is no longer valid is dropped.
func (s *Shelf) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for q, a := range s.answers {
		if !time.Now().Before(a.until) {
			s.drop(q)
		}
	}
}
