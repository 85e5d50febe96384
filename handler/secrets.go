package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	azlog "github.com/Azure/azure-sdk-for-go/sdk/azcore/log"

	"tenantrollup/internal/config"
	"tenantrollup/internal/refusal"
)

// holdSettings hides the settings that are secrets: ours, and those with which the
// SDK signs in.
func holdSettings(secrets *refusal.Secrets, c config.Config, getenv func(string) string) {
	secrets.HoldAddress(c.NotifyWebhookURL.Reveal())
	for part := range strings.SplitSeq(c.Storage.ConnectionString.Reveal(), ";") {
		if key, found := strings.CutPrefix(part, "AccountKey="); found {
			secrets.Hold(key)
		}
	}
	for _, name := range []string{"IDENTITY_HEADER", "MSI_SECRET", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_PASSWORD"} {
		secrets.Hold(getenv(name))
	}
}

// logSDK logs what Azure's SDK says, without secrets, if somebody has switched that
// on: it quotes whole answers. See its package azcore/log.
func logSDK(getenv func(string) string, log *slog.Logger, secrets *refusal.Secrets) {
	if getenv("AZURE_SDK_GO_LOGGING") != "all" {
		return
	}
	azlog.SetListener(func(event azlog.Event, text string) {
		log.LogAttrs(context.Background(), slog.LevelInfo, "Azure SDK",
			slog.String("event", string(event)), slog.String("text", secrets.Clear(text)))
	})
}

// endOfValue is how a mistake goes on after the value that it quotes.
const endOfValue = `": `

// withoutSecrets is the error of reading the settings without what looks like a
// secret: people paste one into the wrong setting.
func withoutSecrets(err error) error {
	mistakes, ok := errors.AsType[config.Mistakes](err)
	if !ok {
		return err
	}
	var secrets refusal.Secrets
	for i, mistake := range mistakes {
		parts := strings.Split(mistake, endOfValue) // what is said about a value is not a part of it
		for j, part := range parts {
			parts[j] = secrets.Clear(part)
		}
		mistakes[i] = strings.Join(parts, endOfValue)
	}
	return mistakes
}
