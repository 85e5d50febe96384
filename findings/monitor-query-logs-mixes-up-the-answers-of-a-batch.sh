#!/usr/bin/env bash
# A batch of queries to Log Analytics returns its results in the order in which the
# answers arrive, not in the order of the queries: one customer's rows are read as
# another's.
#
# Packages: @azure/monitor-query-logs 1.0.0 (npm); for comparison, @azure/monitor-query
# 1.3.3 (npm), which it replaces, and azure-monitor-query 2.0.0 (PyPI), which do it right.
#
# Expected: queryBatch returns an array of results without ids, and the package's own
# example reads the i-th as the answer to the i-th query
# (npmjs.com/package/@azure/monitor-query-logs, "Batch logs query"). In the protocol, each
# answer has the id of its query
# (learn.microsoft.com/azure/azure-monitor/logs/api/batch-queries), and the order is not
# that of the queries (azure-sdk-for-js pull request 16606), so the previous package
# sorted by id. A failed query has the status "Failure" and no tables.
#
# Seen: the ids are thrown away, and the answers are returned as they came. A failed query
# has the status "PartialFailure" and no tables; "Failure" is left for an answer without a
# body.
#
# Why it matters: if you query many customers' workspaces in one batch, you notice
# nothing: all answers have the same columns. And a program that continues after a partial
# failure counts a customer that refused the query as one without rows. What helps: let
# each query return its customer (| extend customer = "contoso"), or send it alone with
# queryWorkspace.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

timeout 300 npm install --silent --no-audit --no-fund --ignore-scripts \
	@azure/monitor-query-logs@1.0.0 @azure/monitor-query@1.3.3 @azure/core-rest-pipeline@1.24.0
python3 -m venv venv
timeout 300 venv/bin/pip install -q --no-compile azure-monitor-query==2.0.0

# All three programs ask the same service: it answers the last query first, and
# refuses adatum's.
cat >ask.mjs <<'JS'
import { createHttpHeaders } from '@azure/core-rest-pipeline';

const { LogsQueryClient } = await import(process.argv[2]);
const answer = ({ id, workspace }) => workspace === 'adatum'
	? { id, status: 400, body: { error: { code: 'BadArgumentError', message: 'Refused' } } }
	: { id, status: 200, body: { tables: [{ name: 'PrimaryResult', columns: [{ name: 'customer', type: 'string' }], rows: [[workspace]] }] } };
const httpClient = {
	sendRequest: async (request) => ({
		request,
		status: 200,
		headers: createHttpHeaders({ 'content-type': 'application/json' }),
		bodyAsText: JSON.stringify({ responses: JSON.parse(request.body).requests.map(answer).reverse() }),
	}),
};
const credential = { getToken: async () => ({ token: 't', expiresOnTimestamp: Date.now() + 3600000 }) };

const customers = ['contoso', 'fabrikam', 'adatum'];
const results = await new LogsQueryClient(credential, { httpClient }).queryBatch(
	customers.map((workspaceId) => ({ workspaceId, query: 'Runs', timespan: { duration: 'P1D' } })),
);
results.forEach(({ status, tables }, i) => {
	console.log(`${process.argv[2]}: ${customers[i]} is ${tables?.[0].rows[0][0] ?? 'none'}, ${status}`);
});
JS

cat >ask.py <<'PY'
import json
from datetime import timedelta

from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import HttpTransport
from azure.monitor.query import LogsBatchQuery, LogsQueryClient


def answer(query):
    if query["workspace"] == "adatum":
        return {"id": query["id"], "status": 400, "body": {"error": {"code": "BadArgumentError", "message": "Refused"}}}
    table = {"name": "PrimaryResult", "columns": [{"name": "customer", "type": "string"}], "rows": [[query["workspace"]]]}
    return {"id": query["id"], "status": 200, "body": {"tables": [table]}}


class Answer:
    status_code, headers, content_type = 200, {"content-type": "application/json"}, "application/json"

    def __init__(self, request):
        self.request = request
        answers = [answer(query) for query in json.loads(request.content)["requests"]]
        self.content = json.dumps({"responses": answers[::-1]})

    def text(self, encoding=None):
        return self.content

    def read(self):
        pass

    def json(self):
        return json.loads(self.content)


class Service(HttpTransport):
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
        return AccessToken("t", 2**31)


customers = ["contoso", "fabrikam", "adatum"]
results = LogsQueryClient(Credential(), transport=Service()).query_batch(
    [LogsBatchQuery(customer, "Runs", timespan=timedelta(days=1)) for customer in customers],
)
for customer, result in zip(customers, results):
    rows = result.tables[0].rows[0][0] if hasattr(result, "tables") else "none"
    print(f"azure-monitor-query: {customer} is {rows}, {result.status.value}")
PY

{
	timeout 60 node ask.mjs @azure/monitor-query-logs
	timeout 60 node ask.mjs @azure/monitor-query
	timeout 60 venv/bin/python ask.py
} | tee seen

diff - seen <<'SEEN'
@azure/monitor-query-logs: contoso is none, PartialFailure
@azure/monitor-query-logs: fabrikam is fabrikam, Success
@azure/monitor-query-logs: adatum is contoso, Success
@azure/monitor-query: contoso is contoso, Success
@azure/monitor-query: fabrikam is fabrikam, Success
@azure/monitor-query: adatum is none, Failure
azure-monitor-query: contoso is contoso, Success
azure-monitor-query: fabrikam is fabrikam, Success
azure-monitor-query: adatum is none, Failure
SEEN
