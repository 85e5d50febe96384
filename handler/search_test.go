package main_test

import (
	"fmt"
	"strings"
	"testing"
)

// search finds any of many words in one pass over a text, by a word's last eight
// bytes: a night hands out thousands of secrets and leaves megabytes behind.
type search map[uint64][]string

const shortestWord = 8

// searchFor fails on a word of less than eight bytes.
func searchFor(t *testing.T, words []string) search {
	t.Helper()
	s := search{}
	for _, word := range words {
		if len(word) < shortestWord {
			t.Fatalf("a word of %d bytes can't be searched for", len(word))
		}
		var last uint64
		for _, b := range []byte(word[len(word)-shortestWord:]) {
			last = last<<8 | uint64(b)
		}
		s[last] = append(s[last], word)
	}
	return s
}

// in returns where the first of the words ends in a text, and whether any does.
func (s search) in(text string) (end int, found bool) {
	var last uint64
	for i := range len(text) {
		last = last<<8 | uint64(text[i])
		for _, word := range s[last] {
			if strings.HasSuffix(text[:i+1], word) {
				return i + 1, true
			}
		}
	}
	return 0, false
}

func TestSearchFindsEachWordWhereverItIs(t *testing.T) {
	var words []string
	for i := range 1000 {
		words = append(words, fmt.Sprintf("word-%d-of-a-thousand", i), fmt.Sprintf("%08d", i))
	}
	s := searchFor(t, words)
	for _, around := range []string{"", "a", "word-", "-of-a-thousand", "%%%%%%%%%", strings.Repeat("\x00", 20)} {
		if _, found := s.in(around + around); found {
			t.Errorf("found in %q", around+around)
		}
		for _, word := range words {
			if end, found := s.in(around + word + around); !found || end != len(around)+len(word) {
				t.Errorf("%s in the middle of %q: ends at %d, %t", word, around, end, found)
			}
			if _, found := s.in(around + word[1:] + around); found {
				t.Errorf("%s without its first letter, in the middle of %q: found", word, around)
			}
		}
	}
}
