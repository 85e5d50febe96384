package signin_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/signin"
)

func TestWarningsSayWhatEndsWithin14Days(t *testing.T) {
	const day = 24 * time.Hour
	const (
		endsSecret = "Key Vault secret partner-client-secret ends on 2000-01-14. What to do: Create a new client secret in the app registration and " +
			"store its value in Key Vault secret partner-client-secret, with its expiry date."
		endsCertificate = "Key Vault certificate partner-certificate ends on 2000-01-14. What to do: Create a new version of Key Vault certificate " +
			"partner-certificate and upload its public part to the app registration."
		endsToken = "Key Vault secret partner-refresh-token ends on 2000-01-14. What to do: Sign the partner's user in again and store the new " +
			"refresh token in Key Vault secret partner-refresh-token, with its expiry date."
	)
	tests := []struct {
		rule, mode                 string
		secret, certificate, token time.Duration // to live; zero: without end
		want                       []string
	}{
		{"a secret with 14 days left", "secret", 14 * day, 0, 0, nil},
		{"a secret with less time left", "secret", 14*day - time.Second, 0, 0, []string{endsSecret}},
		{"a secret without a known end", "secret", 0, 0, 0, nil},
		{"a certificate with 14 days left", "certificate", 0, 14 * day, 0, nil},
		{"a certificate with less time left", "certificate", 0, 14*day - time.Second, 0, []string{endsCertificate}},
		{"a refresh token with 14 days left", "refresh-token", 0, 0, 14 * day, nil},
		{"a refresh token with less time left", "refresh-token", 0, 0, 14*day - time.Second, []string{endsToken}},
		{"a refresh token and the app's secret", "refresh-token", 14*day - time.Second, 0, 14*day - time.Second, []string{endsSecret, endsToken}},
		{"a refresh token and the app's certificate, not the secret it does not use", "refresh-token", day, 14*day - time.Second, 0, []string{endsCertificate}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			key := rsaKeys()[0] // made outside the bubble: its crypto may keep goroutines
			synctest.Test(t, func(t *testing.T) {
				ends := func(life time.Duration) time.Time {
					if life == 0 {
						return time.Time{}
					}
					return time.Now().Add(life)
				}
				v := vault{
					"partner-client-secret": {Value: secret, Expires: ends(tt.secret)},
					"partner-refresh-token": {Value: "rt-0", Created: time.Now(), Expires: ends(tt.token)},
				}
				if tt.certificate > 0 {
					_, cert := newCertificate(t, ends(tt.certificate))
					v["partner-certificate"] = signin.Secret{Value: pemOf(t, key, cert)}
				}
				if got := open(t, &entra{}, tt.mode, v).Warnings(); !slices.Equal(got, tt.want) {
					t.Errorf("got %q", got)
				}
			})
		})
	}
}
