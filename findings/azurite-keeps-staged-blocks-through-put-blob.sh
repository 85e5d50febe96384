#!/usr/bin/env bash
# When Put Blob replaces a blob, Azurite keeps the blob's staged blocks; Azure discards
# them.
#
# Package: azurite 3.37.0 (npm), called with azure-storage-blob 12.31.1 (PyPI).
#
# Expected: Put Blob discards what was staged for the blob; a commit that names such a
# block afterwards is refused with InvalidBlockList
# (learn.microsoft.com/rest/api/storageservices/put-block, its remarks, and
# put-block-list).
#
# Seen: after Put Blob, the blocks are still listed as uncommitted, and a late commit
# replaces what was written with them.
#
# Why it matters: two writers may publish the same report, one in staged blocks, the other
# in one piece. In Azure, the slow one learns that it is too late. On a laptop and in CI,
# with Azurite, it wins, so a test that two writers cannot lose each other's file passes
# or fails for the wrong reason. What helps: make the commit conditional (If-Match), which
# both enforce.
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
timeout 300 venv/bin/pip install -q azure-storage-blob==12.31.1

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
node node_modules/azurite/dist/src/blob/main.js --blobHost 127.0.0.1 --blobPort "$port" \
	--inMemoryPersistence --skipApiVersionCheck --disableTelemetry --silent >azurite.log 2>&1 &
azurite=$!
for _ in $(seq 120); do
	! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	sleep 0.5
done

cat >commit.py <<'PY'
import sys

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobBlock, ContainerClient

# The emulator's key, which is published in its documentation.
container = ContainerClient.from_connection_string(
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
    "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
    f"BlobEndpoint=http://127.0.0.1:{sys.argv[1]}/devstoreaccount1",
    "reports",
)
container.create_container()


def show(name, pinned):
    blob = container.get_blob_client(name)
    blob.upload_blob(b"yesterday")
    condition = {"etag": blob.get_blob_properties().etag, "match_condition": MatchConditions.IfNotModified}
    blob.stage_block("0001", b"slow")
    blob.upload_blob(b"quick", overwrite=True)
    staged = [block.id for block in blob.get_block_list("uncommitted")[1]]
    try:
        blob.commit_block_list([BlobBlock("0001")], **(condition if pinned else {}))
        end = f"the blob holds {blob.download_blob().readall().decode()!r}"
    except HttpResponseError as e:
        end = f"refused with {e.status_code}"
    print(f"{name}: still staged {staged}; the commit: {end}")


show("no condition", False)
show("If-Match", True)
PY

timeout 60 venv/bin/python commit.py "$port" | tee seen

diff - seen <<'SEEN'
no condition: still staged ['0001']; the commit: the blob holds 'slow'
If-Match: still staged ['0001']; the commit: refused with 412
SEEN
