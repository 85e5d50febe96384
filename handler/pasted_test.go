package main

import (
	"io"
	"strings"
	"testing"

	"tenantrollup/internal/refusal"
)

func TestASecretInTheWrongSettingIsNotShown(t *testing.T) {
	const (
		secret = "Ab38Q~dEfGhIjKlMnOpQrStUvWxYz0123456789a"
		key    = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
		hook   = "https://hooks.example.com/services/T0123ABCD/B0123ABCD/abcdefghijklmnopqrstuvwx"
	)
	account := "DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey=" + key
	for _, name := range []string{"PARTNER_AUTH", "KEY_VAULT_URL", "REPORTS", "REPORTS_CONTAINER", "CUSTOMERS_FROM", "CUSTOMERS_EXCLUDE", "CLOUD", "NIGHTLY_SCHEDULE"} {
		for _, value := range []string{secret, account, hook} {
			getenv := func(asked string) string {
				switch asked {
				case name:
					return value
				case "FUNCTIONS_APP_ROOT_PATH":
					return ".."
				}
				return ""
			}
			from := console{getenv: getenv, stdout: io.Discard, stderr: io.Discard, secrets: new(refusal.Secrets)}
			_, served := wire(getenv, from.secrets)
			_, byHand := wireByHand(t.Context(), from, "")
			listed := permissions(nil, getenv, io.Discard)
			for _, err := range []error{served, byHand, listed} {
				if err == nil {
					continue // a setting that is not read there
				}
				for _, hidden := range []string{secret, key, "abcdefghijklmnopqrstuvwx"} {
					if strings.Contains(strings.ToLower(err.Error()), strings.ToLower(hidden)) {
						t.Errorf("%s=%s: %v", name, value, err)
					}
				}
			}
		}
	}
}

func TestAMistakeIsQuotedAsItIs(t *testing.T) {
	for name, mistake := range map[string]string{
		"PARTNER_AUTH": `PARTNER_AUTH="password": accepted: certificate, secret, federated, refresh-token`,
		"CLOUD":        `CLOUD="secret=usgov": accepted: public (GCC included), usgov (GCC High), china`,
	} {
		_, value, _ := strings.Cut(mistake, `"`)
		value, _, _ = strings.Cut(value, `"`)
		err := permissions(nil, func(asked string) string { return map[string]string{name: value}[asked] }, io.Discard)
		if err == nil || err.Error() != mistake {
			t.Errorf("%v, want %s", err, mistake)
		}
	}
}
