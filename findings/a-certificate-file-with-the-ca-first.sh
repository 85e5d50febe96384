#!/usr/bin/env bash
# If a PEM file has the CA's certificate before the app's own, the Azure libraries for
# Python and JavaScript sign with the app's key but name the CA's certificate.
#
# Packages: azure-identity 1.27.0 (PyPI), @azure/identity 4.13.1 (npm), and azidentity
# v1.15.0 (Go), which does it right.
#
# Expected: the file has one private key, and the certificate to name is the one that
# matches it. None of the three libraries' documentation asks for an order
# (CertificateCredential, ClientCertificateCredential: a PEM with the certificate and its
# key). The Go library looks for the certificate that matches.
#
# Seen: Python and JavaScript take the first certificate in the file without comparing it
# with the key. The request is signed with one key and names another's thumbprint; Entra
# can only answer that it does not know the key (AADSTS700027), with the CA's thumbprint,
# which nobody registered.
#
# Why it matters: Key Vault returns an imported chain in the order of the import, and is
# reported to write the PFX of a chain that it created itself from root to leaf
# (notation-azure-kv issue 136); openssl pkcs12 keeps that order in the PEM. The same file
# works in a Go program but not in the script next to it. What helps: put first the
# certificate whose public key openssl pkey -pubout prints.
set -euo pipefail

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"

timeout 300 npm install --silent --no-audit --no-fund --ignore-scripts @azure/identity@4.13.1
python3 -m venv venv
timeout 300 venv/bin/pip install -q azure-identity==1.27.0 msal==1.39.0 cryptography==50.0.2

openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -subj /CN=ca -days 30 2>openssl.log
openssl req -newkey rsa:2048 -nodes -keyout app.key -out app.csr -subj /CN=app 2>openssl.log
openssl x509 -req -in app.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out app.crt -days 30 2>openssl.log
cat app.key app.crt ca.crt >app-first.pem
cat app.key ca.crt app.crt >ca-first.pem

cat >entra.json <<'JSON'
{
  "issuer": "https://login.microsoftonline.com/22222222-2222-2222-2222-222222222222/v2.0",
  "authorization_endpoint": "https://login.microsoftonline.com/22222222-2222-2222-2222-222222222222/oauth2/v2.0/authorize",
  "token_endpoint": "https://login.microsoftonline.com/22222222-2222-2222-2222-222222222222/oauth2/v2.0/token",
  "jwks_uri": "https://login.microsoftonline.com/22222222-2222-2222-2222-222222222222/discovery/v2.0/keys",
  "tenant_discovery_endpoint": "https://login.microsoftonline.com/22222222-2222-2222-2222-222222222222/v2.0/.well-known/openid-configuration",
  "metadata": []
}
JSON

# Each program shows the assertion that its library would send; none is sent.
cat >sign.py <<'PY'
import json
import sys

from azure.core.pipeline.transport import HttpTransport
from azure.identity import CertificateCredential


class Answer:
    status_code, headers, content_type = 200, {"content-type": "application/json"}, "application/json"

    def __init__(self, request, body):
        self.request, self.content = request, json.dumps(body)

    def text(self, encoding=None):
        return self.content


class Entra(HttpTransport):
    def open(self):
        pass

    def close(self):
        pass

    def __exit__(self, *_):
        pass

    def send(self, request, **_):
        if request.method == "GET":
            return Answer(request, json.load(open("entra.json")))
        assertion = request.body["client_assertion"]
        print(assertion.decode() if isinstance(assertion, bytes) else assertion)
        return Answer(request, {"access_token": "t", "token_type": "Bearer", "expires_in": 3600})


CertificateCredential(
    "22222222-2222-2222-2222-222222222222", "11111111-1111-1111-1111-111111111111",
    certificate_path=sys.argv[1], transport=Entra(),
).get_token("https://graph.microsoft.com/.default")
PY

cat >sign.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { ClientCertificateCredential } from '@azure/identity';
import { createHttpHeaders } from '@azure/core-rest-pipeline';

const answer = (request, body) => ({ request, status: 200, headers: createHttpHeaders(), bodyAsText: body });
const httpClient = {
	async sendRequest(request) {
		if (request.method === 'GET') return answer(request, readFileSync('entra.json', 'utf8'));
		console.log(new URLSearchParams(request.body).get('client_assertion'));
		return answer(request, '{"access_token":"t","token_type":"Bearer","expires_in":3600}');
	},
};
await new ClientCertificateCredential(
	'22222222-2222-2222-2222-222222222222', '11111111-1111-1111-1111-111111111111',
	{ certificatePath: process.argv[2] }, { httpClient },
).getToken('https://graph.microsoft.com/.default');
JS

cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

type entra struct{}

func (entra) Do(r *http.Request) (*http.Response, error) {
	body, err := os.ReadFile("entra.json")
	if r.Method == http.MethodPost {
		sent, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(sent))
		fmt.Println(form.Get("client_assertion"))
		body = []byte(`{"access_token":"t","token_type":"Bearer","expires_in":3600}`)
	}
	return &http.Response{
		StatusCode: http.StatusOK,
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(strings.NewReader(string(body))),
		Request:    r,
	}, err
}

func main() {
	if err := sign(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func sign(file string) error {
	pem, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	certs, key, err := azidentity.ParseCertificates(pem, nil)
	if err != nil {
		return err
	}
	options := &azidentity.ClientCertificateCredentialOptions{}
	options.Transport = entra{}
	credential, err := azidentity.NewClientCertificateCredential(
		"22222222-2222-2222-2222-222222222222", "11111111-1111-1111-1111-111111111111", certs, key, options)
	if err != nil {
		return err
	}
	_, err = credential.GetToken(context.Background(), policy.TokenRequestOptions{Scopes: []string{"https://graph.microsoft.com/.default"}})
	return err
}
GO
export GOFLAGS=-mod=mod
timeout 60 go mod init example.com/sign 2>go.log
timeout 300 go get github.com/Azure/azure-sdk-for-go/sdk/azidentity@v1.15.0 2>go.log
timeout 300 go build -o sign . 2>go.log

cat >named.py <<'PY'
import base64
import json
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes


def decode(text):
    return base64.urlsafe_b64decode(text.replace("+", "-").replace("/", "_").rstrip("=") + "==")


def certificate(name):
    return x509.load_pem_x509_certificate(open(name, "rb").read())


header = json.loads(decode(sys.stdin.read().split(".")[0]))
print({
    certificate(f"{name}.crt").fingerprint(hash): name
    for name in ("app", "ca") for hash in (hashes.SHA1(), hashes.SHA256())
}[decode(header.get("x5t#S256") or header["x5t"])])
PY

for file in app-first ca-first; do
	echo "$file: Python names $(timeout 60 venv/bin/python sign.py "$file.pem" | venv/bin/python named.py)"
	echo "$file: JavaScript names $(timeout 60 node sign.mjs "$file.pem" | venv/bin/python named.py)"
	echo "$file: Go names $(timeout 60 ./sign "$file.pem" | venv/bin/python named.py)"
done | tee seen

diff - seen <<'SEEN'
app-first: Python names app
app-first: JavaScript names app
app-first: Go names app
ca-first: Python names ca
ca-first: JavaScript names ca
ca-first: Go names app
SEEN
