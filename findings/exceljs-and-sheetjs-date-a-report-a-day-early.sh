#!/usr/bin/env bash
# When a CSV becomes a workbook, its dates end up a day early: with one library east of
# Greenwich, with the other west of it. In UTC both are right.
#
# Packages: exceljs 4.4.0, xlsx 0.18.5 (SheetJS; npm).
#
# Expected: 2026-11-24 in a CSV has no time and no zone, and neither does a date in a
# workbook, which is a number of days (46350). Both libraries parse dates in CSV by
# default. exceljs's README mentions the computer's time zone for writing CSV (dateUTC),
# not for reading it; SheetJS's says that all dates are local.
#
# Seen: exceljs reads the date as midnight in the computer's time zone, and writes the
# workbook in UTC: in Berlin, 23:00 of the day before. SheetJS reads it as midnight UTC
# and counts the days in the computer's time zone: in New York, the evening of the day
# before. In both cases, a date format shows the wrong day.
#
# Why it matters: the converter is built and tested in UTC, where CI and cloud hosts run,
# and then runs on a laptop. Every row of the report moves to the day before, and those of
# the first of a month to the month before. What helps: keep dates as text, with
# csv.read(stream, { map: (cell) => cell }) or XLSX.read(text, { raw: true }), or run with
# TZ=UTC.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

timeout 300 npm install --silent --no-audit --no-fund --ignore-scripts exceljs@4.4.0 xlsx@0.18.5

cat >convert.mjs <<'JS'
import { Readable } from 'node:stream';
import ExcelJS from 'exceljs';
import XLSX from 'xlsx';

const report = 'Tenant,Report Date\r\nt1,2026-11-24\r\n';

/** What a workbook has in B2: the number and what Excel shows for it. */
function shown(file) {
	const { Sheets, SheetNames } = XLSX.read(file);
	const { v } = Sheets[SheetNames[0]].B2;
	return typeof v === 'number' ? `${v.toFixed(2)}, shown as ${XLSX.SSF.format('yyyy-mm-dd', v)}` : v;
}

async function exceljs(options) {
	const book = new ExcelJS.Workbook();
	await book.csv.read(Readable.from([report]), options);
	return shown(await book.xlsx.writeBuffer());
}

const sheetjs = (options) => shown(XLSX.write(XLSX.read(report, { type: 'string', ...options }), { type: 'buffer', bookType: 'xlsx' }));

console.log(`${process.env.TZ}: exceljs ${await exceljs()}; SheetJS ${sheetjs()}`);
console.log(`${process.env.TZ}, as text: exceljs ${await exceljs({ map: (cell) => cell })}; SheetJS ${sheetjs({ raw: true })}`);
JS

for zone in UTC Europe/Berlin America/New_York; do
	TZ=$zone timeout 60 node convert.mjs
done | tee seen

diff - seen <<'SEEN'
UTC: exceljs 46350.00, shown as 2026-11-24; SheetJS 46350.00, shown as 2026-11-24
UTC, as text: exceljs 2026-11-24; SheetJS 2026-11-24
Europe/Berlin: exceljs 46349.96, shown as 2026-11-23; SheetJS 46350.04, shown as 2026-11-24
Europe/Berlin, as text: exceljs 2026-11-24; SheetJS 2026-11-24
America/New_York: exceljs 46350.21, shown as 2026-11-24; SheetJS 46349.79, shown as 2026-11-23
America/New_York, as text: exceljs 2026-11-24; SheetJS 2026-11-24
SEEN
