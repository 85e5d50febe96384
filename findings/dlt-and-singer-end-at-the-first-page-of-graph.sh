#!/usr/bin/env bash
# Two libraries' pagers, told where Graph's next link is, do not find it and stop at the
# first page: only a customer's first hundred users are loaded.
#
# Packages: dlt 1.31.0 and singer-sdk 0.54.9 (PyPI; Meltano's taps are built on it); both
# parse their paths with jsonpath-ng 1.16.0.
#
# Expected: JSONLinkPaginator and JSONPathPaginator take the JSONPath of the next page's
# address (dlthub.com/docs/general-usage/http/rest-client,
# sdk.meltano.com/en/latest/classes/singer_sdk.pagination.JSONPathPaginator.html). Graph's
# property is named @odata.nextLink (learn.microsoft.com/graph/paging). Written after $.,
# that is not JSONPath, whose shorthand names have no @ (rfc-editor.org/rfc/rfc9535,
# section 2.5.1.1), and should be refused, as other mistakes in a path are.
#
# Seen: it is read as nextLink within @odata, which no answer has. The pagers take that
# for the last page: no error, no warning. If dlt is left to find the link by itself, it
# does not find it either, but logs that.
#
# Why it matters: small test tenants have one page, so this first shows with a large
# customer, as a report that looks complete. dlt's own source for SharePoint has such a
# pager (dlt-hub/verified-sources, sources/sharepoint/helpers.py). What helps: put the
# name in brackets and quotes, $['@odata.nextLink'], and count what arrives ($count=true).
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install -q --no-compile dlt==1.31.0 singer-sdk==0.54.9 jsonpath-ng==1.16.0

cat >load.py <<'PY'
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import requests
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator
from singer_sdk.pagination import JSONPathPaginator


class Graph(BaseHTTPRequestHandler):
    """Three pages of 100 users."""

    def do_GET(self):
        page = int(self.path.partition("$skiptoken=")[2] or 1)
        body = {"value": [{"id": f"{page}-{n}"} for n in range(100)]}
        if page < 3:
            body["@odata.nextLink"] = f"{root}/users?$skiptoken={page + 1}"
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Graph)
root = f"http://127.0.0.1:{server.server_port}/v1.0"
threading.Thread(target=server.serve_forever, daemon=True).start()


def dlt(**options):
    return sum(map(len, RESTClient(base_url=root).paginate("users", data_selector="value", **options)))


def singer(path):
    pager, address, users = JSONPathPaginator(path), f"{root}/users", 0
    while not pager.finished:
        answer = requests.get(address, timeout=10)
        users += len(answer.json()["value"])
        pager.advance(answer)
        address = pager.current_value
    return users


for path in "@odata.nextLink", "$.@odata.nextLink", "$['@odata.nextLink']":
    print(f"{path}: dlt {dlt(paginator=JSONLinkPaginator(path))}, singer-sdk {singer(path)} of 300 users")
print(f"no path: dlt {dlt()} of 300 users")
PY

timeout 60 venv/bin/python load.py 2>log | tee seen

diff - seen <<'SEEN'
@odata.nextLink: dlt 100, singer-sdk 100 of 300 users
$.@odata.nextLink: dlt 100, singer-sdk 100 of 300 users
$['@odata.nextLink']: dlt 300, singer-sdk 300 of 300 users
no path: dlt 100 of 300 users
SEEN
