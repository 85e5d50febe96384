#!/usr/bin/env bash
# Once a program has listed a folder, adlfs opens each file in it with the length that it
# had then: a report that has grown since ends in the middle of a row.
#
# Packages: adlfs 2026.8.0, fsspec 2026.9.0 (PyPI).
#
# Expected: fsspec says that listings can be cached, so a new file may be missing from a
# list until the cache is cleared (filesystem-spec.readthedocs.io, "Listings Caching").
# A file that is opened is read from the storage, from its beginning to its end.
#
# Seen: after ls() or walk(), open() takes the file's length from the cached list and
# never asks again. What it reads is the new content, up to the old length. There is no
# error. cat() and get() return the whole file. fsspec.open() and pandas read with open(),
# and share the cache with every other file system of the same account in the process, so
# that a new AzureBlobFileSystem changes nothing. glob(), find() and info() do not fill
# that cache.
#
# Why it matters: a notebook, a dashboard or a scheduler that stays up lists the folder
# once, and the next night's file of the same name loses its last customers. Here the cut
# is in a number, and 600 becomes 60. What helps: use_listings_cache=False,
# invalidate_cache() before each night, or the bytes that cat() returns.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install -q --no-compile adlfs==2026.8.0 fsspec==2026.9.0

cat >read.py <<'PY'
import csv
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import fsspec
from adlfs import AzureBlobFileSystem


class Storage(BaseHTTPRequestHandler):
    """A container that has one blob: a list, its properties, and its bytes by range."""

    protocol_version = "HTTP/1.1"
    blob = b""

    def do_GET(self):
        self.etag = f'"{len(Storage.blob)}"'
        if self.headers.get("If-Match", self.etag) != self.etag:
            return self.answer(412, b"")
        if "comp=list" in self.path:
            return self.answer(200, f"""<EnumerationResults ContainerName="reports"><Blobs><Blob><Name>latest.csv</Name>
                <Properties><Last-Modified>{formatdate(usegmt=True)}</Last-Modified><Etag>{self.etag}</Etag><BlobType>BlockBlob</BlobType>
                <Content-Length>{len(Storage.blob)}</Content-Length></Properties></Blob></Blobs><NextMarker/>
                </EnumerationResults>""".encode(), {"Content-Type": "application/xml"})
        if asked := self.headers.get("x-ms-range"):
            first, last = asked.removeprefix("bytes=").split("-")
            part = Storage.blob[int(first):int(last) + 1]
            range_ = f"bytes {first}-{int(first) + len(part) - 1}/{len(Storage.blob)}"
            return self.answer(206, part, {"Content-Range": range_})
        self.answer(200, Storage.blob)

    def do_HEAD(self):
        self.do_GET()

    def answer(self, status, body, headers={}):
        self.send_response(status)
        for name, text in {"Content-Length": len(body), "Last-Modified": formatdate(usegmt=True), "ETag": self.etag,
                           "x-ms-blob-type": "BlockBlob", **headers}.items():
            self.send_header(name, str(text))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *args):
        pass


storage = ThreadingHTTPServer(("127.0.0.1", 0), Storage)
Thread(target=storage.serve_forever, daemon=True).start()
account = {"connection_string": "DefaultEndpointsProtocol=http;AccountName=account;AccountKey=a2V5;"
           f"BlobEndpoint=http://127.0.0.1:{storage.server_port}/account"}
file = "reports/latest.csv"


def total(**options):
    with fsspec.open(f"abfs://{file}", "r", newline="", **account, **options) as lines:
        rows = list(csv.DictReader(lines))
    return f"{len(rows)} customers, {sum(int(row['Total']) for row in rows)} in all"


def next_night(name, first, **options):
    AzureBlobFileSystem.clear_instance_cache()
    Storage.blob = b"Tenant,Total\nt1,5\nt2,7\n"
    first(AzureBlobFileSystem(**account, **options))
    Storage.blob = b"Tenant,Total\nt1,5\nt2,600\nt3,70\n"
    whole = AzureBlobFileSystem(**account, **options).cat(file).decode()
    print(f"{name}: {total(**options)}; cat has {whole.count(chr(10)) - 1}")


next_night("no listing", lambda fs: None)
next_night("glob", lambda fs: fs.glob("reports/*.csv"))
next_night("ls", lambda fs: fs.ls("reports"))
next_night("walk", lambda fs: list(fs.walk("reports")))
next_night("ls, no cache", lambda fs: fs.ls("reports"), use_listings_cache=False)
next_night("ls, invalidated", lambda fs: (fs.ls("reports"), fs.invalidate_cache()))
PY

timeout 120 venv/bin/python read.py | tee seen

diff - seen <<'SEEN'
no listing: 3 customers, 675 in all; cat has 3
glob: 3 customers, 675 in all; cat has 3
ls: 2 customers, 65 in all; cat has 3
walk: 2 customers, 65 in all; cat has 3
ls, no cache: 3 customers, 675 in all; cat has 3
ls, invalidated: 3 customers, 675 in all; cat has 3
SEEN
