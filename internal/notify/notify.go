// Package notify calls one webhook when a run is published or stopped, with the
// run in numbers and what has changed since the publication before it.
//
// It promises never to fail or hold up a run for more than 20 seconds, to name
// customers but never their users, and to keep the address, which is a
// password, out of every log. A call that is not answered, or refused for the
// moment, is made again, three times in all, so a receiver may hear twice of one
// end of a run. A process that is killed between the end and the call makes
// none: who must not miss a night looks at the runs.
package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tenantrollup/internal/report"
	"tenantrollup/internal/run"
)

// Runs reads what runs have left in storage.
type Runs interface {
	// LastPublished is the newest publication of the same call dated before the
	// given day. Its Run is empty where there is none.
	LastPublished(ctx context.Context, reportName, call string, before report.Date) (run.Key, run.Checkpoint, error)
	// Customers yields the customers that the run was frozen with, sorted by
	// tenant id, from index on.
	Customers(ctx context.Context, key run.Key, checkpoint run.Checkpoint, from int) iter.Seq2[run.Customer, error]
	// ErrorLog yields the lines of the run's publication.
	ErrorLog(ctx context.Context, key run.Key) iter.Seq2[run.Line, error]
}

const (
	limit     = 20 * time.Second // for a notification in all
	comparing = 8 * time.Second  // of it
	answering = 5 * time.Second  // for one call
	pause     = time.Second      // before the second call; twice that before the third
	tries     = 3
)

// Webhook is the address that is called when a run ends.
type Webhook struct {
	address string
	client  *http.Client
	runs    Runs
	log     *slog.Logger
}

// New returns the webhook at an https address. The client must not add a
// credential; its redirects are not followed.
func New(address string, client *http.Client, runs Runs, log *slog.Logger) *Webhook {
	own := *client
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Webhook{address, &own, runs, log}
}

// notice is the body of a call: the keys of the run's record and these.
type notice struct {
	run.Record
	StatusURL string   `json:"status_url"` // a path of the function app
	Changes   *changes `json:"changes,omitempty"`
}

// Notify tells of a run that has just been published or stopped, as its record
// stands now. It goes on for a moment where ctx has ended, since the end of the
// budget may be why the run is stopped. What goes wrong is logged.
func (w *Webhook) Notify(ctx context.Context, key run.Key, checkpoint run.Checkpoint) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	log := w.log.With(slog.String("report", key.Report), slog.String("date", string(key.Date)))
	n := notice{
		Record:    checkpoint.Describe(checkpoint.Record(key), checkpoint.Finished()),
		StatusURL: "/api/runs/" + key.String(),
	}
	n.Reason = clean(n.Reason, reasonLength)
	if checkpoint.Finished() {
		var err error
		if n.Changes, err = w.changes(ctx, key, checkpoint); err != nil {
			log.LogAttrs(ctx, slog.LevelWarn, "the notification won't say what has changed", slog.String("error", err.Error()))
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
	return compare(ctx, w.runs, key, checkpoint)
}

// deliver makes the call, again where that may help.
func (w *Webhook) deliver(ctx context.Context, n notice) error {
	address, err := url.Parse(w.address)
	if err != nil || address.Scheme != "https" {
		return errors.New("call the webhook: its address is not an https address")
	}
	var body any = n
	if isTeams(address.Hostname()) {
		body = envelope(n)
	}
	var encoded bytes.Buffer
	encoder := json.NewEncoder(&encoded)
	encoder.SetEscapeHTML(false) // no browser reads it, and Teams counts its bytes
	if err := encoder.Encode(body); err != nil {
		return fmt.Errorf("encode the notification: %w", err)
	}
	for try := 1; ; try++ {
		wait, err := w.call(ctx, encoded.Bytes())
		if err == nil || wait < 0 || try == tries {
			return err
		}
		wait = max(wait, pause<<(try-1))
		if deadline, _ := ctx.Deadline(); time.Until(deadline) <= wait {
			return fmt.Errorf("%w; no time is left to call again", err)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return err
		}
	}
}

// call posts the body once. wait is for how long the receiver wants to be left
// alone after a failure, negative where another call is of no use.
func (w *Webhook) call(ctx context.Context, body []byte) (wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, answering)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.address, bytes.NewReader(body))
	if err != nil {
		return -1, errors.New("call the webhook: its address is not understood") // err would show it
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := w.client.Do(request)
	if err != nil {
		return 0, fmt.Errorf("call the webhook: %w", withoutAddress(err))
	}
	defer answer.Body.Close()
	io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // so that the connection can be used again
	switch status := answer.StatusCode; {
	case status/100 == 2:
		return 0, nil
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status/100 == 5:
		return retryAfter(answer.Header.Get("Retry-After")), fmt.Errorf("call the webhook: it answered %d", status)
	default:
		return -1, fmt.Errorf("call the webhook: it answered %d; look whether NOTIFY_WEBHOOK_URL is still right", status)
	}
}

// withoutAddress takes off what net/http puts around an error: the address.
func withoutAddress(err error) error {
	if outer, ok := errors.AsType[*url.Error](err); ok {
		return outer.Err
	}
	return err
}

// retryAfter reads seconds or a date.
func retryAfter(value string) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(max(seconds, 0), int(limit/time.Second))) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(date))
	}
	return 0
}

// teams are the hosts that post a card to a Teams channel: workflows of Teams
// and Power Automate, and the connectors that came before them.
var teams = []string{
	".powerplatform.com", ".powerplatform.microsoft.us",
	".logic.azure.com", ".logic.azure.us", ".logic.azure.cn",
	".webhook.office.com",
}

func isTeams(host string) bool {
	for _, suffix := range teams {
		if strings.HasSuffix(strings.ToLower(host), suffix) {
			return true
		}
	}
	return false
}
