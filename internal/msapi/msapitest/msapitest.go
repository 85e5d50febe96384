// Package msapitest is a service without a network, for tests in a bubble of
// synctest, where waiting for a real connection would never end.
package msapitest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Service gives its answers in order, the last one again and again. It is the
// transport of an http.Client, and records what it was asked.
type Service struct {
	Answers []Answer
	Calls   []*http.Request
	Bodies  []string
}

// Answer is one answer of a Service.
type Answer struct {
	Status int
	Header http.Header
	Body   string
	Err    error // returned in place of an answer
}

// RoundTrip implements http.RoundTripper.
func (s *Service) RoundTrip(req *http.Request) (*http.Response, error) {
	a := s.Answers[min(len(s.Calls), len(s.Answers)-1)]
	s.Calls = append(s.Calls, req)
	if req.Body != nil {
		sent, _ := io.ReadAll(req.Body)
		s.Bodies = append(s.Bodies, string(sent))
	}
	if a.Err != nil {
		return nil, a.Err
	}
	if a.Header == nil {
		a.Header = http.Header{}
	}
	return &http.Response{StatusCode: a.Status, Header: a.Header, Body: io.NopCloser(strings.NewReader(a.Body)), Request: req}, nil
}

// Tokens is a token source that counts: t-0, after a Forget t-1, and so on.
type Tokens struct {
	Forgotten int
	Doubted   int
	Earlier   bool // t-0 was granted to an earlier run
}

// Token implements msapi.TokenSource.
func (s *Tokens) Token(context.Context, string, string) (string, error) {
	return fmt.Sprint("token-", s.Forgotten), nil
}

// Forget implements msapi.TokenSource.
func (s *Tokens) Forget(string, string, string) { s.Forgotten++ }

// Doubt implements msapi.TokenSource.
func (s *Tokens) Doubt(_, _, token string) (outdated bool) {
	s.Doubted++
	if outdated = s.Earlier && token == "token-0"; outdated {
		s.Forgotten++
	}
	return outdated
}

// ConsentURL implements msapi.TokenSource.
func (s *Tokens) ConsentURL(id string) string { return "https://login/" + id + "/consent" }
