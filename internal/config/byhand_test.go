package config_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/config"
)

// byHand are the settings of a laptop without host, storage and vault.
func byHand(changes map[string]string) func(string) string {
	least := settings(map[string]string{"KEY_VAULT_URL": "", "NIGHTLY_SCHEDULE": "", "AzureWebJobsStorage": ""})
	return func(name string) string {
		if value, ok := changes[name]; ok {
			return value
		}
		return least(name)
	}
}

func TestLoadByHand(t *testing.T) {
	const certificate, secret = "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_SECRET"
	for _, test := range []struct {
		rule       string
		changes    map[string]string
		auth       config.AuthMode
		credential config.Credential
		budget     time.Duration
	}{
		{"a certificate, with its password", map[string]string{certificate: "app.pfx", "AZURE_CLIENT_CERTIFICATE_PASSWORD": " hunter2"},
			config.AuthCertificate, config.Credential{CertificatePath: "app.pfx", CertificatePassword: " hunter2"}, time.Hour},
		{"a secret", map[string]string{secret: "hunter2"}, config.AuthSecret, config.Credential{ClientSecret: "hunter2"}, time.Hour},
		{"both: the certificate", map[string]string{certificate: "app.pfx", secret: "hunter2"}, config.AuthCertificate, config.Credential{CertificatePath: "app.pfx"}, time.Hour},
		{"both, and a mode: the one of the mode", map[string]string{certificate: "app.pfx", secret: "hunter2", "PARTNER_AUTH": "secret"}, config.AuthSecret, config.Credential{ClientSecret: "hunter2"}, time.Hour},
		{"a vault: the secret is not the partner's", map[string]string{secret: "hunter2", "KEY_VAULT_URL": "https://contoso.vault.azure.net"}, config.AuthCertificate, config.Credential{}, time.Hour},
		{"a slice of any length", map[string]string{secret: "hunter2", "EXECUTION_BUDGET": "5h"}, config.AuthSecret, config.Credential{ClientSecret: "hunter2"}, 5 * time.Hour},
	} {
		t.Run(test.rule, func(t *testing.T) {
			c, err := config.LoadByHand(byHand(test.changes), nil, today)
			if err != nil {
				t.Fatal(err)
			}
			if c.Auth != test.auth || c.Credential != test.credential || c.ExecutionBudget != test.budget || c.Storage != (config.Storage{}) {
				t.Errorf("auth %s, credential %+v, budget %s, storage %+v", c.Auth, c.Credential, c.ExecutionBudget, c.Storage)
			}
			if shown := fmt.Sprintf("%v %+v %#v", c, c, c); strings.Contains(shown, "hunter2") {
				t.Error("the secret is shown")
			}
		})
	}
}

func TestLoadByHandRefuses(t *testing.T) {
	for _, test := range []struct {
		rule    string
		changes map[string]string
		want    string
	}{
		{"no credential", nil, "AZURE_CLIENT_CERTIFICATE_PATH is not set: want the file"},
		{"no secret for the mode", map[string]string{"PARTNER_AUTH": "secret", "AZURE_CLIENT_CERTIFICATE_PATH": "app.pem"}, "AZURE_CLIENT_SECRET is not set: want the app's client secret"},
		{"a refresh token without a vault", map[string]string{"PARTNER_AUTH": "refresh-token", "AZURE_CLIENT_SECRET": "hunter2"}, "KEY_VAULT_URL is not set"},
		{"a slice too short to save anything", map[string]string{"AZURE_CLIENT_SECRET": "hunter2", "EXECUTION_BUDGET": "1s"}, `EXECUTION_BUDGET="1s": want a Go duration such as 5m or 90s, of 2s or more`},
	} {
		t.Run(test.rule, func(t *testing.T) {
			if _, err := config.LoadByHand(byHand(test.changes), nil, today); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
	for _, variable := range config.HostVariables {
		t.Run("the variables are not the partner's if "+variable+" is set", func(t *testing.T) {
			_, err := config.LoadByHand(byHand(map[string]string{"AZURE_CLIENT_SECRET": "hunter2", variable: "7071"}), nil, today)
			if err == nil || !strings.Contains(err.Error(), "KEY_VAULT_URL is not set") {
				t.Error(err)
			}
		})
	}
	t.Run("the host's own settings never take them", func(t *testing.T) {
		changes := map[string]string{"AZURE_CLIENT_SECRET": "hunter2", "KEY_VAULT_URL": ""}
		if _, err := config.Load(settings(changes), nil, 10*time.Minute, today); err == nil || !strings.Contains(err.Error(), "KEY_VAULT_URL is not set") {
			t.Error(err)
		}
	})
}
