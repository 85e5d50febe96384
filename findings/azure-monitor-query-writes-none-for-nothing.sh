#!/usr/bin/env bash
# Microsoft's Log Analytics client for Python returns the text "None" for a missing
# duration or id.
#
# Package: azure-monitor-query 2.0.0 (PyPI).
#
# Expected: in KQL, every type except string has a null value
# (learn.microsoft.com/kusto/query/scalar-data-types/null-values), which is null in JSON
# and None in Python. The library's other types follow this.
#
# Seen: a null in a column of type guid or timespan becomes the text "None", which counts
# as true, is not empty, is not None, and equals every other such text.
#
# Why it matters: "which runs have no duration yet" finds none, pandas' isna() and
# dropna() let the rows through, and all rows without a tenant id belong to one more
# customer, "None". The same code is right for a column of another type. What helps: let
# the query return tostring(Tenant), which turns null into the empty text, or compare with
# "None" first.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install -q --no-compile azure-monitor-query==2.0.0

cat >ask.py <<'PY'
import json
from datetime import timedelta

from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import HttpTransport
from azure.monitor.query import LogsQueryClient

KINDS = {
    "datetime": "2026-11-24T01:02:03Z", "long": 5, "real": 0.5, "bool": True, "dynamic": '{"a":1}', "decimal": "1.1",
    "guid": "22222222-2222-2222-2222-222222222222", "timespan": "00:10:00",
}


class Answer:
    status_code, reason, content_type = 200, "OK", "application/json"
    headers = {"content-type": content_type}

    def __init__(self, request):
        self.request = request
        self.content = json.dumps({"tables": [{
            "name": "PrimaryResult", "columns": [{"name": kind, "type": kind} for kind in KINDS],
            "rows": [list(KINDS.values()), [None] * len(KINDS)],
        }]})

    def json(self):
        return json.loads(self.content)

    def text(self, encoding=None):
        return self.content

    def body(self):
        return self.content.encode()

    def read(self):
        return self.body()


class LogAnalytics(HttpTransport):
    def open(self):
        pass

    def close(self):
        pass

    def __exit__(self, *_):
        pass

    def send(self, request, **_):
        return Answer(request)


class Credential:
    def get_token(self, *scopes, **_):
        return AccessToken("token", 2**31)


client = LogsQueryClient(Credential(), transport=LogAnalytics())
[table] = client.query_workspace("workspace", "Runs", timespan=timedelta(days=1)).tables
_, empty = table.rows
for kind, value in zip(KINDS, empty):
    print(f"{kind}: null is {value!r}")
PY

timeout 60 venv/bin/python ask.py | tee seen

diff - seen <<'SEEN'
datetime: null is None
long: null is None
real: null is None
bool: null is None
dynamic: null is None
decimal: null is None
guid: null is 'None'
timespan: null is 'None'
SEEN
