package m365

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
)

const (
	teamsHost = "contoso.webhook.office.com"
	plainHost = "hooks.contoso.example"
	teamsPath = "/webhookb2/"
	plainPath = "/tenant-rollup"
)

// What may be wrong with the receivers of webhooks.
const (
	WebhookTrips Outage = "webhook-trips" // in turn 500, 429 with Retry-After 1, and success
	WebhookDown  Outage = "webhook-down"  // 503
)

// teamsLimit is the largest message that Teams accepts, in bytes.
const teamsLimit = 28 << 10

// Notification is one call of a webhook at its correct address, and how it was
// answered.
type Notification struct {
	Host, Body string
	Status     int
}

// webhooks are two receivers: a channel of Teams and a program of the partner. Anyone
// who knows the address may call.
type webhooks struct {
	key string

	mu       sync.Mutex
	received []Notification
	tripped  int
}

// TeamsWebhook is the address of a channel of Teams. It is a secret.
func (c *Cloud) TeamsWebhook() string {
	return "https://" + teamsHost + teamsPath + c.webhooks.key
}

// PlainWebhook is the address of a program that takes any JSON object. It is a
// secret.
func (c *Cloud) PlainWebhook() string {
	return "https://" + plainHost + plainPath + "?sig=" + url.QueryEscape(c.webhooks.key)
}

// Notifications returns the calls of both webhooks since the start.
func (c *Cloud) Notifications() []Notification {
	c.webhooks.mu.Lock()
	defer c.webhooks.mu.Unlock()
	return slices.Clone(c.webhooks.received)
}

func (c *Cloud) webhookHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+teamsHost+teamsPath+"{key}", func(w http.ResponseWriter, r *http.Request) {
		c.receive(w, r, r.PathValue("key"), isCard)
	})
	mux.HandleFunc("POST "+plainHost+plainPath, func(w http.ResponseWriter, r *http.Request) {
		c.receive(w, r, r.URL.Query().Get("sig"), isObject)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		defer c.counts.begin(KindUnknown, "")()
		http.NotFound(w, r)
	})
	return mux
}

func (c *Cloud) receive(w http.ResponseWriter, r *http.Request, key string, good func(body []byte) bool) {
	defer c.counts.begin(KindWebhook, "")()
	if key != c.webhooks.key {
		http.NotFound(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		return // the caller has gone
	}
	status := http.StatusOK
	switch {
	case r.Header.Get("Authorization") != "", r.Header.Get("Content-Type") != "application/json", !good(body):
		status = http.StatusBadRequest
	case c.out(WebhookDown):
		status = http.StatusServiceUnavailable
	case c.out(WebhookTrips):
		status = c.webhooks.trip()
	}
	c.webhooks.note(Notification{r.Host, string(body), status})
	if status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(status)
}

func (h *webhooks) trip() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tripped++
	return []int{http.StatusOK, http.StatusInternalServerError, http.StatusTooManyRequests}[h.tripped%3]
}

func (h *webhooks) note(n Notification) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.received = append(h.received, n)
}

func isObject(body []byte) bool {
	var object map[string]any
	return json.Unmarshal(body, &object) == nil && object != nil
}

// isCard reports whether Teams would post the body.
func isCard(body []byte) bool {
	var message struct {
		Type        string `json:"type"`
		Attachments []struct {
			ContentType string `json:"contentType"`
			Content     struct {
				Type    string           `json:"type"`
				Version string           `json:"version"`
				Body    []map[string]any `json:"body"`
			} `json:"content"`
		} `json:"attachments"`
	}
	if len(body) > teamsLimit || json.Unmarshal(body, &message) != nil || message.Type != "message" || len(message.Attachments) != 1 {
		return false
	}
	card := message.Attachments[0]
	return card.ContentType == "application/vnd.microsoft.card.adaptive" && card.Content.Type == "AdaptiveCard" &&
		card.Content.Version != "" && len(card.Content.Body) > 0
}
