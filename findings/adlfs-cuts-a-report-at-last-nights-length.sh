#!/usr/bin/env bash
# Once a program has listed a folder, adlfs opens each file in it with the length that it
# had then: a report that has grown since ends in the middle of a row.
#
# Packages: adlfs 2026.8.0, fsspec 2026.9.0, pandas 3.0.6 (PyPI). The storage is Azurite
# 3.37.0 (npm).
#
# Expected: fsspec says that listings can be cached, so a new file may be missing from a
# list until the cache is cleared (filesystem-spec.readthedocs.io, "Listings Caching").
# A file that is opened is read from the storage, from its beginning to its end.
#
# Seen: after ls() or walk(), open() takes the file's length from the cached list and
# never asks again. What it reads is the new content, up to the old length. There is no
# error. cat() and get() return the whole file. pandas reads with open(), and shares the
# cache with every other file system of the same account in the process, so that a new
# AzureBlobFileSystem changes nothing. glob(), find() and info() do not fill that cache.
#
# Why it matters: a notebook, a dashboard or a scheduler that stays up lists the folder
# once, and the next night's file of the same name loses its last customers. Here the cut
# is in a number, and 600 becomes 60. What helps: use_listings_cache=False,
# invalidate_cache() before each night, or the bytes that cat() returns.
set -euo pipefail

work=$(mktemp -d)
azurite=
cleanup() {
	[ -z "$azurite" ] || kill "$azurite" 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT
cd "$work"

timeout 300 npm install --silent --no-audit --no-fund --ignore-scripts azurite@3.37.0
python3 -m venv venv
timeout 300 venv/bin/pip install -q adlfs==2026.8.0 fsspec==2026.9.0 pandas==3.0.6

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
node node_modules/azurite/dist/src/blob/main.js --blobHost 127.0.0.1 --blobPort "$port" \
	--inMemoryPersistence --skipApiVersionCheck --disableTelemetry --silent >azurite.log 2>&1 &
azurite=$!
for _ in $(seq 120); do
	! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	sleep 0.5
done

# The emulator's key, which is published in its documentation.
export STORAGE="DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;BlobEndpoint=http://127.0.0.1:$port/devstoreaccount1"

cat >read.py <<'PY'
import os

import pandas
from adlfs import AzureBlobFileSystem
from azure.storage.blob import ContainerClient

account = {"connection_string": os.environ["STORAGE"]}
file = "reports/latest.csv"
container = ContainerClient.from_connection_string(account["connection_string"], "reports")
container.create_container()


def publish(report):
    container.upload_blob("latest.csv", report, overwrite=True)


def total(**options):
    rows = pandas.read_csv(f"abfs://{file}", storage_options=account | options)
    return f"{len(rows)} customers, {rows['Total'].sum()} in all"


def next_night(name, first, **options):
    AzureBlobFileSystem.clear_instance_cache()
    publish("Tenant,Total\nt1,5\nt2,7\n")
    first(AzureBlobFileSystem(**account, **options))
    publish("Tenant,Total\nt1,5\nt2,600\nt3,70\n")
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
