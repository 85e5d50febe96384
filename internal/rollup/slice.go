package rollup

import (
	"context"
	"errors"
	"hash"
	"log/slog"
	"time"

	"tenantrollup/internal/csvmerge"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// slice is one invocation's work on a run that it has claimed.
type slice struct {
	rollup    *Rollup
	key       run.Key
	call      report.Call
	cp        run.Checkpoint // as of the customers merged so far
	version   string         // version of the record that this slice last read or wrote
	claimedAt time.Time
	asked     run.Asked // in a rerun of the failed customers
	log       *slog.Logger
	access    Access // once signed in
	space     *space // room for the bodies that wait to be merged

	refusals   refusals // of the service so far
	stoppedFor string   // the reason in the record when this slice claimed the run
	torn       bool     // rows that cp counts could not be staged: it must no longer be saved

	// The two files, as openFiles leaves them.
	layout    *csvmerge.Layout
	batch     []outcome // merged customers whose rows are not laid out yet
	batchSize int64     // bytes of their bodies
	rows      *blockWriter
	lines     *blockWriter
	md5       hash.Hash // of the CSV
}

// Slice works on the message's run until it is published or held, or ctx is nearly
// over. It returns the message that continues the run, or nil if nothing is left to
// do for this one. last says that a failure is not followed by another delivery.
//
// An error means that the message must come back. If the partner can't sign in, or
// has no customers, the run is left stopped with the reason.
func (r *Rollup) Slice(ctx context.Context, m run.Message, last bool) (*run.Message, error) {
	s, answer, err := r.claim(ctx, m)
	if err != nil && last {
		return nil, r.giveUp(ctx, m, err)
	}
	if err != nil || s == nil {
		return answer, err
	}
	defer s.close()
	done, err := s.advance(ctx)
	if err != nil {
		return nil, s.fail(ctx, err, last)
	}
	if done {
		return nil, nil
	}
	return new(r.continuation(s.key, s.cp)), nil
}

// continuation is the message that continues a run: its turn is higher than any
// that has worked on the run so far.
func (r *Rollup) continuation(key run.Key, cp run.Checkpoint) run.Message {
	return cp.Message(key, cp.Turn.Next(r.Random))
}

// advance takes the run as far as time allows, and back to its beginning as often
// as it must be restarted.
func (s *slice) advance(ctx context.Context) (done bool, err error) {
	done, err = s.pass(ctx)
	for err != nil {
		var again restart
		if again, err = s.restartAfter(err); err != nil {
			return false, err
		}
		if err = s.restart(ctx, again); err == nil {
			done, err = s.pass(ctx)
		}
	}
	return done, nil
}

// pass takes the steps of a run once: list, collect, and publish or hold.
func (s *slice) pass(ctx context.Context) (done bool, err error) {
	if s.publishing() {
		return true, s.publish(ctx)
	}
	if err := s.freezeList(ctx); err != nil {
		return false, err
	}
	done, err = s.collect(ctx)
	if errors.Is(err, errNobodyAnswers) {
		return true, s.stopUnanswered(ctx)
	}
	if err != nil || !done {
		return false, err
	}
	if s.nobodyAnswers(true) {
		return true, s.stopUnanswered(ctx)
	}
	why, err := s.shortfall(ctx)
	if err != nil {
		return false, err
	}
	if why != "" {
		return true, s.hold(ctx, why)
	}
	return true, s.publish(ctx)
}

func (s *slice) publishing() bool { return s.cp.State == run.StatePublishing }

func (s *slice) signIn(ctx context.Context) error {
	if s.access.Lister != nil {
		return nil
	}
	access, err := s.rollup.SignIn(ctx)
	if err != nil {
		return err
	}
	s.access = access
	return nil
}

func (s *slice) notify(ctx context.Context) {
	if s.rollup.Notifier != nil {
		s.rollup.Notifier.Notify(ctx, s.key, s.cp)
	}
}

func (s *slice) close() {
	s.dropBatch()
	if err := s.space.close(); err != nil {
		s.log.Warn("a temporary file was left behind", slog.String("error", err.Error()))
	}
}
