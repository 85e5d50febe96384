#!/usr/bin/env bash
# Checks what the documents tell people to run, and the queries of the alarms, with the
# programs that read them. Each *.test.mjs beside this script is a check. What they need
# is installed here on the first run.
set -euo pipefail
cd "$(dirname "$0")"
. ../install.sh

modules
environment .venv requirements.txt --only-binary :all:
cmp -s requirements-az.txt .venv-az/installed || echo 'the Azure CLI takes two minutes to install, once'
environment .venv-az requirements-az.txt

node --test ./*.test.mjs

WORKSPACE_PYTHON=$PWD/.venv/bin/python
export WORKSPACE_PYTHON
cd ../..
"${GO:-go}" test -tags docs -count=1 -run TestErrorLogInPython ./handler
exec "${GO:-go}" test -tags alarms -count=1 -run TestQueries ./infra
