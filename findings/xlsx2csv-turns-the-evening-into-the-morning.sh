#!/usr/bin/env bash
# On the way from a workbook to CSV, xlsx2csv writes 23:30 as 11:29, and a duration of
# 26:30 hours as 02:30.
#
# Packages: xlsx2csv 0.8.6, openpyxl 3.1.5 (PyPI).
#
# Expected: without AM/PM, h in a number format is the hour of 24 with one digit or two,
# hh always with two, and [h] is the hours that have passed (support.microsoft.com,
# "Format numbers as dates or times"). xlsx2csv writes dates and times as the workbook
# shows them, unless another format is given.
#
# Seen: h in a date format becomes the hour of 12, and neither AM nor PM is added. That is
# the case for openpyxl's own format for a date with a time, and for m/d/yy h:mm, which
# Excel gives to such a cell by itself. With hh:mm the hour is right. The fraction of a
# second that a workbook's number is off is cut instead of rounded, so that many a full
# minute becomes the one before. [h]:mm:ss is written as a time of day: whole days are
# dropped, as are the seconds. There is no error.
#
# Why it matters: a workbook of sign-ins, refresh times or outages is turned into CSV for
# the nightly load. The afternoon of every day happens in its morning, where it is mixed
# with what really did, and an outage of 26 hours lasts two. What helps: read the
# workbook with openpyxl, which does both right. hh:mm in the workbook saves the hour, not
# the minute; ignore_formats=["time"] keeps durations as numbers of days.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install -q xlsx2csv==0.8.6 openpyxl==3.1.5

cat >convert.py <<'PY'
import io
from datetime import datetime, timedelta

from openpyxl import Workbook, load_workbook
from xlsx2csv import Xlsx2csv

book = Workbook()
sheet = book.active
for name, value, format_ in (
    ("morning", datetime(2026, 11, 24, 11, 30), None),
    ("evening", datetime(2026, 11, 24, 23, 30), None),
    ("evening", datetime(2026, 11, 24, 23, 30), "m/d/yy h:mm"),
    ("evening", datetime(2026, 11, 24, 23, 30), "yyyy-mm-dd hh:mm"),
    ("outage", timedelta(hours=26, minutes=30), "[h]:mm:ss"),
):
    sheet.append([name, value])
    cell = sheet.cell(sheet.max_row, 2)
    if format_:
        cell.number_format = format_
    sheet.cell(sheet.max_row, 3, cell.number_format)
book.save("report.xlsx")


def convert(**options):
    text = io.StringIO()
    Xlsx2csv("report.xlsx", **options).convert(text)
    return text.getvalue().splitlines()


print("xlsx2csv:", *convert(), sep="\n  ")
print("without times:", convert(ignore_formats=["time"])[-1], sep="\n  ")
print("openpyxl:", *(row[1].value for row in load_workbook("report.xlsx").active.rows), sep="\n  ")
PY

timeout 60 venv/bin/python convert.py | tee seen

diff - seen <<'SEEN'
xlsx2csv:
  morning,2026-11-24 11:29:59,yyyy-mm-dd h:mm:ss
  evening,2026-11-24 11:29:59,yyyy-mm-dd h:mm:ss
  evening,11/24/26 11:29,m/d/yy h:mm
  evening,2026-11-24 23:29,yyyy-mm-dd hh:mm
  outage,02:30,[h]:mm:ss
without times:
  outage,1.104166666666667,[h]:mm:ss
openpyxl:
  2026-11-24 11:30:00
  2026-11-24 23:30:00
  2026-11-24 23:30:00
  2026-11-24 23:30:00
  1 day, 2:30:00
SEEN
