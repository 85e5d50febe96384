#!/usr/bin/env bash
# csv-parser writes into the chunks it is given: anything else that reads the same stream,
# such as a checksum or a copy, gets a different file.
#
# Packages: csv-parser 3.2.1 (npm); for comparison, csv-parse 7.0.3 (npm).
#
# Expected: a stream may be piped to several destinations, and each gets what was sent
# (nodejs.org/api/stream.html, readable.pipe). csv-parser's README does not say that it
# changes its input.
#
# Seen: if a cell has a doubled quote, "Litware ""East""", csv-parser moves the cell's
# bytes together in the chunk itself. Its own rows are right. But the MD5 of the stream is
# not that of the file, a copy saved from it is not valid CSV, and a buffer has changed
# once it is parsed. (Pull request 60 of 2016 tried to fix this and was closed.) A file
# without such a cell is unaffected.
#
# Why it matters: a report is downloaded, read and saved in one go, and its MD5 is
# compared with the blob's Content-MD5. All is well until a customer's name has a quote;
# then the checksum blames the storage, and the saved file is broken for everybody who
# reads it later. What helps: give csv-parser a copy of each chunk, or use a parser that
# only reads.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

timeout 300 npm install --silent --no-audit --no-fund --ignore-scripts csv-parser@3.2.1 csv-parse@7.0.3

cat >read.mjs <<'JS'
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { finished } from 'node:stream/promises';
import { parse } from 'csv-parse';
import csvParser from 'csv-parser';

const report = 'Tenant,Name\r\nt1,"Litware ""East"""\r\nt2,Contoso\r\n';
const md5 = (bytes) => createHash('md5').update(bytes).digest('hex');
const show = (how, bytes) => console.log(`${how}: ${md5(bytes) === md5(report) ? 'the same' : JSON.stringify(bytes.toString())}`);
writeFileSync('report.csv', report);

async function read(name, ...steps) {
	const stream = createReadStream('report.csv');
	const hash = createHash('md5');
	const saved = createWriteStream('saved.csv');
	const rows = [];
	const parser = steps.reduce((from, step) => from.pipe(step), stream).on('data', (row) => rows.push(row.Name));
	stream.pipe(hash);
	stream.pipe(saved);
	await Promise.all([finished(parser), finished(saved)]);
	console.log(`${name}: ${rows.join(' and ')}; the MD5 ${hash.digest('hex') === md5(report) ? 'fits' : 'does not fit'}`);
	show('  what was saved', readFileSync('saved.csv'));
}

await read('csv-parse', parse({ columns: true }));
await read('csv-parser', csvParser());
const copy = new Transform({ transform: (chunk, _, done) => done(null, Buffer.from(chunk)) });
await read('csv-parser behind a copy', copy, csvParser());

const buffer = Buffer.from(report);
await Readable.from([buffer]).pipe(csvParser()).toArray();
show('a buffer, once parsed', buffer);
JS

timeout 60 node read.mjs | tee seen

diff - seen <<'SEEN'
csv-parse: Litware "East" and Contoso; the MD5 fits
  what was saved: the same
csv-parser: Litware "East" and Contoso; the MD5 does not fit
  what was saved: "Tenant,Name\r\nt1,\"Litware \"East\"\"\"\"\r\nt2,Contoso\r\n"
csv-parser behind a copy: Litware "East" and Contoso; the MD5 fits
  what was saved: the same
a buffer, once parsed: "Tenant,Name\r\nt1,\"Litware \"East\"\"\"\"\r\nt2,Contoso\r\n"
SEEN
