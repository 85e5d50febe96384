package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"tenantrollup/internal/customhandler"
	"tenantrollup/internal/report"
	"tenantrollup/internal/rollup"
	"tenantrollup/internal/run"
)

// wish is what handler night was asked for.
type wish struct {
	reports []string // names, or [name=]call
	date    report.Date
	scope   run.Scope
	accept  bool // publish a held run as it is
	out     string
	json    bool
}

// night runs reports to their end in this process.
func night(ctx context.Context, args []string, c console) error {
	w, err := parseWish(args, c.stdout)
	if err != nil {
		return err
	}
	a, err := wireByHand(ctx, c, w.out)
	if err != nil {
		return err
	}
	defer a.close()
	p := newProgress(c.stderr)
	log := logByHand(p, p.terminal)
	messages, err := a.wanted(ctx, w, log)
	if err != nil {
		return err
	}
	a.keepAnswers(len(messages))
	var results []result
	for _, message := range messages {
		r := a.make(ctx, message, p, log)
		r.again = wish{reports: []string{a.wordFor(message)}, date: message.Date, out: w.out}
		results = append(results, r)
		if ctx.Err() != nil {
			break
		}
	}
	if err := tell(c.stdout, results, w.json); err != nil {
		return err
	}
	if ctx.Err() != nil {
		fmt.Fprintf(c.stderr, "Stopped. The work so far is saved. To continue: %s\n", results[len(results)-1].again.command())
		return exitCode(notPublished)
	}
	return verdict(results)
}

func parseWish(args []string, help io.Writer) (wish, error) {
	var w wish
	flags := flag.NewFlagSet("handler night", flag.ContinueOnError)
	flags.Func("report", "a `name` of REPORTS, a short name, or name=call; may be given several times (default: all of REPORTS)", func(text string) error {
		w.reports = append(w.reports, text)
		return nil
	})
	date := flags.String("date", "", "the run's `date`, such as 2026-11-24 (default: today, in UTC)")
	scope := flags.String("scope", "", "all: ask all customers again; failed: ask those without data again (default: run what has not been published yet)")
	flags.BoolVar(&w.accept, "accept", false, "publish the held run of -report as it is, and ask nobody")
	flags.StringVar(&w.out, "out", "", "the `folder` to write to (default: the storage of the settings, or "+folderByHand+")")
	flags.BoolVar(&w.json, "json", false, "print the results as JSON")
	if err := parse(flags, args, help); err != nil {
		return w, err
	}
	w.scope = run.Scope(*scope)
	if !slices.Contains([]run.Scope{"", run.ScopeAll, run.ScopeFailed}, w.scope) {
		return w, fmt.Errorf("-scope %s: want all or failed", *scope)
	}
	if w.accept && (len(w.reports) == 0 || w.scope != "") {
		return w, errors.New("-accept: want -report with what is held, and no -scope")
	}
	if *date == "" {
		return w, nil
	}
	var err error
	if w.date, err = report.ParseDate(*date); err != nil {
		return w, fmt.Errorf("-%w", err) // "date …"
	}
	return w, nil
}

// logByHand logs what is wrong: for a person only the worst, for a file the same as
// under the host.
func logByHand(out io.Writer, terminal bool) *slog.Logger {
	if !terminal {
		return customhandler.NewLogger(out, out, slog.LevelWarn)
	}
	return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelError, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
			return slog.Attr{}
		}
		return a
	}}))
}

// wanted returns the messages of the runs: without a report and a date, what the
// nightly trigger asks for.
func (a *app) wanted(ctx context.Context, w wish, log *slog.Logger) ([]run.Message, error) {
	today := report.DateOf(time.Now())
	if len(w.reports) == 0 && w.date == "" && w.scope == "" {
		tonight, madeUp := a.tonight(ctx, log, today)
		for i, message := range tonight {
			var err error
			if tonight[i], err = a.corrected(ctx, message, log); err != nil {
				return nil, err
			}
		}
		return slices.Concat(tonight, a.unfinished(ctx, log, today), madeUp), nil
	}
	if w.date == "" {
		w.date = today
	}
	chosen, err := a.choose(w.reports)
	if err != nil {
		return nil, err
	}
	var messages []run.Message
	for _, r := range chosen {
		message, err := a.ask(ctx, run.Key{Report: r.Name, Date: w.date}, r.Call.String(), w, log)
		if err != nil {
			return nil, err
		}
		messages = append(messages, message)
	}
	return messages, nil
}

