package m365

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"
	"time"
)

// claims are the claims of a token of Entra or of the managed identity.
type claims struct {
	Audience  string   `json:"aud"`
	Issuer    string   `json:"iss"`
	IssuedAt  int64    `json:"iat"`
	NotBefore int64    `json:"nbf"`
	Expires   int64    `json:"exp"`
	App       string   `json:"appid"`
	AppName   string   `json:"app_displayname,omitempty"`
	AppProof  string   `json:"appidacr,omitempty"` // 1: a secret, 2: an assertion
	Kind      string   `json:"idtyp,omitempty"`
	User      string   `json:"upn,omitempty"`
	Name      string   `json:"name,omitempty"`
	Object    string   `json:"oid"`
	Subject   string   `json:"sub"`
	Roles     []string `json:"roles,omitempty"` // for an app alone
	Scopes    string   `json:"scp,omitempty"`   // for an app with a user
	Tenant    string   `json:"tid"`
	Unique    string   `json:"uti"`
	Filler    string   `json:"xms_ftd"` // real tokens are about 1.7 KB
	Version   string   `json:"ver"`
}

// keyring signs everything that this cloud issues, and remembers the part of each that
// makes it valid. One HMAC key is enough, because only this cloud verifies.
type keyring struct {
	key    []byte
	filler string

	mu     sync.Mutex
	handed []string
}

func newKeyring() *keyring {
	return &keyring{key: []byte(rand.Text()), filler: strings.Repeat(rand.Text(), 26)}
}

const jwtHeader = `{"typ":"JWT","alg":"HS256","kid":"stand-in"}`

func (k *keyring) token(c claims, life time.Duration) string {
	now := time.Now()
	c.IssuedAt, c.NotBefore, c.Expires = now.Unix(), max(now.Unix(), c.NotBefore), now.Add(life).Unix()
	c.Subject, c.Unique, c.Filler, c.Version = c.Object, rand.Text(), k.filler, "1.0"
	return k.jwt(c)
}

// jwt signs claims.
func (k *keyring) jwt(claims any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	signed := encode([]byte(jwtHeader)) + "." + encode(payload)
	signature := k.sign(signed)
	k.remember(signature)
	return signed + "." + signature
}

// read returns the claims of a token that this cloud issued and that is valid now.
func (k *keyring) read(token string) (claims, bool) {
	var c claims
	dot := strings.LastIndexByte(token, '.')
	if dot < 0 || !hmac.Equal([]byte(k.sign(token[:dot])), []byte(token[dot+1:])) {
		return c, false
	}
	_, payload, _ := strings.Cut(token[:dot], ".")
	data, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil || json.Unmarshal(data, &c) != nil {
		return c, false
	}
	now := time.Now().Unix()
	return c, c.NotBefore <= now && now < c.Expires
}

// seal turns a text into an opaque ticket that only open reads back. The purpose keeps
// a ticket of one kind from being used as another.
func (k *keyring) seal(purpose, text string) string {
	return encode([]byte(text)) + "~" + k.sign(purpose+"|"+text)
}

func (k *keyring) open(purpose, ticket string) (string, bool) {
	encoded, signature, _ := strings.Cut(ticket, "~")
	text, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil || !hmac.Equal([]byte(k.sign(purpose+"|"+string(text))), []byte(signature)) {
		return "", false
	}
	return string(text), true
}

func (k *keyring) sign(text string) string {
	mac := hmac.New(sha256.New, k.key)
	mac.Write([]byte(text))
	return encode(mac.Sum(nil))
}

func (k *keyring) remember(secrets ...string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.handed = append(k.handed, secrets...)
}

func (k *keyring) secrets() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]string(nil), k.handed...)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// signatureOf returns the last part of a JWT.
func signatureOf(token string) string { return token[strings.LastIndexByte(token, '.')+1:] }
