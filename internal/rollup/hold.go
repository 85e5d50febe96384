package rollup

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"tenantrollup/internal/run"
)

// When a run is compared with a publication, and how long its rows are kept.
const (
	referenceDays = 10 // dates before a run's own at which a publication is looked for
	dataExpected  = 10 // customers with data, after which none at all is held
	rowsKept      = 7 * 24 * time.Hour
)

// accepted reports whether somebody has asked to publish the held run as it is.
func (s *slice) accepted() bool { return s.cp.State == run.StateHeld && s.cp.Accept != "" }

// shortfall says how a run of all customers is poorer than the current publication,
// or nothing if it is not: fewer than half of the customers answered, or none of
// them has data any more.
func (s *slice) shortfall(ctx context.Context) (string, error) {
	if s.cp.Scope == run.ScopeFailed {
		return "", nil
	}
	before, err := s.reference(ctx)
	if err != nil || before.Run == "" {
		return "", err
	}
	answers, answersBefore := s.cp.WithData+s.cp.NoData, before.WithData+before.NoData
	switch {
	case answers*2 < min(answersBefore, s.cp.Customers-s.cp.Excluded):
		return fmt.Sprintf("Only %d of %s answered; on %s it was %d of %d.",
			answers, run.Customers(s.cp.Customers), before.Date, answersBefore, before.Customers), nil
	case s.cp.WithData == 0 && before.WithData >= dataExpected:
		return fmt.Sprintf("None of %s has data; on %s %d of %d had some.",
			run.Customers(s.cp.Customers), before.Date, before.WithData, before.Customers), nil
	}
	return "", nil
}

// reference is the publication that this run would replace, if that has the same
// call, otherwise the newest of the dates before; its Run is empty if there is
// none.
func (s *slice) reference(ctx context.Context) (run.Record, error) {
	replaced, err := s.rollup.Store.Published(ctx, s.key)
	if err != nil || replaced.Run != "" && replaced.Call == s.cp.Call {
		return replaced, err
	}
	key, last, err := s.rollup.Store.LastPublished(ctx, s.key.Report, s.cp.Call, s.key.Date)
	if err != nil || last.Run == "" || key.Date < s.key.Date.AddDays(-referenceDays) {
		return run.Record{}, err
	}
	return last.Record(key), nil
}

// hold keeps the run's files staged, and what is published in place, until
// somebody decides. Every message so far is behind the turn of the hold.
func (s *slice) hold(ctx context.Context, why string) error {
	if err := s.complete(ctx); err != nil {
		return err
	}
	before := s.cp
	s.cp.State, s.cp.Turn = run.StateHeld, s.cp.Turn.Hold()
	s.cp.Reason = s.holdReason(why)
	if err := s.checkpoint(ctx); err != nil {
		s.cp.State, s.cp.Turn, s.cp.Reason = before.State, before.Turn, before.Reason
		return err
	}
	s.log.LogAttrs(ctx, slog.LevelError, "run held", slog.String("reason", s.cp.Reason),
		slog.Int("customers", s.cp.Customers), slog.Int("withData", s.cp.WithData), slog.Int("noData", s.cp.NoData), slog.Int("failed", s.cp.Failed))
	s.notify(ctx)
	return nil
}

// holdReason fits into a record: the classes are few, and the failure is clipped.
func (s *slice) holdReason(why string) string {
	failures := s.cp.Classes.Failures()
	var classes []string
	for _, class := range failures.Sorted() {
		classes = append(classes, fmt.Sprintf("%s %d", class, failures[class]))
	}
	reason := why + " Classes: " + strings.Join(classes, ", ") + "."
	if s.refusals.first != "" {
		reason += " The first failure: " + run.Clip(s.refusals.first, firstShown)
	}
	return reason + fmt.Sprintf(" What to do: publish it as it is, or rerun all customers. Its rows are kept until %s.",
		time.Now().UTC().Add(rowsKept).Format("2006-01-02 15:04 UTC"))
}

// firstShown is how much of the first failure a reason quotes, in characters.
const firstShown = 160

// Accept asks to publish a held run as it is: that of the turn, or whichever is
// held if the turn is empty. It returns the message to queue, or none if the run
// was accepted and published already. run.ErrNotHeld, run.ErrRowsGone: there is
// nothing to accept any more. If requests race, they are judged again; the error is
// run.ErrRefused if that does not settle it.
func (r *Rollup) Accept(ctx context.Context, key run.Key, turn run.Turn) (run.Message, error) {
	for try := 1; ; try++ {
		m, err := r.accept(ctx, key, turn)
		if judgeAgain(err, try) {
			continue
		}
		return m, err
	}
}

func (r *Rollup) accept(ctx context.Context, key run.Key, turn run.Turn) (run.Message, error) {
	cp, version, err := r.Store.Read(ctx, key)
	if err != nil {
		return run.Message{}, err
	}
	if err := judgeAccept(key, cp, turn); err != nil {
		return run.Message{}, err
	}
	if cp.Finished() {
		return run.Message{}, nil
	}
	if cp.Accept == "" {
		cp.Accept, cp.Updated = cp.Turn, time.Now()
		if _, err := r.Store.Write(ctx, key, version, cp); err != nil {
			return run.Message{}, err
		}
	}
	return r.continuation(key, cp), nil
}

// JudgeAccept reports whether Accept would accept a request, without writing
// anything.
func (r *Rollup) JudgeAccept(ctx context.Context, key run.Key, turn run.Turn) error {
	cp, _, err := r.Store.Read(ctx, key)
	if err != nil {
		return err
	}
	return judgeAccept(key, cp, turn)
}

func judgeAccept(key run.Key, cp run.Checkpoint, turn run.Turn) error {
	held := cp.Accept
	if held == "" && cp.State == run.StateHeld {
		held = cp.Turn
	}
	switch {
	case held == "" || turn != "" && turn != held:
		return fmt.Errorf("run %s: %w", key, run.ErrNotHeld)
	case cp.Accept == "" && time.Since(cp.Updated) > rowsKept:
		return fmt.Errorf("run %s: %w", key, run.ErrRowsGone)
	}
	return nil
}
