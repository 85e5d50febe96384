#!/usr/bin/env bash
# MSAL for Go writes x5t#S256 in plain base64, although the standard requires base64url.
#
# Package: github.com/AzureAD/microsoft-authentication-library-for-go v1.10.1.
#
# Expected: the header x5t#S256 of a signed token is the certificate's SHA-256 in
# base64url (RFC 7515, section 4.1.8), which has - and _ instead of + and /, and no = at
# the end (section 2).
#
# Seen: the digest uses the alphabet with + and /, and always ends in =, because 32 bytes
# never fill the last group. Entra accepts it all the same.
#
# Why it matters: if you simulate Entra in tests, verify such assertions in a proxy, or
# look up a certificate by the text of its thumbprint, you find no certificate for
# programs that sign in with MSAL for Go (as the Azure SDK's azidentity does), but you do
# for JavaScript programs. What helps: decode both alphabets, with and without =, and
# compare the bytes.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

openssl req -x509 -newkey rsa:2048 -nodes -keyout app.key -out app.crt -subj /CN=app -days 30 2>openssl.log
cat app.key app.crt >app.pem

cat >main.go <<'GO'
package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
)

const authority = "https://login.microsoftonline.com/22222222-2222-2222-2222-222222222222"

// entra keeps the assertion of the only token request; nothing is sent.
type entra struct{ assertion string }

func (e *entra) Do(r *http.Request) (*http.Response, error) {
	body := `{"issuer":"` + authority + `/v2.0","authorization_endpoint":"` + authority + `/oauth2/v2.0/authorize",` +
		`"token_endpoint":"` + authority + `/oauth2/v2.0/token","metadata":[],` +
		`"tenant_discovery_endpoint":"` + authority + `/v2.0/.well-known/openid-configuration"}`
	if r.Method == http.MethodPost {
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		form, err := url.ParseQuery(string(sent))
		if err != nil {
			return nil, err
		}
		e.assertion = form.Get("client_assertion")
		body = `{"access_token":"t","token_type":"Bearer","expires_in":3600}`
	}
	return &http.Response{
		StatusCode: http.StatusOK,
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(strings.NewReader(body)),
		Request:    r,
	}, nil
}

func (e *entra) CloseIdleConnections() {}

func main() {
	if err := show(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func show() error {
	pem, err := os.ReadFile("app.pem")
	if err != nil {
		return err
	}
	certs, key, err := confidential.CertFromPEM(pem, "")
	if err != nil {
		return err
	}
	credential, err := confidential.NewCredFromCert(certs, key)
	if err != nil {
		return err
	}
	e := &entra{}
	client, err := confidential.New(authority, "11111111-1111-1111-1111-111111111111", credential, confidential.WithHTTPClient(e))
	if err != nil {
		return err
	}
	if _, err := client.AcquireTokenByCredential(context.Background(), []string{"https://graph.microsoft.com/.default"}); err != nil {
		return err
	}
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(e.assertion, ".")[0])
	if err != nil {
		return err
	}
	var header map[string]string
	if err := json.Unmarshal(text, &header); err != nil {
		return err
	}
	sum := sha256.Sum256(certs[0].Raw)
	fmt.Println("as base64url:", header["x5t#S256"] == base64.RawURLEncoding.EncodeToString(sum[:]))
	fmt.Println("as base64 with padding:", header["x5t#S256"] == base64.StdEncoding.EncodeToString(sum[:]))
	return nil
}
GO
export GOFLAGS=-mod=mod
timeout 60 go mod init example.com/sign 2>go.log
timeout 300 go get github.com/AzureAD/microsoft-authentication-library-for-go@v1.10.1 2>go.log
timeout 300 go build -o sign . 2>go.log

timeout 60 ./sign | tee seen

diff - seen <<'SEEN'
as base64url: false
as base64 with padding: true
SEEN
