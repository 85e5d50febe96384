#!/usr/bin/env bash
# ClickHouse reads a CSV whose cells are all text with its header as a row: one
# customer more, and an empty night does so to the other nights of a folder.
#
# Packages: chdb 4.4.0 with chdb-core 26.9.0, ClickHouse in the process (PyPI).
#
# Expected: a name in .csv means the format CSV, and since version 23.1 the header of
# such a file is detected and CSVWithNames not needed
# (clickhouse.com/docs/guides/clickhouse/data-formats/csv-tsv).
#
# Seen: a first line is taken for a header only where a later line has something that
# is no text. A report of names alone, a night on which nobody has a number, and a
# night without customers have one row too many, and columns called c1, c2, …. In a
# folder, the first file decides for all: behind a night without customers, every
# night has its header among its rows, and its numbers are text. Nothing is raised
# until somebody asks for a column by its name.
#
# Why it matters: count() is what one asks a report of licences or mailboxes first,
# and it is right until a quiet night. Which file is first is the file system's choice
# where the name has a *. What helps: always say CSVWithNames (it refuses a header
# alone, with error 636, where no other file tells the types).
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install -q --no-compile chdb==4.4.0 chdb-core==26.9.0

printf 'Tenant,Name,Total\r\nt1,Contoso,5\r\nt2,Fabrikam,\r\n' >numbers.csv
printf 'Tenant,Name,Total\r\nt1,Contoso,\r\nt2,Fabrikam,\r\n' >quiet.csv
printf 'Tenant,Name\r\nt1,Contoso\r\nt2,Fabrikam\r\n' >names.csv
printf 'Tenant,Name,Total\r\n' >nobody.csv

cat >ask.py <<'PY'
import sys

import chdb

[files] = sys.argv[1:]
for source in f"'{files}'", f"'{files}', CSVWithNames":
    try:
        rows = chdb.query(f"SELECT count() FROM file({source})").bytes().decode().strip()
    except Exception as e:
        rows = f"refused: {str(e).split('. ')[0].removeprefix('Code: ')}"
    print(f"{source}: {rows}")
PY

for files in numbers.csv quiet.csv names.csv nobody.csv '{numbers,nobody}.csv' '{nobody,numbers}.csv'; do
	timeout 60 venv/bin/python ask.py "$files"
done | tee seen

diff - seen <<'SEEN'
'numbers.csv': 2
'numbers.csv', CSVWithNames: 2
'quiet.csv': 3
'quiet.csv', CSVWithNames: 2
'names.csv': 3
'names.csv', CSVWithNames: 2
'nobody.csv': 1
'nobody.csv', CSVWithNames: refused: 636
'{numbers,nobody}.csv': 2
'{numbers,nobody}.csv', CSVWithNames: 2
'{nobody,numbers}.csv': 4
'{nobody,numbers}.csv', CSVWithNames: 2
SEEN
