package refusal

import (
	"strings"

	"tenantrollup/internal/run"
)

const (
	longestDetail = 500
	longestName   = 100
)

// Sentence joins what happened and a service's own words, without secrets and cut
// to 500 characters on one line.
func (s *Secrets) Sentence(what, detail string) string {
	detail = s.Words(detail)
	if detail == "" {
		return what + "."
	}
	return what + ": " + strings.TrimSuffix(detail, ".") + "."
}

// Words returns a service's words without secrets, cut to 500 characters on one
// line.
func (s *Secrets) Words(text string) string { return s.words(text, longestDetail) }

// Name returns something short that a service names, such as a host, without
// secrets and cut to 100 characters on one line.
func (s *Secrets) Name(text string) string { return s.words(text, longestName) }

// words removes secrets before it cuts: half a secret would not be recognised.
func (s *Secrets) words(text string, most int) string {
	return run.Clip(strings.Join(strings.Fields(s.Clear(text)), " "), most)
}
