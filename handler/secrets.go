package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	azlog "github.com/Azure/azure-sdk-for-go/sdk/azcore/log"

	"tenantrollup/internal/config"
	"tenantrollup/internal/refusal"
)

// holdSettings hides the settings that are secrets: ours, and those that the
// SDK signs in with.
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

// clearSDK clears what the SDK of Azure logs, which quotes whole answers, where
// somebody has switched that on: see its package azcore/log.
func clearSDK(getenv func(string) string, stderr io.Writer, secrets *refusal.Secrets) {
	if getenv("AZURE_SDK_GO_LOGGING") != "all" {
		return
	}
	azlog.SetListener(func(event azlog.Event, text string) {
		fmt.Fprintf(stderr, "[%s] %s: %s\n", time.Now().Format(time.StampMicro), event, secrets.Clear(text)) // as the SDK itself does
	})
}
