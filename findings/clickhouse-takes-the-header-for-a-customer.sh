#!/usr/bin/env bash
# If all cells of a CSV are text, ClickHouse counts its header as a customer; an empty
# night can do this to all the other nights in a folder.
#
# Packages: chdb 4.4.0 with chdb-core 26.9.0, which runs ClickHouse in the Python process
# (PyPI).
#
# Expected: a file name that ends in .csv means the format CSV, and since version 23.1 the
# header of such a file is detected, so that CSVWithNames is not needed
# (clickhouse.com/docs/guides/clickhouse/data-formats/csv-tsv).
#
# Seen: the first line is taken as a header only if a later line has something other than
# text. A report that has only names, a night on which nobody has a number, and a night
# without customers each have one row too many, and columns named c1, c2, …. In a folder,
# the first file decides for all: if that is a night without customers, every night has
# its header among its rows, and its numbers are text. No error is raised until somebody
# asks for a column by name.
#
# Why it matters: count() is the first thing that people ask of a report on licences or
# mailboxes, and it is right until a quiet night. If the name contains a *, the file
# system chooses which file is first. What helps: always say CSVWithNames (it refuses a
# header alone, with error 636, if no other file shows the types).
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
