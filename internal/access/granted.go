package access

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"tenantrollup/internal/report"
)

// grant is what a customer granted, as a token of its tenant says.
type grant struct {
	names []string
	user  bool // the app has them through a user
}

// readGrant reads a token's claims roles and scp, which nobody has to trust: the
// services do the checking. It returns false for a token that is not a JWT:
// Microsoft promises a token's form only to its audience.
//
// Source: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
func readGrant(token string) (grant, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return grant{}, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return grant{}, false
	}
	var claims struct {
		Roles  []string `json:"roles"`
		Scopes string   `json:"scp"`
	}
	if json.Unmarshal(payload, &claims) != nil {
		return grant{}, false
	}
	return grant{append(claims.Roles, strings.Fields(claims.Scopes)...), claims.Scopes != ""}, true
}

// missing returns what a service's token lacks of what the reports need, by name,
// and whether a report in use needs any of it: a customer's name and domain have
// other sources.
func (f *Fetcher) missing(token string, api report.API) (names []string, used bool) {
	granted, readable := readGrant(token)
	if !readable {
		return nil, false
	}
	for _, need := range f.o.Needs {
		if need.API != api || need.Granted(granted.names) {
			continue
		}
		name := need.Name
		if granted.user {
			name = need.Delegated
		}
		names, used = append(names, name), used || len(need.For) > 0
	}
	return names, used
}
