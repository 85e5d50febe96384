#!/usr/bin/env bash
# DuckDB reads a CSV correctly on its own, but in a folder it leaves the quotes of the
# same CSV in the cells.
#
# Package: duckdb 2.0.1 (PyPI).
#
# Expected: by default, read_csv's quote is ", and quotes are escaped by doubling
# (duckdb.org/docs/stable/data/csv/overview). Each file below is valid CSV (RFC 4180) with
# the same header, and is read correctly on its own.
#
# Seen: one file in the folder decides for all. If it happens to have no quoted cell,
# quoting is off: a later night's "Litware ""East""" arrives exactly as it is in the file,
# with all its quotes, and there is no error. With union_by_name, DuckDB looks at every
# file and reads it correctly. (A related report, duckdb issue 11838: one file whose first
# quoted cell comes after 20,480 lines.)
#
# Why it matters: a customer whose name has a quote or a comma makes a quoted cell; most
# nights of most reports have none. Joins by name then lose exactly these customers. What
# helps: set quote = '"', or union_by_name = true.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install -q duckdb==2.0.1

mkdir 2026-11-23 2026-11-24
printf 'Tenant,Name,Total\r\nt1,Contoso,1\r\nt2,Fabrikam,2\r\nt3,Tailspin,3\r\n' >2026-11-23/report.csv
printf 'Tenant,Name,Total\r\nt1,Contoso,1\r\nt2,"Litware ""East""",2\r\n' >2026-11-24/report.csv

cat >read.py <<'PY'
import duckdb

for how in (
    "'2026-11-24/report.csv'",
    "'*/report.csv'",
    "'*/report.csv', union_by_name = true",
    "'*/report.csv', quote = '\"'",
):
    [(name,)] = duckdb.sql(f"SELECT Name FROM read_csv({how}) WHERE Name LIKE '%Litware%'").fetchall()
    print(f"read_csv({how}): {name}")
PY

timeout 60 venv/bin/python read.py | tee seen

diff - seen <<'SEEN'
read_csv('2026-11-24/report.csv'): Litware "East"
read_csv('*/report.csv'): "Litware ""East"""
read_csv('*/report.csv', union_by_name = true): Litware "East"
read_csv('*/report.csv', quote = '"'): Litware "East"
SEEN
