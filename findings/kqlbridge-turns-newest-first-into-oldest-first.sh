#!/usr/bin/env bash
# kqlbridge translates KQL that it calls supported into SQL with a different answer: the
# newest run becomes the oldest, and two steps swap places.
#
# Package: kqlbridge 0.12.1 (PyPI); its SQL runs in Python's own SQLite.
#
# Expected: in KQL, sort and order are descending unless you write asc
# (learn.microsoft.com/kusto/query/sort-operator), and each operator in a pipe works on
# the result of the one before. The package promises to refuse what it does not support,
# and its table of operators has a tick next to each of these.
#
# Seen: "sort by day" becomes ORDER BY day ASC; "distinct name | count" counts the rows,
# not the names; "take 2 | where …" filters first and then takes; a count after "summarize
# … by name" returns one row for each name.
#
# Why it matters: with such a tool, the queries that partners keep for App Insights' logs
# ("the newest run first", "how many customers failed") move to Fabric or Databricks and
# keep giving answers, but wrong ones. What helps: write asc or desc, count with dcount,
# and compare each query's answers before you drop the old one.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install -q kqlbridge==0.12.1

cat >ask.py <<'PY'
import sqlite3

import kqlbridge

runs = sqlite3.connect(":memory:")
runs.execute("CREATE TABLE runs (day, name, state)")
runs.executemany("INSERT INTO runs VALUES (?, ?, ?)", [
    ("2026-11-22", "mailboxes", "published"),
    ("2026-11-23", "licenses", "published"),
    ("2026-11-24", "mailboxes", "stopped"),
])

for kql, means in (
    ("runs | sort by day | take 1 | project day", [("2026-11-24",)]),
    ("runs | distinct name | count", [(2,)]),
    ("runs | summarize n = count() by name | count", [(2,)]),
    ("runs | sort by day asc | take 2 | where state == 'stopped' | count", [(0,)]),
):
    sql = " ".join(kqlbridge.translate(kql).split())
    assert kqlbridge.is_supported(kql)
    print(f"{kql}\n  means {means}, gives {sorted(runs.execute(sql))}\n  {sql}")
PY

timeout 60 venv/bin/python ask.py | tee seen

diff - <(grep means seen) <<'SEEN'
  means [('2026-11-24',)], gives [('2026-11-22',)]
  means [(2,)], gives [(3,)]
  means [(2,)], gives [(1,), (2,)]
  means [(0,)], gives [(1,)]
SEEN
