#!/usr/bin/env bash
# Durable Functions for Python ignores the time zone of a datetime: 02:30 in Berlin becomes
# 02:30 UTC, in a timer, in a search for runs, and in the deletion of old ones.
#
# Packages: azure-functions-durable 1.7.0, azure-functions 1.26.0, tzdata 2026.6 (PyPI).
#
# Expected: a datetime with a time zone names one moment, and create_timer(fire_at) fires
# then. get_status_by and purge_instance_history_by take datetimes as "created after this
# date" and "created before this date". The host is asked in UTC
# (learn.microsoft.com/azure/azure-functions/durable/durable-functions-http-api).
#
# Seen: the date and the time are written as they are, with a Z behind them. The offset is
# neither applied nor sent, and there is no error. Only in UTC are they right.
#
# Why it matters: an orchestration that waits until 02:30 in Berlin runs an hour late in
# winter and two in summer, in New York hours early, before the day's numbers are there. A
# search for the runs since midnight misses the first of them; a deletion of what is
# older than 30 days deletes an hour too much. What helps: astimezone(timezone.utc) before
# each call.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install -q azure-functions-durable==1.7.0 azure-functions==1.26.0 tzdata==2026.6

cat >night.py <<'PY'
import asyncio
import json
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from zoneinfo import ZoneInfo

import azure.durable_functions as durable

started = [
    {"EventType": kind, "EventId": -1, "IsPlayed": False, "Timestamp": "2026-11-23T12:00:00Z", **more}
    for kind, more in ((12, {}), (0, {"Name": "night", "Input": None, "Version": None}))
]


def timer(moment):
    """What the host is told when an orchestration waits for this moment."""

    def night(context):
        yield context.create_timer(moment)

    asked = durable.Orchestrator.create(night)(json.dumps({
        "history": started, "input": None, "instanceId": "night", "isReplaying": False,
        "parentInstanceId": None, "upperSchemaVersion": 0,
    }))
    return json.loads(asked)["actions"][0][0]["fireAt"]


class Host(BaseHTTPRequestHandler):
    """Keeps what it was asked last, and has no runs."""

    def do_GET(self):
        Host.asked = f"{self.command} {self.path}"
        body = b'{"instancesDeleted": 0}' if self.command == "DELETE" else b"[]"
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_DELETE = do_GET

    def log_message(self, *args):
        pass


host = HTTPServer(("127.0.0.1", 0), Host)
Thread(target=host.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{host.server_port}/"
client = durable.DurableOrchestrationClient(json.dumps({
    "taskHubName": "hub", "creationUrls": {}, "managementUrls": {}, "baseUrl": address, "rpcBaseUrl": address,
}))


async def main():
    for zone in "UTC", "Europe/Berlin", "America/New_York":
        moment = datetime(2026, 11, 24, 2, 30, tzinfo=ZoneInfo(zone))
        print(f"02:30 in {zone} is {moment.astimezone(timezone.utc):%H:%M} UTC")
        print("  timer:", timer(moment))
        await client.get_status_by(created_time_from=moment)
        print("  search:", Host.asked)
        await client.purge_instance_history_by(datetime(2020, 1, 1), moment)
        print("  deletion:", Host.asked)


asyncio.run(main())
PY

timeout 60 venv/bin/python night.py | tee seen

diff - seen <<'SEEN'
02:30 in UTC is 02:30 UTC
  timer: 2026-11-24T02:30:00.000000Z
  search: GET /instances/?createdTimeFrom=2026-11-24T02:30:00.000000Z
  deletion: DELETE /instances/?createdTimeFrom=2020-01-01T00:00:00.000000Z&createdTimeTo=2026-11-24T02:30:00.000000Z
02:30 in Europe/Berlin is 01:30 UTC
  timer: 2026-11-24T02:30:00.000000Z
  search: GET /instances/?createdTimeFrom=2026-11-24T02:30:00.000000Z
  deletion: DELETE /instances/?createdTimeFrom=2020-01-01T00:00:00.000000Z&createdTimeTo=2026-11-24T02:30:00.000000Z
02:30 in America/New_York is 07:30 UTC
  timer: 2026-11-24T02:30:00.000000Z
  search: GET /instances/?createdTimeFrom=2026-11-24T02:30:00.000000Z
  deletion: DELETE /instances/?createdTimeFrom=2020-01-01T00:00:00.000000Z&createdTimeTo=2026-11-24T02:30:00.000000Z
SEEN
