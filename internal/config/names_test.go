package config_test

import (
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/config"
)

func TestNamesThatAreASlipAway(t *testing.T) {
	for variable, want := range map[string]string{
		"CUSTOMER_EXCLUDE":   "CUSTOMERS_EXCLUDE",
		"CUSTMERS_EXLUDE":    "CUSTOMERS_EXCLUDE",
		"REPORT":             "REPORTS",
		"REPORTSS":           "REPORTS",
		"ROPORTS":            "REPORTS",
		"ERPORTS":            "REPORTS",
		"CLOUDS":             "CLOUD",
		"KEY_VAULT_URI":      "KEY_VAULT_URL",
		"customers_exclude":  "CUSTOMERS_EXCLUDE",
		"Reports":            "REPORTS",
		"key_vault_url":      "", // KEY_VAULT_URL is set, on Windows by this very variable
		"NOTIFY_WEBHOOK":     "",
		"REPTS":              "",
		"CLUOT":              "",
		"CLOUD":              "",
		"AZURE_CLOUD":        "",
		"WEBSITE_SITE_NAME":  "",
		"FUNCTIONS_REPORTS":  "",
		"AzureWebJobStorage": "",
	} {
		t.Run(variable, func(t *testing.T) {
			env := settings(map[string]string{variable: "public"})
			_, err := config.Load(env, []string{"PATH", variable}, 10*time.Minute, today)
			if want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || err.Error() != variable+" (its value is not shown): there is no such setting; rename it to "+want+", or delete it" {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestAnUnresolvedReferenceIsReportedAsOne(t *testing.T) {
	for _, name := range []string{
		"PARTNER_TENANT_ID", "PARTNER_CLIENT_ID", "PARTNER_AUTH", "KEY_VAULT_URL", "REPORTS", "NIGHTLY_SCHEDULE", "REPORTS_STORAGE",
		"REPORTS_CONTAINER", "CUSTOMERS_FROM", "CUSTOMERS_INCLUDE", "CUSTOMERS_EXCLUDE", "CONCURRENCY", "EXECUTION_BUDGET", "CLOUD",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Load(settings(map[string]string{name: "@Microsoft.KeyVault(SecretUri=https://hunter2)"}), nil, 10*time.Minute, today)
			if err == nil || !strings.HasPrefix(err.Error(), name+" (its value is not shown): it is a reference that the platform could not resolve") || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestAWebhookThatCannotBeUsedIsAWarning(t *testing.T) {
	for value, want := range map[string]string{
		"http://contoso.example/hunter2":                 "want an https address",
		"https://me:hunter2@contoso.example":             "want an https address",
		"hunter2":                                        "want an https address",
		"@Microsoft.KeyVault(SecretUri=https://hunter2)": "it is a reference that the platform could not resolve",
		"http://127.0.0.1:8080/hook":                     "",
		"http://localhost:8080/hook":                     "",
	} {
		t.Run(value, func(t *testing.T) {
			c, err := config.Load(settings(map[string]string{"NOTIFY_WEBHOOK_URL": value}), nil, 10*time.Minute, today)
			if err != nil {
				t.Fatal(err)
			}
			if want == "" {
				if len(c.Warnings) > 0 || c.NotifyWebhookURL.Reveal() != value {
					t.Errorf("warnings %q", c.Warnings)
				}
				return
			}
			if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], want) || strings.Contains(c.Warnings[0], "hunter2") || c.NotifyWebhookURL != "" {
				t.Errorf("warnings %q", c.Warnings)
			}
		})
	}
}
