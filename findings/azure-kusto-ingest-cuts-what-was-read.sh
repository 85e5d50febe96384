#!/usr/bin/env bash
# A table that one of Microsoft's two Kusto libraries for Python reads and the other
# writes back is no longer the same table.
#
# Packages: azure-kusto-data 6.0.4, azure-kusto-ingest 6.0.4, pandas 3.1.1 (PyPI).
#
# Expected: ingest_from_dataframe sends what the data frame holds. Kusto keeps seven
# decimals of a second and all digits of a real, and reads a timespan as d.hh:mm:ss
# (learn.microsoft.com/kusto/query/scalar-data-types, datetime, real, timespan); the frame
# that dataframe_from_result_table makes from an answer has all of them.
#
# Seen: unless you ask for CSV, the frame is sent as JSON, with pandas' rounding: times
# end at the millisecond, numbers at the tenth decimal (a share of 0.00000000004 is 0),
# and a timespan becomes "P1DT2H0M0S", which is not among the forms that Kusto lists. As
# CSV, times and numbers are complete, but the timespan is "1 days 02:00:00", which is not
# listed either. No exception is raised.
#
# Why it matters: a nightly copy asks for everything newer than its newest row. The time
# of that row has been cut, so the original is newer and is copied again every night. What
# helps: data_format=DataFormat.CSV, with timespans as text in Kusto's own form.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install -q --no-compile azure-kusto-data==6.0.4 azure-kusto-ingest==6.0.4 pandas==3.1.1

cat >copy_table.py <<'PY'
import gzip

from azure.kusto.data.data_format import DataFormat
from azure.kusto.data.helpers import dataframe_from_result_table
from azure.kusto.data.response import KustoResponseDataSetV2
from azure.kusto.ingest import IngestionProperties
from azure.kusto.ingest.base_ingest_client import BaseIngestClient


class Shown(BaseIngestClient):
    """Shows the file that would be uploaded, and uploads nothing."""

    def ingest_from_file(self, file_descriptor, ingestion_properties):
        with gzip.open(file_descriptor, "rt") as file:
            print(f"{ingestion_properties.format.name}: {file.read().strip()}")

    def ingest_from_stream(self, stream_descriptor, ingestion_properties):
        raise NotImplementedError

    def set_proxy(self, proxy_url):
        raise NotImplementedError


row = {"at": ("datetime", "2026-11-24T01:02:03.1234567Z"), "share": ("real", 4e-11), "took": ("timespan", "1.02:00:00")}
[table] = KustoResponseDataSetV2([
    {"FrameType": "DataSetHeader", "IsProgressive": False, "Version": "v2.0"},
    {"FrameType": "DataTable", "TableId": 0, "TableKind": "PrimaryResult", "TableName": "PrimaryResult",
     "Columns": [{"ColumnName": name, "ColumnType": kind} for name, (kind, _) in row.items()],
     "Rows": [[value for _, value in row.values()]]},
    {"FrameType": "DataSetCompletion", "HasErrors": False, "Cancelled": False},
]).primary_results

frame = dataframe_from_result_table(table)
print("the frame:", *frame.iloc[0], sep=" | ")
for data_format in None, DataFormat.CSV:
    Shown().ingest_from_dataframe(frame, IngestionProperties("copies", "runs"), data_format)
PY

timeout 60 venv/bin/python copy_table.py | tee seen

diff - seen <<'SEEN'
the frame: | 2026-11-24 01:02:03.123456700+00:00 | 4e-11 | 1 days 02:00:00
JSON: {"at":"2026-11-24T01:02:03.123Z","share":0.0,"took":"P1DT2H0M0S"}
CSV: 2026-11-24 01:02:03.123456700+00:00,4e-11,1 days 02:00:00
SEEN
