package signin_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/signin"
)

func TestTheCheckReadsWhatTheModeNeedsAndOneOfTwoEquivalentSecrets(t *testing.T) {
	ends := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	cert, client, refresh := "partner-certificate", "partner-client-secret", "partner-refresh-token"
	all := vault{cert: {Expires: ends}, client: {}, refresh: {}}
	for _, c := range []struct {
		name, mode string
		v          vault
		want       string
	}{
		{"a certificate", "certificate", all, "partner-certificate 2027;"},
		{"a secret that never ends", "secret", all, "partner-client-secret 1;"},
		{"no secret at all", "federated", all, ""},
		{"a certificate is used rather than a secret", "refresh-token", all, "partner-certificate 2027;partner-refresh-token 1;"},
		{"without a certificate, the secret is used", "refresh-token", vault{client: {}, refresh: {}}, "partner-client-secret 1;partner-refresh-token 1;"},
		{"what is missing is named", "refresh-token", vault{}, "partner-client-secret missing;partner-refresh-token missing;"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got strings.Builder
			for _, secret := range signin.CheckSecrets(t.Context(), c.v, c.mode) {
				state := fmt.Sprint(secret.Expires.Year())
				if secret.Err != nil {
					state = "missing"
				}
				got.WriteString(secret.Name + " " + state + ";")
			}
			if got.String() != c.want {
				t.Errorf("got %q, want %q", got.String(), c.want)
			}
		})
	}
}
