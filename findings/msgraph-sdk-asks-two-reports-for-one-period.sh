#!/usr/bin/env bash
# If you build two report requests with Microsoft's Graph SDK for Python, both ask for the
# period of the second.
#
# Package: msgraph-sdk 1.65.0 (PyPI).
#
# Expected: a call such as
#   client.reports.get_mailbox_usage_mailbox_counts_with_period("D7")
# returns a builder for that request, which get() sends
# (learn.microsoft.com/graph/sdks/create-requests). Two builders are two requests.
#
# Seen: all of a client's report builders share one table of parameters. If two of them
# take a parameter of the same name, the one created last decides for both: the reports
# for 7 and for 30 days are both requested for 30 days, and those for two days both for
# the second. Builders by id, such as client.users.by_user_id("…"), have separate tables.
#
# Why it matters: if you create the requests first and then gather them (asyncio.gather),
# you get the wrong period under the right name, without an error. What helps: send each
# request before you create the next, or create a client for each.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install -q --no-compile msgraph-sdk==1.65.0

cat >ask.py <<'PY'
import datetime

from azure.core.credentials import AccessToken
from msgraph import GraphServiceClient


class Credential:
    def get_token(self, *scopes, **_):
        return AccessToken("token", 2**31)


def address(builder):
    return builder.to_get_request_information().url.removeprefix("https://graph.microsoft.com/v1.0")


client = GraphServiceClient(Credential())
week = client.reports.get_mailbox_usage_mailbox_counts_with_period("D7")
print("made:", address(week))
month = client.reports.get_email_activity_user_detail_with_period("D30")
print("made:", address(month))
print("sent:", address(week))
print("sent:", address(month))

days = [client.reports.get_email_activity_user_detail_with_date(datetime.date(2026, 11, day)) for day in (1, 2)]
print("sent:", *map(address, days))

users = [client.users.by_user_id(user) for user in ("a", "b")]
print("sent:", *map(address, users))
PY

timeout 60 venv/bin/python ask.py | tee seen

diff - seen <<'SEEN'
made: /reports/getMailboxUsageMailboxCounts(period='D7')
made: /reports/getEmailActivityUserDetail(period='D30')
sent: /reports/getMailboxUsageMailboxCounts(period='D30')
sent: /reports/getEmailActivityUserDetail(period='D30')
sent: /reports/getEmailActivityUserDetail(date=2026-11-02) /reports/getEmailActivityUserDetail(date=2026-11-02)
sent: /users/a /users/b
SEEN
