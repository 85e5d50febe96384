#!/usr/bin/env bash
# Azure's blob library for Python ignores the state that you give a block in a commit.
#
# Package: azure-storage-blob 12.31.1 (PyPI).
#
# Expected: BlobBlock(block_id, state) accepts BlockState.COMMITTED or
# BlockState.UNCOMMITTED, and Put Block List has an element for each: Committed takes the
# block that is part of the blob now, Uncommitted the one that was staged since. If there
# is no such block, either is refused with InvalidBlockList
# (learn.microsoft.com/rest/api/storageservices/put-block-list).
#
# Seen: whatever the state, the library writes <Latest>: the staged block if there is one,
# otherwise the committed one. (It compares the state with "committed"; the constant is
# "Committed".) No exception is raised.
#
# Why it matters: a writer that continues a half-written report and wants to keep what is
# published (COMMITTED), or to learn that its staged rows are gone (UNCOMMITTED), gets the
# opposite: rows of an abandoned attempt are published, and lost ones go unnoticed. What
# helps: never use a block id twice, so that Latest can mean only one block.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install -q azure-storage-blob==12.31.1

cat >commit.py <<'PY'
import re

from azure.core.exceptions import ServiceRequestError
from azure.core.pipeline.transport import RequestsTransport
from azure.storage.blob import BlobBlock, BlobClient, BlockState


class Keep(RequestsTransport):
    """Shows the block list that would be sent, and sends nothing."""

    def send(self, request, **kwargs):
        print(", ".join(re.findall(r"<(Committed|Uncommitted|Latest)>", str(request.body))))
        raise ServiceRequestError("not sent")


blob = BlobClient("http://127.0.0.1:9", "reports", "night.csv", transport=Keep(), retry_total=0)
for state in BlockState.COMMITTED, BlockState.UNCOMMITTED, BlockState.LATEST:
    print(state.value, end=" is sent as ")
    try:
        blob.commit_block_list([BlobBlock("0001", state)])
    except ServiceRequestError:
        pass
PY

timeout 60 venv/bin/python commit.py | tee seen

diff - seen <<'SEEN'
Committed is sent as Latest
Uncommitted is sent as Latest
Latest is sent as Latest
SEEN