// choose returns the reports with those names or calls, and offers them from then
// on.
func (a *app) choose(texts []string) ([]report.Named, error) {
	if len(texts) == 0 {
		return a.config.Reports, nil
	}
	var chosen []report.Named
	for _, text := range texts {
		list, err := a.named(text)
		if err != nil {
			return nil, fmt.Errorf("-report %q is none of the reports that there are (%s), and %w", text, a.names(), err)
		}
		for _, named := range list {
			i := slices.IndexFunc(chosen, func(r report.Named) bool { return strings.EqualFold(r.Name, named.Name) })
			if i < 0 {
				chosen = append(chosen, named)
			} else if chosen[i] != named {
				return nil, fmt.Errorf("-report %s: two reports are named %q: give one of them another name, as in other-name=%s", text, named.Name, named.Call)
			}
		}
	}
	for _, named := range chosen {
		if slices.ContainsFunc(a.reports, func(r offered) bool { return r.Named == named }) {
			continue
		}
		a.reports = slices.DeleteFunc(a.reports, func(r offered) bool { return strings.EqualFold(r.Name, named.Name) })
		a.reports = append(a.reports, offered{named, true})
	}
	return chosen, nil
}

// named is the report that has this name, or those that the text describes.
func (a *app) named(text string) ([]report.Named, error) {
	for _, r := range a.reports {
		if r.Name == text {
			return []report.Named{r.Named}, nil
		}
	}
	return report.ParseList(text)
}

// names are those of the reports that can be requested.
func (a *app) names() string {
	var names []string
	for _, r := range a.reports {
		names = append(names, r.Name)
	}
	return strings.Join(names, ", ")
}

// wordFor is what -report needs for the message's report: its name, if that is
// enough.
func (a *app) wordFor(m run.Message) string {
	if slices.ContainsFunc(a.config.Reports, func(r report.Named) bool { return r.Name == m.Report }) {
		return m.Report
	}
	if list, err := report.ParseList(m.Report); err == nil && list[0].Name == m.Report && list[0].Call.String() == m.Call {
		return m.Report
	}
	return m.Report + "=" + m.Call
}

// ask requests one run, as a request over HTTP does. Without a scope, it runs only
// if it has not been published yet.
func (a *app) ask(ctx context.Context, key run.Key, call string, w wish, log *slog.Logger) (run.Message, error) {
	if w.accept {
		return a.accept(ctx, key, call, log)
	}
	judged := w.scope
	if w.scope == "" {
		judged = run.ScopeAll
	}
	refused := a.offers(log).Refuses(ctx, key, judged)
	if w.scope == "" {
		cp, version, err := a.store.Read(ctx, key)
		if err != nil || version == "" && refused != nil {
			return run.Message{}, errors.Join(err, refused)
		}
		if cp.Finished() && cp.Call != call && len(w.reports) > 0 {
			return run.Message{}, fmt.Errorf("run %s is published, but with another call, %s; replace it with -scope all, or give this call a name of its own, as in -report other-name=…", key, cp.Call)
		}
		message := rollup.Nightly(key, call, rand.Uint32)
		if refused != nil {
			return message, nil
		}
		return a.corrected(ctx, message, log)
	}
	if refused != nil {
		return run.Message{}, refused
	}
	return a.engine(log).Request(ctx, key, call, w.scope)
}

// corrected returns the message itself or, if the run waits for a person and this is
// another call than its own, the message of a new run in its place.
func (a *app) corrected(ctx context.Context, m run.Message, log *slog.Logger) (run.Message, error) {
	cp, _, err := a.store.Read(ctx, m.Key())
	if err != nil || !cp.Waits() || cp.Call == m.Call {
		return m, err
	}
	return a.engine(log).Request(ctx, m.Key(), m.Call, run.ScopeAll)
}

// accept asks to publish what is held as it is.
func (a *app) accept(ctx context.Context, key run.Key, call string, log *slog.Logger) (run.Message, error) {
	message, err := a.engine(log).Accept(ctx, key, "")
	if err == nil && message == (run.Message{}) {
		message = rollup.Nightly(key, call, rand.Uint32) // for the run that was accepted before, and published
	}
	return message, err
}

// make works on a run until nothing is left to do.
func (a *app) make(ctx context.Context, m run.Message, p *progress, log *slog.Logger) result {
	key := m.Key()
	p.begin(key)
	begun := time.Now()
	engine := a.engine(log)
	engine.SignIn = func(ctx context.Context) (rollup.Access, error) { return a.signIn(ctx, m, log) }
	engine.Watch = p.step
	err := engine.ToTheEnd(ctx, m, a.config.ExecutionBudget)
	p.end()
	status, read := a.store.Status(context.WithoutCancel(ctx), key)
	if errors.Is(read, run.ErrNoRun) {
		status.Report, status.Date, read = key.Report, key.Date, nil
	}
	return result{Status: status, key: key, begun: begun, folder: a.folder(), err: errors.Join(err, read)}
}
