#!/usr/bin/env bash
# Searches with schemathesis for answers of the runs API that docs/openapi.yaml does
# not describe, from the real handler behind the Functions host's routes and keys.
# What it needs is installed beside this script on the first run.
set -euo pipefail
cd "$(dirname "$0")"

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
SCHEMATHESIS=$PWD/.venv/bin/schemathesis
export SCHEMATHESIS
cd ../..
exec "${GO:-go}" test -tags api -count=1 -run TestSchemathesis ./handler
