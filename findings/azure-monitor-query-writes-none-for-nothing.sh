#!/usr/bin/env bash
# Microsoft's client of Log Analytics for Python gives the text "None" for a duration
# or an id that is not there.
#
# Package: azure-monitor-query 2.0.0 (PyPI).
#
# Expected: every type but string has a null value in KQL
# (learn.microsoft.com/kusto/query/scalar-data-types/null-values), JSON has null for
# it, and Python None; so it is with the library's other types.
#
# Seen: a null in a column of the type guid or timespan becomes the text "None",
# which is true, is not empty, is not None, and is equal to the next one.
#
# Why it matters: "which runs have no duration yet" finds none, pandas' isna() and
# dropna() let the rows through, and all rows without a tenant's id are those of one
# more customer, "None". The same code is right over a column of another type. What
# helps: let the query say tostring(Tenant), whose null is the empty text, or compare
# with "None" before anything else.
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
