// Package notify calls a webhook when a run is published, held or stops. It sends
// the run's status and what has changed since the previous publication.
//
// It promises never to fail a run, never to delay it by more than 20 seconds, to
// name customers but none of their users, and to keep the webhook's address, which
// is a password, out of every log. A call that gets no answer, or is refused
// temporarily, is repeated, up to three calls in total, so a receiver may be told
// twice that a run has ended. If the process is killed between a run's end and the
// call, there is no call: do not rely on it to learn about a missed night.
package notify

import (
	"cmp"
	"context"
	"iter"
	"log/slog"
	"net/http"
	"time"

	"tenantrollup/internal/refusal"
	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// Runs reads what runs have stored.
type Runs interface {
	// LastPublished returns the newest publication of the same call that is dated
	// before the given day. Its Run is empty if there is none.
	LastPublished(ctx context.Context, reportName, call string, before report.Date) (run.Key, run.Checkpoint, error)
	// Customers yields the run's frozen customer list, sorted by tenant id, from an
	// index on.
	Customers(ctx context.Context, key run.Key, checkpoint run.Checkpoint, from int) iter.Seq2[run.Customer, error]
	// ErrorLog yields the lines of the run's published error log.
	ErrorLog(ctx context.Context, key run.Key) iter.Seq2[run.Line, error]
}

const (
	limit     = 20 * time.Second // for a whole notification
	comparing = 8 * time.Second  // of these, to find out what has changed
)

// Webhook is called when a run ends.
type Webhook struct {
	address   string
	transport http.RoundTripper
	secrets   *refusal.Secrets
	runs      Runs
	log       *slog.Logger
}

// New returns the webhook at an https address. It uses only the transport of the
// client, which must not add a credential; redirects are not followed.
func New(address string, client *http.Client, runs Runs, log *slog.Logger) *Webhook {
	secrets := new(refusal.Secrets)
	secrets.HoldAddress(address)
	return &Webhook{address, cmp.Or(client.Transport, http.DefaultTransport), secrets, runs, log}
}

// notice is the body of a call.
type notice struct {
	run.Status
	StatusURL string   `json:"status_url"` // a path of the function app
	Changes   *changes `json:"changes,omitempty"`
}

// Notify tells the webhook about a run that has just been published, held or
// stopped. It continues for a while after ctx has ended, because the run may have
// stopped at the end of the budget. Its failures are logged.
func (w *Webhook) Notify(ctx context.Context, key run.Key, checkpoint run.Checkpoint) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	log := w.log.With(slog.Any("", key))
	n := notice{Status: checkpoint.Status(checkpoint.Record(key)), StatusURL: "/api/runs/" + key.String()}
	n.Reason = visible(n.Reason, reasonLength)
	if checkpoint.Finished() {
		var err error
		if n.Changes, err = w.changes(ctx, key, checkpoint); err != nil {
			log.LogAttrs(ctx, slog.LevelWarn, "the notification does not say what has changed", slog.String("error", err.Error()))
		}
	}
	if err := w.deliver(ctx, n); err != nil {
		log.LogAttrs(ctx, slog.LevelWarn, "notification failed", slog.String("error", err.Error()))
		return
	}
	log.LogAttrs(ctx, slog.LevelInfo, "notified", slog.String("state", string(n.State)))
}

func (w *Webhook) changes(ctx context.Context, key run.Key, checkpoint run.Checkpoint) (*changes, error) {
	ctx, cancel := context.WithTimeout(ctx, comparing)
	defer cancel()
	found, err := compare(ctx, w.runs, key, checkpoint)
	if err != nil {
		return nil, err // what was found so far would pass for everything
	}
	return found, nil
}
