#!/usr/bin/env bash
# Searches with schemathesis for answers of the runs API that docs/openapi.yaml does
# not describe, from the real handler behind the Functions host's routes and keys.
# What it needs is installed beside this script on the first run.
set -euo pipefail
cd "$(dirname "$0")"
. ../install.sh

environment .venv requirements.txt --only-binary :all:
SCHEMATHESIS=$PWD/.venv/bin/schemathesis
export SCHEMATHESIS
cd ../..
exec "${GO:-go}" test -tags api -count=1 -run TestSchemathesis ./handler
