#!/usr/bin/env bash
# Reads what a night publishes with programs that others wrote: from storage with azcopy,
# rclone and the SDKs for Python and JavaScript; as tables with the recipes of
# docs/read.md. What they need is installed beside this script on the first run, but for
# rclone and Miller.
set -euo pipefail
cd "$(dirname "$0")"
. ../install.sh

needs 'rclone miller' rclone mlr
modules
chmod +x node_modules/@azure-tools/azcopy-linux/dist/bin/azcopy_linux_amd64
environment .venv requirements.txt --only-binary :all:

rclone version | sed -n 1p
mlr --version
node -p '["@azure-tools/azcopy-linux", "@azure/storage-blob"].map((name) => name + " " + require("./package.json").dependencies[name]).join("\n")'
grep -E '^(azure-storage-blob|duckdb|pandas|polars)=' requirements.txt

READERS=$PWD
export READERS
cd ../..
exec "${GO:-go}" test -tags readers -count=1 -v -run '^TestReaders' ./handler
