package m365

import (
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const refreshSecret = "partner-refresh-token"

// refreshLife is how long a refresh token lives from its issue; use neither
// ends nor prolongs it (https://learn.microsoft.com/entra/identity-platform/refresh-tokens).
const refreshLife = 90 * 24 * time.Hour

// refreshTokens has the vault's versions of the partner's refresh token, and the clock
// by which both the vault and Entra judge such tokens.
type refreshTokens struct {
	mu       sync.Mutex
	ahead    time.Duration    // how far the clock is ahead of the real one
	versions []refreshVersion // oldest first
}

// refreshVersion has its times by the clock of refreshTokens.
type refreshVersion struct {
	id, value        string
	created, expires time.Time
}

func (t *refreshTokens) now() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return time.Now().Add(t.ahead)
}

// store makes value the current version. It expires at the given time of the real
// clock, or never if that is zero.
func (t *refreshTokens) store(value string, expires time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	v := refreshVersion{id: newVersion(), value: value, created: time.Now().Add(t.ahead)}
	if !expires.IsZero() {
		v.expires = expires.Add(t.ahead)
	}
	t.versions = append(t.versions, v)
}

func newVersion() string {
	id := make([]byte, 16)
	rand.Read(id) // never fails
	return hex.EncodeToString(id)
}

// AgeRefreshTokens lets that much time pass for all refresh tokens issued and
// stored so far.
func (c *Cloud) AgeRefreshTokens(d time.Duration) {
	c.refresh.mu.Lock()
	defer c.refresh.mu.Unlock()
	c.refresh.ahead += d
}

// StoredRefreshTokens returns the vault's versions of partner-refresh-token,
// the current one last.
func (c *Cloud) StoredRefreshTokens() []string {
	c.refresh.mu.Lock()
	defer c.refresh.mu.Unlock()
	var values []string
	for _, v := range c.refresh.versions {
		values = append(values, v.value)
	}
	return values
}

// storeFirstRefreshToken stores the token as if a person had signed in a month ago.
func (c *Cloud) storeFirstRefreshToken() {
	issued := time.Now().AddDate(0, 0, -30)
	c.refresh.versions = []refreshVersion{{
		id: newVersion(), value: c.newRefreshToken(issued), created: issued, expires: issued.Add(refreshLife),
	}}
}

func (c *Cloud) newRefreshToken(issued time.Time) string {
	token := c.keys.seal(refreshGrant, strconv.FormatInt(issued.Unix(), 10)+" "+rand.Text())
	c.keys.remember(token[strings.LastIndexByte(token, '~')+1:])
	return token
}

func (c *Cloud) checkRefreshToken(token string) *entraRefusal {
	text, good := c.keys.open(refreshGrant, token)
	seconds, _, _ := strings.Cut(text, " ")
	unix, err := strconv.ParseInt(seconds, 10, 64)
	issued := time.Unix(unix, 0).UTC()
	switch {
	case !good || err != nil:
		return &entraRefusal{400, "invalid_grant", 70000, "Provided grant is invalid or malformed."}
	case c.out(UserRevoked):
		return &entraRefusal{400, "invalid_grant", 50173, "The provided grant has expired due to it being revoked, a fresh auth token is needed. " +
			"The user might have changed or reset their password. The grant was issued on '" + issued.Format(time.RFC3339) + "'."}
	case c.refresh.now().Sub(issued) >= refreshLife:
		return &entraRefusal{400, "invalid_grant", 700082, "The refresh token has expired due to inactivity. " +
			"The token was issued on " + issued.Format(time.RFC3339) + " and was inactive for 90.00:00:00."}
	}
	return nil
}

// refreshSecret returns a version of the refresh token as in the answer of Key
// Vault's GET.
func (c *Cloud) refreshSecret(version string) (map[string]any, bool) {
	c.refresh.mu.Lock()
	defer c.refresh.mu.Unlock()
	i := len(c.refresh.versions) - 1
	if version != "" {
		i = slices.IndexFunc(c.refresh.versions, func(v refreshVersion) bool { return v.id == version })
	}
	if i < 0 {
		return nil, false
	}
	v := c.refresh.versions[i]
	created := v.created.Add(-c.refresh.ahead).Unix()
	attributes := map[string]any{
		"enabled": true, "recoveryLevel": "Recoverable+Purgeable", "recoverableDays": 90, "created": created, "updated": created,
	}
	if !v.expires.IsZero() {
		attributes["exp"] = v.expires.Add(-c.refresh.ahead).Unix()
	}
	return map[string]any{
		"id": "https://" + c.vaultHost() + "/secrets/" + refreshSecret + "/" + v.id, "value": v.value, "attributes": attributes,
	}, true
}
