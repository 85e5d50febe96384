#!/usr/bin/env bash
# O365 reads every tenant with the first tenant's token: the second customer's users are
# the first customer's.
#
# Package: O365 2.1.10 (PyPI).
#
# Expected: an Account takes an app's id and secret and a tenant_id. In the documentation,
# its first lines are "if not account.is_authenticated: account.authenticate()"
# (o365.github.io/python-o365/latest/getting_started.html). Two accounts with two tenants
# are two sign-ins.
#
# Seen: with auth_flow_type="credentials" no user is signed in, but the token is looked up
# by user: the first one in the store is used, whatever its tenant. By default, the store
# of all accounts is o365_token.txt in the current folder. The second account says that it
# is authenticated, never asks Entra, and reads the first tenant. With a shared store in
# memory, it does so even if it has asked for its own token and received it.
#
# Why it matters: a loop over customers gives each of them the first one's users, mail and
# files, without an error, until the token expires after an hour. What helps: use a
# separate store for each tenant (FileSystemTokenBackend(token_filename=f"{tenant}.txt"),
# as in issue 341 of O365/python-o365), and check the tenant's id in the answer from
# /organization.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install -q --no-compile O365==2.1.10 msal==1.39.0

cat >read.py <<'PY'
import json
import os

import requests
from O365 import Account, FileSystemTokenBackend
from O365.utils.token import MemoryTokenBackend


def send(session, request, **_):
    """Entra, and a Graph whose users are named after the tenant of the token. Nothing is sent."""
    service, tenant = request.url.split("/")[2:4]
    root = f"https://login.microsoftonline.com/{tenant}"
    if service == "graph.microsoft.com":
        body = {"value": [{"displayName": request.headers["Authorization"].removeprefix("Bearer ")}]}
    elif request.method == "POST":
        body = {"access_token": tenant, "token_type": "Bearer", "expires_in": 3600}
    else:
        body = {"issuer": f"{root}/v2.0", "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
                "token_endpoint": f"{root}/oauth2/v2.0/token", "jwks_uri": f"{root}/keys", "metadata": [],
                "tenant_discovery_endpoint": f"{root}/v2.0/.well-known/openid-configuration"}
    answer = requests.Response()
    answer.status_code, answer.url, answer.request = 200, request.url, request
    answer.headers["Content-Type"], answer._content = "application/json", json.dumps(body).encode()
    return answer


requests.Session.send = send


def read(how, store=lambda tenant: None, ask=lambda account: not account.is_authenticated):
    for tenant in "contoso.onmicrosoft.com", "fabrikam.onmicrosoft.com":
        account = Account(
            ("11111111-1111-1111-1111-111111111111", "secret"),
            auth_flow_type="credentials", tenant_id=tenant, token_backend=store(tenant),
        )
        if ask(account):
            account.authenticate()
        user = next(iter(account.directory().get_users(limit=1)))
        print(f"{how}: of {tenant}, the users of {user.display_name}")


read("as documented")
os.remove("o365_token.txt")
memory = MemoryTokenBackend()
read("one store in memory, asked each time", lambda tenant: memory, lambda account: True)
read("a store for each tenant", lambda tenant: FileSystemTokenBackend(token_filename=f"{tenant}.txt"))
PY

timeout 60 venv/bin/python read.py | tee seen

diff - seen <<'SEEN'
as documented: of contoso.onmicrosoft.com, the users of contoso.onmicrosoft.com
as documented: of fabrikam.onmicrosoft.com, the users of contoso.onmicrosoft.com
one store in memory, asked each time: of contoso.onmicrosoft.com, the users of contoso.onmicrosoft.com
one store in memory, asked each time: of fabrikam.onmicrosoft.com, the users of contoso.onmicrosoft.com
a store for each tenant: of contoso.onmicrosoft.com, the users of contoso.onmicrosoft.com
a store for each tenant: of fabrikam.onmicrosoft.com, the users of fabrikam.onmicrosoft.com
SEEN
