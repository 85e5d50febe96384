#!/usr/bin/env bash
# Microsoft's Kusto client for Python gives one number in a row and another in the data
# frame of the same answer.
#
# Packages: azure-kusto-data 6.0.4, pandas 3.1.1 (PyPI).
#
# Expected: dataframe_from_result_table turns an answer into a data frame whose cells mean
# the same as those of the rows. A timespan has days, hours, minutes and seconds under one
# sign, and a long has 64 bits (learn.microsoft.com/kusto/query/scalar-data-types/timespan
# and …/long).
#
# Seen: in a negative timespan of a day or more, the hours are counted in the wrong
# direction: "-1.02:00:00", 26 hours ago, becomes 22 hours ago. In a long column with one
# empty cell, all other values pass through a float: above 2^53 the last digits change.
# The rows of the same answer have both right, and no exception is raised.
#
# Why it matters: "due - now()" for overdue items, and hash() as a customer's key, make
# such columns. One customer without a key is enough for a join on it to find nobody, or
# somebody else. What helps: let the query return a number, (due - now()) / 1h, and text,
# tostring(key), or use the rows.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install -q --no-compile azure-kusto-data==6.0.4 pandas==3.1.1

cat >read.py <<'PY'
from azure.kusto.data.helpers import dataframe_from_result_table
from azure.kusto.data.response import KustoResponseDataSetV2


def answer(*rows):
    """A service's answer to a query, in version 2 of the protocol."""
    columns = [{"ColumnName": name, "ColumnType": kind} for name, kind in (("left", "timespan"), ("key", "long"))]
    [table] = KustoResponseDataSetV2([
        {"FrameType": "DataSetHeader", "IsProgressive": False, "Version": "v2.0"},
        {"FrameType": "DataTable", "TableId": 0, "TableKind": "PrimaryResult", "TableName": "PrimaryResult",
         "Columns": columns, "Rows": list(rows)},
        {"FrameType": "DataSetCompletion", "HasErrors": False, "Cancelled": False},
    ]).primary_results
    return table


for name, table in {
    "both keys": answer(["1.02:00:00", 2653423748902851681], ["-1.02:00:00", 2653423748902851682]),
    "one key": answer(["00:30:00", 2653423748902851681], ["-00:30:00", None]),
}.items():
    frame = dataframe_from_result_table(table)
    for row, left, key in zip(table, frame["left"], frame["key"]):
        print(f"{name}: the row {row['left'].total_seconds() / 3600} h, {row['key']};",
              f"the frame {left.total_seconds() / 3600} h, {key}")
PY

timeout 60 venv/bin/python read.py | tee seen

diff - seen <<'SEEN'
both keys: the row 26.0 h, 2653423748902851681; the frame 26.0 h, 2653423748902851681
both keys: the row -26.0 h, 2653423748902851682; the frame -22.0 h, 2653423748902851682
one key: the row 0.5 h, 2653423748902851681; the frame 0.5 h, 2653423748902851584
one key: the row -0.5 h, None; the frame -0.5 h, <NA>
SEEN
