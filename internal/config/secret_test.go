package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/config"
)

func TestSecretsAreNeverPrinted(t *testing.T) {
	secrets := []string{"c2VjcmV0LWtleQ==", "hunter2"}
	c, err := config.Load(settings(map[string]string{"NOTIFY_WEBHOOK_URL": "https://contoso.example/hunter2"}), nil, 10*time.Minute, today)
	if err != nil {
		t.Fatal(err)
	}
	outputs := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		outputs[verb+" of a Config"] = fmt.Sprintf(verb, c)
		outputs[verb+" of a pointer to it"] = fmt.Sprintf(verb, &c)
		outputs[verb+" of a secret"] = fmt.Sprintf(verb, c.NotifyWebhookURL)
	}
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"JSON log": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		"text log": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
	} {
		var b bytes.Buffer
		slog.New(handler(&b)).Info("settings", "config", c, "storage", c.Storage, "webhook", c.NotifyWebhookURL)
		outputs[name] = b.String()
	}
	encoded, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	outputs["JSON"] = string(encoded)
	outputs["String"] = c.NotifyWebhookURL.String()
	outputs["GoString"] = c.NotifyWebhookURL.GoString()

	for output, text := range outputs {
		for _, secret := range secrets {
			for _, form := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret)} {
				if strings.Contains(text, form) {
					t.Errorf("%s shows a secret: %s", output, text)
				}
			}
		}
		if !strings.Contains(text, "[not shown]") {
			t.Errorf("%s does not show that there is a secret: %s", output, text)
		}
	}
	t.Run("but the program can read them", func(t *testing.T) {
		if got := c.NotifyWebhookURL.Reveal(); got != "https://contoso.example/hunter2" {
			t.Errorf("Reveal() = %q", got)
		}
	})
	t.Run("and an empty one shows as empty", func(t *testing.T) {
		if got := fmt.Sprint(config.Secret("")); got != "" {
			t.Errorf("printed %q", got)
		}
	})
}

func TestSecretsAreInNoError(t *testing.T) {
	for _, name := range []string{"REPORTS_STORAGE", "REPORTS_STORAGE__accountName", "REPORTS_STORAGE__blobServiceUri", "AzureWebJobsStorage", "NOTIFY_WEBHOOK_URL"} {
		for _, value := range []string{"hunter2", "AccountName=x;AccountKey=hunter2", "https://contoso.example/hunter2", "http://a:hunter2@b/?sig=hunter2", "://hunter2", "%zzhunter2"} {
			_, err := config.Load(settings(map[string]string{name: value}), nil, 10*time.Minute, today)
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
