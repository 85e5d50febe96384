package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"tenantrollup/internal/customhandler"
	"tenantrollup/internal/report"
	"tenantrollup/internal/rollup"
	"tenantrollup/internal/run"
	"tenantrollup/internal/web"
)

// lookLimit is how long a night looks at earlier ones: it must not be lost itself
// if storage hangs.
const lookLimit = 2 * time.Minute

// nightly requests every report of the night, and takes care of earlier nights:
// those that are not finished, and those that were missed.
func (a *app) nightly(ctx context.Context, inv *customhandler.Invocation) (customhandler.Result, error) {
	var result customhandler.Result
	timer, err := inv.Timer("timer")
	if err != nil {
		return result, err
	}
	date := report.DateOf(timer.Due(time.Now()))
	ctx, cancel := context.WithTimeoutCause(ctx, lookLimit, fmt.Errorf("it takes more than %s", lookLimit))
	defer cancel()
	tonight, madeUp := a.tonight(ctx, inv.Log, date)
	for _, message := range slices.Concat(tonight, a.unfinished(ctx, inv.Log, date), madeUp) {
		if err := result.Enqueue("messages", message); err != nil {
			return result, err
		}
	}
	inv.Log.LogAttrs(ctx, slog.LevelInfo, "night queued", slog.String("date", string(date)),
		slog.Any("reports", reportsOf(tonight)), slog.Any("madeUp", datesOf(madeUp)))
	return result, nil
}

// tonight requests every report, and the nights that it missed.
func (a *app) tonight(ctx context.Context, log *slog.Logger, date report.Date) (tonight, madeUp []run.Message) {
	engine := a.engine(log)
	for _, r := range a.config.Reports {
		missed, err := engine.Missed(ctx, r, date, a.config.Schedule.On)
		if err != nil {
			notLookedAfter(ctx, log, r.Name, err)
		}
		message := rollup.Nightly(run.Key{Report: r.Name, Date: date}, r.Call.String(), rand.Uint32)
		message.Note = missed.Note
		tonight, madeUp = append(tonight, message), append(madeUp, missed.Messages...)
	}
	return tonight, madeUp
}

// unfinished requests what earlier nights have left.
func (a *app) unfinished(ctx context.Context, log *slog.Logger, date report.Date) (messages []run.Message) {
	engine := a.engine(log)
	for _, r := range a.reports {
		earlier, err := engine.LookBack(ctx, r.Name, date)
		if err != nil {
			notLookedAfter(ctx, log, r.Name, err)
		}
		messages = append(messages, earlier...)
	}
	return messages
}

// notLookedAfter logs why a night could not look at earlier ones. The next night
// looks again; this one must not be lost because of it.
func notLookedAfter(ctx context.Context, log *slog.Logger, report string, err error) {
	log.LogAttrs(ctx, slog.LevelError, "earlier nights can't be completed", slog.String("report", report), slog.String("error", err.Error()))
}

func reportsOf(messages []run.Message) (names []string) {
	for _, m := range messages {
		names = append(names, m.Report)
	}
	return names
}

func datesOf(messages []run.Message) map[string][]report.Date {
	dates := map[string][]report.Date{}
	for _, m := range messages {
		dates[m.Report] = append(dates[m.Report], m.Date)
	}
	return dates
}

// rollup works on one run until it is published or the budget is spent.
func (a *app) rollup(ctx context.Context, inv *customhandler.Invocation) (customhandler.Result, error) {
	var result customhandler.Result
	queued, err := inv.Queue("message")
	if err != nil {
		return result, err
	}
	message, err := run.ParseMessage([]byte(queued.Text))
	if err != nil {
		return result, err
	}
	ctx, cancel := context.WithTimeout(ctx, a.config.ExecutionBudget)
	defer cancel()
	engine := a.engine(inv.Log)
	engine.SignIn = func(ctx context.Context) (rollup.Access, error) { return a.signIn(ctx, message, inv.Log) }
	next, err := engine.Slice(ctx, message, queued.DequeueCount >= a.host.MaxDequeueCount)
	if err != nil {
		return result, fmt.Errorf("run %s: %w", message.Key(), err)
	}
	if next == nil {
		return result, nil
	}
	return result, result.Enqueue("continuation", next)
}

// rerun takes requests for runs and queues them.
func (a *app) rerun(ctx context.Context, inv *customhandler.Invocation) (customhandler.Result, error) {
	requests := requests{Rollup: a.engine(inv.Log), call: a.call}
	api := a.api(inv)
	api.Requests = &requests
	result, err := answerHTTP(ctx, inv, api)
	if err != nil {
		return result, err
	}
	for _, message := range requests.messages {
		if err := result.Enqueue("messages", message); err != nil {
			return result, err
		}
	}
	return result, nil
}

// requests keeps the messages that the requests of one invocation queue.
type requests struct {
	*rollup.Rollup
	call     func(report string) string
	messages []run.Message
}

// Request implements web.Requests.
func (r *requests) Request(ctx context.Context, key run.Key, scope run.Scope) error {
	message, err := r.Rollup.Request(ctx, key, r.call(key.Report), scope)
	r.keep(message)
	return err
}

// RequestSome implements web.Requests.
func (r *requests) RequestSome(ctx context.Context, key run.Key, asked run.Asked) error {
	message, err := r.Rollup.RequestSome(ctx, key, asked)
	r.keep(message)
	return err
}

// Accept implements web.Requests.
func (r *requests) Accept(ctx context.Context, key run.Key, turn run.Turn) error {
	message, err := r.Rollup.Accept(ctx, key, turn)
	r.keep(message)
	return err
}

// keep keeps the message, if there is one.
func (r *requests) keep(message run.Message) {
	if message != (run.Message{}) {
		r.messages = append(r.messages, message)
	}
}

// runs tells how runs went.
func (a *app) runs(ctx context.Context, inv *customhandler.Invocation) (customhandler.Result, error) {
	return answerHTTP(ctx, inv, a.api(inv))
}

func (a *app) api(inv *customhandler.Invocation) *web.API { return a.offers(inv.Log) }

// offers is the API of the reports that can be asked for.
func (a *app) offers(log *slog.Logger) *web.API {
	today := report.DateOf(time.Now())
	api := &web.API{Runs: a.store, Today: today, Log: log, Login: a.config.Cloud.Login}
	for _, r := range a.reports {
		api.Reports = append(api.Reports, web.Report{
			Name: r.Name, AsOfNow: r.Call.AsOfNow(), OnDemand: r.onDemand,
			AnswerableOn: func(date report.Date) error { return r.Call.AnswerableOn(date, today) },
		})
	}
	return api
}

// call is the call of the report with this name, which web has checked.
func (a *app) call(name string) string {
	for _, r := range a.reports {
		if r.Name == name {
			return r.Call.String()
		}
	}
	return ""
}
