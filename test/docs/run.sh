#!/usr/bin/env bash
# Checks what the documents tell people to run, and the queries of the alarms, with the
# programs that read them. Each *.test.mjs beside this script is a check. What they need
# is installed here on the first run.
set -euo pipefail
cd "$(dirname "$0")"

if ! cmp -s package-lock.json node_modules/installed; then
	npm ci
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

node --test ./*.test.mjs

WORKSPACE_PYTHON=$PWD/.venv/bin/python
export WORKSPACE_PYTHON
cd ../..
"${GO:-go}" test -tags docs -count=1 -run TestErrorLogInPython ./handler
exec "${GO:-go}" test -tags alarms -count=1 -run TestQueries ./infra
