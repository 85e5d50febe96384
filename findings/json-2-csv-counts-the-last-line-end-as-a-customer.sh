#!/usr/bin/env bash
# If a CSV ends with a line break, json-2-csv reads one customer too many, or the last
# customer under another name.
#
# Packages: json-2-csv 5.6.0 (npm); for comparison, csv-parse 7.0.3 (npm).
#
# Expected: the last record of a CSV may end with a line break or without one (RFC 4180,
# section 2, rule 2). csv2json takes the file's line break as the option delimiter.eol and
# returns an object for each record (its README).
#
# Seen: with eol "\r\n", a file that ends with it gives one extra object, which has only
# an empty first column; a night with only a header has one customer. With the default,
# "\n", the last cell in the file keeps its line feed, unless it is quoted or parses as
# JSON. If you leave out eol for a file with "\r\n" whose last column is quoted, two
# records are read as one, without an error.
#
# Why it matters: nearly everything that writes CSV ends the last record with a line
# break, Graph and Excel with "\r\n". Counts of customers are one too high, every night
# has somebody without an id, and a join on the last name finds nothing. What helps: trim
# the end (csv2json(text.trimEnd(), …)) and always set eol.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

timeout 300 npm install --silent --no-audit --no-fund --ignore-scripts json-2-csv@5.6.0 csv-parse@7.0.3

cat >read.mjs <<'JS'
import { parse } from 'csv-parse/sync';
import { csv2json } from 'json-2-csv';

const nights = {
	'a night': 'Tenant,Name\r\nt1,Contoso\r\nt2,Fabrikam\r\n',
	'names in quotes': 'Tenant,Name\r\nt1,"Contoso, Inc."\r\nt2,"Fabrikam, Inc."\r\n',
	'a header alone': 'Tenant,Name\r\n',
};
for (const [night, text] of Object.entries(nights)) {
	const lines = text.replaceAll('\r\n', '\n');
	const delimiter = { eol: '\r\n' };
	const show = (how, rows) => console.log(`${night}, ${how}: ${JSON.stringify(rows)}`);
	show('csv-parse', parse(text, { columns: true }));
	show('eol', csv2json(text, { delimiter }));
	show('eol, trimmed', csv2json(text.trimEnd(), { delimiter }));
	show('line feeds', csv2json(lines));
}
console.log(`names in quotes, eol forgotten: ${csv2json(nights['names in quotes']).length} record`);
JS

timeout 60 node read.mjs | tee seen

diff - seen <<'SEEN'
a night, csv-parse: [{"Tenant":"t1","Name":"Contoso"},{"Tenant":"t2","Name":"Fabrikam"}]
a night, eol: [{"Tenant":"t1","Name":"Contoso"},{"Tenant":"t2","Name":"Fabrikam"},{"Tenant":""}]
a night, eol, trimmed: [{"Tenant":"t1","Name":"Contoso"},{"Tenant":"t2","Name":"Fabrikam"}]
a night, line feeds: [{"Tenant":"t1","Name":"Contoso"},{"Tenant":"t2","Name":"Fabrikam\n"}]
names in quotes, csv-parse: [{"Tenant":"t1","Name":"Contoso, Inc."},{"Tenant":"t2","Name":"Fabrikam, Inc."}]
names in quotes, eol: [{"Tenant":"t1","Name":"Contoso, Inc."},{"Tenant":"t2","Name":"Fabrikam, Inc."},{"Tenant":""}]
names in quotes, eol, trimmed: [{"Tenant":"t1","Name":"Contoso, Inc."},{"Tenant":"t2","Name":"Fabrikam, Inc."}]
names in quotes, line feeds: [{"Tenant":"t1","Name":"Contoso, Inc."},{"Tenant":"t2","Name":"Fabrikam, Inc."}]
a header alone, csv-parse: []
a header alone, eol: [{"Tenant":""}]
a header alone, eol, trimmed: []
a header alone, line feeds: []
names in quotes, eol forgotten: 1 record
SEEN
