#!/usr/bin/env bash
# If a blob is replaced during a download, three readers return one file made of two,
# without an error.
#
# Packages: @azure/storage-blob 12.32.0 (npm), obstore 0.12.1 and pyarrow 25.0.1 (PyPI);
# for comparison, azure-storage-blob 12.31.1 (PyPI), which does it right. The storage is
# Azurite 3.37.0 (npm).
#
# Expected: a large blob is read in ranges, with one request for each. Get Blob accepts
# If-Match, so a client can pin all ranges to the ETag of the first
# (learn.microsoft.com/rest/api/storageservices/get-blob, "conditional headers"). The
# documentation of downloadToBuffer says that it downloads *a* blob in parallel, and the
# Python library pins by default.
#
# Seen: downloadToBuffer (JavaScript), obstore's open_reader and pyarrow's AzureFileSystem
# send no If-Match: the beginning is from the old blob and the end from the new one, the
# length is right, and there is no error.
#
# Why it matters: a report that is published again (a rerun, a late customer) is replaced
# in one step. Anybody who is reading it at that moment gets rows twice or not at all.
# What helps: set the condition yourself ({conditions: {ifMatch: etag}}), read in one
# request (obstore's get), or compare the whole file with the blob's Content-MD5.
set -euo pipefail

work=$(mktemp -d)
azurite=
cleanup() {
	[ -z "$azurite" ] || kill "$azurite" 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT
cd "$work"

timeout 300 npm install --silent --no-audit --no-fund --ignore-scripts azurite@3.37.0 @azure/storage-blob@12.32.0
python3 -m venv venv
timeout 300 venv/bin/pip install -q obstore==0.12.1 pyarrow==25.0.1 azure-storage-blob==12.31.1

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
node node_modules/azurite/dist/src/blob/main.js --blobHost 127.0.0.1 --blobPort "$port" \
	--inMemoryPersistence --skipApiVersionCheck --disableTelemetry --silent >azurite.log 2>&1 &
azurite=$!
for _ in $(seq 120); do
	! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	sleep 0.5
done

# The emulator's key, which is published in its documentation.
export KEY='Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='
export AUTHORITY="127.0.0.1:$port"
export STORAGE="DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=$KEY;BlobEndpoint=http://$AUTHORITY/devstoreaccount1"

cat >publish.py <<'PY'
import os
import sys

from azure.core.exceptions import ResourceExistsError
from azure.storage.blob import ContainerClient

container = ContainerClient.from_connection_string(os.environ["STORAGE"], "reports")
try:
    container.create_container()
except ResourceExistsError:
    pass
container.upload_blob("night.csv", sys.argv[1].encode() * (4 << 20), overwrite=True)
PY

cat >read.mjs <<'JS'
import { execFileSync } from 'node:child_process';
import { BlobServiceClient } from '@azure/storage-blob';

const blob = BlobServiceClient.fromConnectionString(process.env.STORAGE)
	.getContainerClient('reports').getBlobClient('night.csv');
const publish = (night) => execFileSync('venv/bin/python', ['publish.py', night]);

async function read(pinned) {
	publish('1');
	const conditions = pinned ? { ifMatch: (await blob.getProperties()).etag } : undefined;
	let replaced = false;
	const onProgress = () => {
		if (!replaced) publish('2');
		replaced = true;
	};
	try {
		const file = await blob.downloadToBuffer(0, undefined, { blockSize: 1 << 20, concurrency: 1, onProgress, conditions });
		return `${file.length} bytes, nights ${[...new Set(file.toString())].join('+')}`;
	} catch (e) {
		return `refused with ${e.statusCode}`;
	}
}

console.log('downloadToBuffer', await read(false));
console.log('downloadToBuffer, pinned', await read(true));
JS

cat >read.py <<'PY'
import os
import subprocess

import obstore
from azure.core.exceptions import ResourceModifiedError
from azure.storage.blob import BlobClient
from obstore.store import AzureStore
from pyarrow.fs import AzureFileSystem

authority, key = os.environ["AUTHORITY"], os.environ["KEY"]


def publish(night):
    subprocess.run(["venv/bin/python", "publish.py", night], check=True)


def read(name, open_, next_):
    publish("1")
    file = open_()
    parts = []
    try:
        while part := bytes(next_(file)):
            if not parts:
                publish("2")
            parts.append(part)
        whole = b"".join(parts).decode()
        print(name, f"{len(whole)} bytes, nights {'+'.join(sorted(set(whole)))}")
    except ResourceModifiedError as e:
        print(name, f"refused with {e.status_code}")


store = AzureStore(
    "reports", account_name="devstoreaccount1", account_key=key,
    endpoint=f"http://{authority}/devstoreaccount1", client_options={"allow_http": True},
)
read("obstore.open_reader", lambda: obstore.open_reader(store, "night.csv"), lambda f: f.read(1 << 20))

arrow = AzureFileSystem(
    "devstoreaccount1", account_key=key,
    blob_storage_authority=authority, blob_storage_scheme="http",
    dfs_storage_authority=authority, dfs_storage_scheme="http",
)
read("pyarrow.AzureFileSystem", lambda: arrow.open_input_file("reports/night.csv"), lambda f: f.read(1 << 20))

blob = BlobClient.from_connection_string(
    os.environ["STORAGE"], "reports", "night.csv", max_single_get_size=1 << 20, max_chunk_get_size=1 << 20,
)
read("azure-storage-blob", lambda: blob.download_blob().chunks(), lambda chunks: next(chunks, b""))
PY

timeout 120 node read.mjs | tee seen
timeout 120 venv/bin/python read.py | tee -a seen

diff - seen <<'SEEN'
downloadToBuffer 4194304 bytes, nights 1+2
downloadToBuffer, pinned refused with 412
obstore.open_reader 4194304 bytes, nights 1+2
pyarrow.AzureFileSystem 4194304 bytes, nights 1+2
azure-storage-blob refused with 412
SEEN
