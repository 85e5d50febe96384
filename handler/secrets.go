package main

import (
	"context"
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
