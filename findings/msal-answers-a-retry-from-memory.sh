#!/usr/bin/env bash
# MSAL for Python and MSAL Node answer a retry for a token themselves: no request leaves
# the machine.
#
# Packages: msal 1.39.0 (PyPI), @azure/msal-node 7.2.3 (npm).
#
# Expected: acquire_token_for_client and acquireTokenByClientCredential look in the token
# cache and otherwise ask Entra (learn.microsoft.com/entra/msal). A loop that waits a
# second after a refusal and calls again should ask again. msal's reference says that
# http_cache keeps some answers that are not tokens; it does not mention refusals, how
# long they are kept, or how to avoid that.
#
# Seen, each time with a service that refuses once and would then issue a token:
# - msal keeps a 400 for a minute: "the app is not in this tenant" (AADSTS700016) is
#   repeated after somebody has consented. It keeps a 503 without Retry-After for five
#   seconds, so three tries a second apart are one.
# - msal-node keeps a 503 for a minute (but not a 400), and what it repeats has a
#   different errorCode from the first: Entra's number instead of the error's name, or
#   nothing if the body has no number.
#
# Why it matters: programs that go through hundreds of tenants have such a loop. One
# hiccup at Entra costs a customer the night, a page that waits for consent says "no" for
# a minute after the yes, and a check for temporarily_unavailable is true only once. What
# helps: with msal, wait longer than five seconds, and create a new client after a
# consent; with msal-node, create a new client for each try.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

timeout 300 npm install --silent --no-audit --no-fund --ignore-scripts @azure/msal-node@7.2.3
python3 -m venv venv
timeout 300 venv/bin/pip install -q msal==1.39.0

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

cat >ask.py <<'PY'
import json
import time

import msal


class Answer:
    def __init__(self, status, body):
        self.status_code, self.text, self.headers = status, json.dumps(body), {}


class Entra:
    """An HTTP client that refuses the first token, and counts."""

    def __init__(self, refusal):
        self.answers, self.asked = [refusal, Answer(200, {"access_token": "t", "token_type": "Bearer", "expires_in": 3600})], 0

    def get(self, url, **_):
        return Answer(200, json.load(open("entra.json")))

    def post(self, url, **_):
        self.asked += 1
        return self.answers[min(self.asked, 2) - 1]

    def close(self):
        pass


for status, error, code in (400, "unauthorized_client", 700016), (503, "temporarily_unavailable", 90033):
    entra = Entra(Answer(status, {"error": error, "error_description": f"AADSTS{code}", "error_codes": [code]}))
    app = msal.ConfidentialClientApplication(
        "11111111-1111-1111-1111-111111111111", client_credential="secret", http_client=entra,
        authority="https://login.microsoftonline.com/22222222-2222-2222-2222-222222222222",
    )
    got = []
    for wait in 0, 1, 1, 5:
        time.sleep(wait)
        try:
            got.append(app.acquire_token_for_client(["https://graph.microsoft.com/.default"]).get("error", "token"))
        except Exception as e:
            got.append(str(e))
    print(f"msal, {status}: {got}, {entra.asked} of 4 reached Entra")
PY

cat >ask.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { ConfidentialClientApplication } from '@azure/msal-node';

for (const [status, error, code] of [[400, 'unauthorized_client', 700016], [503, 'temporarily_unavailable', 90033]]) {
	let asked = 0;
	const refusal = { status, headers: {}, body: { error, error_description: `AADSTS${code}`, error_codes: [code] } };
	const token = { status: 200, headers: {}, body: { access_token: 't', token_type: 'Bearer', expires_in: 3600 } };
	const networkClient = {
		sendGetRequestAsync: async () => ({ status: 200, headers: {}, body: JSON.parse(readFileSync('entra.json')) }),
		sendPostRequestAsync: async () => (++asked === 1 ? refusal : token),
	};
	const app = new ConfidentialClientApplication({
		auth: {
			clientId: '11111111-1111-1111-1111-111111111111',
			clientSecret: 'secret',
			authority: 'https://login.microsoftonline.com/22222222-2222-2222-2222-222222222222',
		},
		system: { networkClient },
	});
	const got = [];
	for (const wait of [0, 1, 1, 5]) {
		await setTimeout(wait * 1000);
		try {
			await app.acquireTokenByClientCredential({ scopes: ['https://graph.microsoft.com/.default'] });
			got.push('token');
		} catch (e) {
			got.push(e.errorCode);
		}
	}
	console.log(`msal-node, ${status}: ${JSON.stringify(got)}, ${asked} of 4 reached Entra`);
}
JS

timeout 60 venv/bin/python ask.py | tee seen
timeout 60 node ask.mjs | tee -a seen

diff - seen <<'SEEN'
msal, 400: ['unauthorized_client', 'unauthorized_client', 'unauthorized_client', 'unauthorized_client'], 1 of 4 reached Entra
msal, 503: ['HTTP Error: 503', 'HTTP Error: 503', 'HTTP Error: 503', 'token'], 2 of 4 reached Entra
msal-node, 400: ["unauthorized_client","token","token","token"], 2 of 4 reached Entra
msal-node, 503: ["temporarily_unavailable","90033","90033","90033"], 1 of 4 reached Entra
SEEN
