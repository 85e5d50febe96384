package rollup

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"regexp"

	"tenantrollup/internal/run"
)

// How many customers the service must have refused in the same way before nobody
// else is asked, and how many if there are no more.
const (
	refusedIdentically = 25
	refusedAll         = 3
)

// saidShown is how much of the service's words a reason quotes, in characters: the
// record must have room for the remedy, too.
const saidShown = 250

// errNobodyAnswers ends a pass whose call the service refuses for everybody.
var errNobodyAnswers = errors.New("the service refuses the call for every customer")

// refusals says whether the service has refused every customer so far, and in the
// same way: then the call is wrong, or the service is broken for everybody.
type refusals struct {
	identical int          // customers that were refused with the checkpoint's refusal
	answered  bool         // somebody got another answer
	last      *run.Failure // of those that are the same
	first     string       // the first failure of this slice, whatever it was
}

// takeUpRefusals continues from what earlier slices have counted. If they recorded
// no refusal, somebody got another answer.
func (s *slice) takeUpRefusals() {
	s.refusals = refusals{answered: s.cp.Refusal == "" && s.cp.Done() > s.cp.Excluded}
	if s.cp.Refusal != "" {
		s.refusals.identical = s.cp.Classes[run.ServiceFault] + s.cp.Classes[run.MalformedReport]
	}
}

// noteRefusal counts the outcome of a customer.
func (s *slice) noteRefusal(failure *run.Failure) {
	r := &s.refusals
	if failure != nil && failure.Class != run.Excluded && r.first == "" {
		r.first = failure.Message
	}
	if failure != nil && (failure.SignIn || failure.Class == run.Excluded) || r.answered {
		return
	}
	kind := refusalOf(failure)
	if kind == "" || s.cp.Refusal != "" && s.cp.Refusal != kind {
		r.answered, s.cp.Refusal = true, ""
		return
	}
	s.cp.Refusal = kind
	r.identical++
	r.last = failure
}

// nobodyAnswers reports whether enough customers were refused in the same way, and
// none got another answer. all says that every customer is done.
func (s *slice) nobodyAnswers(all bool) bool {
	r := s.refusals
	if s.cp.Scope == run.ScopeFailed || r.answered {
		return false
	}
	return r.identical >= refusedIdentically || all && r.identical >= refusedAll
}

// undecided reports whether it is still open that somebody gets an answer.
func (s *slice) undecided() bool { return s.cp.Scope != run.ScopeFailed && !s.refusals.answered }

var plainCode = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,64}$`)

// refusalOf is the code or a digest of the words with which the service refused
// the call itself, and will again; empty if it did not.
func refusalOf(failure *run.Failure) string {
	switch {
	case failure == nil || failure.Transient || failure.Class != run.ServiceFault && failure.Class != run.MalformedReport:
		return ""
	case plainCode.MatchString(failure.Code):
		return failure.Code
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(failure.Message)))[:16]
}

// stopUnanswered stops the run at its first customer, with the service's words.
// Like a held run, it has no message left: a person or the next night continues it.
func (s *slice) stopUnanswered(ctx context.Context) error {
	failure, asked := s.refusals.last, s.refusals.identical
	if failure == nil { // an earlier slice had its words
		failure = &run.Failure{Class: run.ServiceFault, Message: "its refusal was " + s.cp.Refusal + ".", Remedy: "See the handler's log of this run."}
	}
	if err := s.startOver(ctx, restart{}); err != nil {
		return err
	}
	s.cp.State, s.cp.Turn = run.StateStopped, s.cp.Turn.Hold()
	said := *failure
	said.Message = run.Clip(said.Message, saidShown)
	s.cp.Reason = fmt.Sprintf("Microsoft refused this call for all of the first %s: %s", run.Customers(asked), said.Error())
	if err := s.openFiles(); err != nil { // first: see restart
		return err
	}
	if err := s.save(ctx); err != nil {
		return err
	}
	s.log.LogAttrs(ctx, slog.LevelError, "run stopped", slog.String("reason", s.cp.Reason), slog.String("class", string(failure.Class)))
	s.notify(ctx)
	return nil
}
