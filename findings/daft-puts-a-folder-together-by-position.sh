#!/usr/bin/env bash
# Daft reads the header of each CSV in a folder, but then goes by the columns' positions:
# a number ends up under another column's name.
#
# Package: daft 0.7.26 (PyPI).
#
# Expected: with has_headers (the default), the names say which column is which. A file
# that lacks a column or has an extra one is refused unless allow_variable_columns is set
# (docs.daft.ai, daft.read_csv: off by default, it fills short rows with nulls).
#
# Seen: the first file's header is used for all. A file that has its columns in another
# order, or has an extra one, is read by position without an error: whatever still fits
# the type ends up under the wrong name, and the rest becomes null.
#
# Why it matters: Microsoft adds a column in the middle of a usage report, and from that
# night on "Total" holds what "Archived" counts. What helps: read each night separately
# and combine them by name (concat after select).
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install -q daft==0.7.26

printf 'Tenant,Report Refresh Date,Total\r\nt1,2026-11-22,500\r\n' >2026-11-23.csv
printf 'Tenant,Report Refresh Date,Archived,Total\r\nt1,2026-11-23,7,501\r\n' >2026-11-24.csv
printf 'Tenant,Archived,Report Refresh Date,Total\r\nt1,7,2026-11-24,502\r\n' >2026-11-25.csv

cat >read.py <<'PY'
import daft

for second in "2026-11-24.csv", "2026-11-25.csv":
    alone = daft.read_csv(second).to_pylist()[0]
    both = daft.read_csv(["2026-11-23.csv", second]).to_pylist()[1]
    for name in "Report Refresh Date", "Total":
        print(f"{second}, {name}: alone {alone[name]}, behind another night {both[name]}")
PY

DAFT_PROGRESS_BAR=0 timeout 120 venv/bin/python read.py 2>errors | tee seen || { cat errors; exit 1; }

diff - seen <<'SEEN'
2026-11-24.csv, Report Refresh Date: alone 2026-11-23, behind another night 2026-11-23
2026-11-24.csv, Total: alone 501, behind another night 7
2026-11-25.csv, Report Refresh Date: alone 2026-11-24, behind another night None
2026-11-25.csv, Total: alone 502, behind another night None
SEEN
