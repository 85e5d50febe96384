package m365_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tenantrollup/internal/standin/m365"
)

const card = `{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive",
	"content":{"type":"AdaptiveCard","version":"1.4","body":[{"type":"TextBlock","text":"%s"}]}}]}`

func TestWebhooks(t *testing.T) {
	post := func(l *lab, address, body string, headers ...string) answer {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		a, err := l.do(r)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	l := start(t, m365.Options{})
	for _, test := range []struct {
		rule, address, body string
		headers             []string
		status              int
	}{
		{"a program accepts any object", l.PlainWebhook(), `{"report":"details"}`, nil, 200},
		{"a program accepts only objects", l.PlainWebhook(), `[]`, nil, 400},
		{"a channel accepts a card", l.TeamsWebhook(), fmt.Sprintf(card, "hello"), nil, 200},
		{"a channel accepts only cards", l.TeamsWebhook(), `{"report":"details"}`, nil, 400},
		{"a channel accepts no message of more than 28 KB", l.TeamsWebhook(), fmt.Sprintf(card, strings.Repeat("x", 28<<10)), nil, 400},
		{"a call with a credential is refused", l.PlainWebhook(), `{}`, []string{"Authorization", "Bearer x"}, 400},
		{"a call that is not JSON is refused", l.PlainWebhook(), `{}`, []string{"Content-Type", "text/plain"}, 400},
		{"another address is not found", l.PlainWebhook() + "x", `{}`, nil, 404},
	} {
		t.Run(test.rule, func(t *testing.T) {
			if a := post(l, test.address, test.body, test.headers...); a.status != test.status {
				t.Errorf("answered %d %s, want %d", a.status, a.body, test.status)
			}
		})
	}
	t.Run("calls are kept with their answers", func(t *testing.T) {
		l := start(t, m365.Options{})
		l.SetOutage(m365.WebhookTrips, true)
		var statuses []int
		for range 4 {
			statuses = append(statuses, post(l, l.PlainWebhook(), `{"n":1}`).status)
		}
		l.SetOutage(m365.WebhookDown, true)
		statuses = append(statuses, post(l, l.TeamsWebhook(), fmt.Sprintf(card, "x")).status)
		if want := []int{500, 429, 200, 500, 503}; !slices.Equal(statuses, want) {
			t.Errorf("answered %d, want %d", statuses, want)
		}
		kept := l.Notifications()
		if len(kept) != 5 || kept[2] != (m365.Notification{Host: "hooks.contoso.example", Body: `{"n":1}`, Status: 200}) || kept[4].Host != "contoso.webhook.office.com" {
			t.Errorf("kept: %+v", kept)
		}
	})
	t.Run("the secret part of their addresses is among the secrets", func(t *testing.T) {
		for _, address := range []string{l.PlainWebhook(), l.TeamsWebhook()} {
			if !slices.ContainsFunc(l.Secrets(), func(s string) bool { return strings.Contains(address, s) }) {
				t.Errorf("no secret is found in %s", address)
			}
		}
	})
}
