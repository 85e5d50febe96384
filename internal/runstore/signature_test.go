package runstore_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tenantrollup/internal/runstore"
)

// A link's signature, computed again from only the documentation. The lines depend on
// the version that the link names as sv.
func TestLinkIsSignedAsItsVersionIsDocumented(t *testing.T) {
	const name = "mail/2026-11-24/mail_2026-11-24.csv"
	link := func(t *testing.T, c *runstore.Azure) (path string, query url.Values) {
		t.Helper()
		text, err := c.Link(t.Context(), name, time.Now().Add(10*time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		address := parse(t, text)
		return address.Path, address.Query()
	}

	// Source: https://learn.microsoft.com/rest/api/storageservices/create-service-sas,
	// version 2020-12-06 and later.
	t.Run("with the account's key", func(t *testing.T) {
		path, q := link(t, azure(t)) // of the emulator's: /account/container/name
		wantSignature(t, q, accountKey(t), strings.Join([]string{
			"r", q.Get("st"), q.Get("se"), "/blob" + path, "", "", q.Get("spr"), newestVersion, "b", "", "", "", "", "", "", "",
		}, "\n"))
	})

	// Source: https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas,
	// version 2025-07-05 and later.
	t.Run("with a key that storage gives the identity", func(t *testing.T) {
		c, client := azureWithIdentity(t)
		keys := &keyReader{next: client.Transport}
		client.Transport = keys
		path, q := link(t, c)
		wantSignature(t, q, keys.key.Value, strings.Join([]string{
			"r", q.Get("st"), q.Get("se"), "/blob/contoso" + path,
			keys.key.SignedOID, keys.key.SignedTID, keys.key.SignedStart, keys.key.SignedExpiry, keys.key.SignedService, keys.key.SignedVersion,
			"", "", "", // whom the link is for, and a correlation id
			"", "", // the user that it is bound to
			"", "https", newestVersion, "b", "", "", "", "", "", "", "",
		}, "\n"))
	})
}

func wantSignature(t *testing.T, query url.Values, key, stringToSign string) {
	t.Helper()
	secret, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(stringToSign))
	if want := base64.StdEncoding.EncodeToString(mac.Sum(nil)); query.Get("sig") != want {
		t.Errorf("sig is %s, want %s, of\n%s", query.Get("sig"), want, stringToSign)
	}
}

func accountKey(t *testing.T) string {
	t.Helper()
	_, rest, _ := strings.Cut(server.azurite.ConnectionString(), "AccountKey=")
	key, _, found := strings.Cut(rest, ";")
	if !found {
		t.Fatal("the connection string has no key")
	}
	return key
}

// keyReader reads the delegation key that passes by.
type keyReader struct {
	next http.RoundTripper
	key  struct {
		SignedOID     string `xml:"SignedOid"`
		SignedTID     string `xml:"SignedTid"`
		SignedStart   string
		SignedExpiry  string
		SignedService string
		SignedVersion string
		Value         string
	}
}

func (k *keyReader) RoundTrip(req *http.Request) (*http.Response, error) {
	answer, err := k.next.RoundTrip(req)
	if err != nil || req.URL.Query().Get("comp") != "userdelegationkey" {
		return answer, err
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	answer.Body.Close()
	answer.Body = io.NopCloser(bytes.NewReader(text))
	return answer, xml.Unmarshal(bytes.TrimPrefix(text, []byte("\ufeff")), &k.key)
}
