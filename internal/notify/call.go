package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tenantrollup/internal/refusal"
)

const (
	answering = 5 * time.Second // for one call
	pause     = time.Second     // before the second call; twice that before the third
	tries     = 3
)

// deliver calls the webhook, repeatedly if that may help.
func (w *Webhook) deliver(ctx context.Context, n notice) error {
	address, err := url.Parse(w.address)
	if err != nil || address.Scheme != "https" && !(address.Scheme == "http" && isLoopback(address.Hostname())) {
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

func isLoopback(host string) bool {
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}

// call posts the body once. After a failure, wait is how long the receiver asks to
// be left alone, or negative if another call would not help.
func (w *Webhook) call(ctx context.Context, body []byte) (wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, answering)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.address, bytes.NewReader(body))
	if err != nil {
		return -1, errors.New("call the webhook: its address is not valid") // err would show it
	}
	request.Header.Set("Content-Type", "application/json")
	// No http.Client: it would look at a redirect, and quote both addresses.
	answer, err := w.transport.RoundTrip(request)
	if err != nil {
		return 0, errors.New("call the webhook: " + w.secrets.Words(err.Error()))
	}
	defer answer.Body.Close()
	io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // so that the connection can be reused
	switch status := answer.StatusCode; {
	case status/100 == 2:
		return 0, nil
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status/100 == 5:
		return max(0, refusal.RetryAfter(answer.Header)), fmt.Errorf("call the webhook: it answered %d", status)
	default:
		return -1, fmt.Errorf("call the webhook: it answered %d; check whether NOTIFY_WEBHOOK_URL is still right", status)
	}
}

// teams are the hosts that post a card to a Teams channel: the workflows of Teams
// and Power Automate, and the connectors that preceded them.
var teams = []string{
	".powerplatform.com", ".powerplatform.microsoft.us",
	".logic.azure.com", ".logic.azure.us", ".logic.azure.cn",
	".webhook.office.com",
}

func isTeams(host string) bool {
	host = strings.ToLower(host)
	return slices.ContainsFunc(teams, func(suffix string) bool { return strings.HasSuffix(host, suffix) })
}
