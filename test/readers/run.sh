#!/usr/bin/env bash
# Reads what a night publishes with programs that others wrote: from storage with azcopy,
# rclone and the SDKs for Python and JavaScript; as tables with the recipes of
# docs/read.md. What they need is installed beside this script on the first run, but for
# rclone and Miller.
set -euo pipefail
cd "$(dirname "$0")"

for program in rclone mlr; do
	command -v "$program" >/dev/null || {
		echo "$program is missing (Debian: apt-get install rclone miller)" >&2
		exit 1
	}
done
if ! cmp -s package-lock.json node_modules/installed; then
	npm ci --no-audit --no-fund
	chmod +x node_modules/@azure-tools/azcopy-linux/dist/bin/azcopy_linux_amd64
	cp package-lock.json node_modules/installed
fi
if ! cmp -s requirements.txt .venv/installed; then
	rm -rf .venv
	python3 -m venv .venv || {
		echo 'this needs Python 3.11 or later with venv (Debian: apt-get install python3-venv)' >&2
		exit 1
	}
	echo '*' >.venv/.gitignore
	.venv/bin/pip install --quiet --disable-pip-version-check --only-binary :all: --requirement requirements.txt
	cp requirements.txt .venv/installed
fi

rclone version | sed -n 1p
mlr --version
node -p '["@azure-tools/azcopy-linux", "@azure/storage-blob"].map((name) => name + " " + require("./package.json").dependencies[name]).join("\n")'
grep -E '^(azure-storage-blob|duckdb|pandas|polars)=' requirements.txt

READERS=$PWD
export READERS
cd ../..
exec "${GO:-go}" test -tags readers -count=1 -v -run '^TestReaders' ./handler
