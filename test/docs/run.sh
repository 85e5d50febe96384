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
# environment FOLDER REQUIREMENTS installs them there, unless they are there already.
environment() {
	cmp -s "$2" "$1/installed" && return
	rm -rf "$1"
	python3 -m venv "$1" || {
		echo 'this needs Python 3.11 or later with venv (Debian: apt-get install python3-venv)' >&2
		exit 1
	}
	echo '*' >"$1/.gitignore"
	"$1/bin/pip" install --quiet --disable-pip-version-check --requirement "$2" "${@:3}"
	cp "$2" "$1/installed"
}
environment .venv requirements.txt --only-binary :all:
cmp -s requirements-az.txt .venv-az/installed || echo 'the Azure CLI takes two minutes to install, once'
environment .venv-az requirements-az.txt

node --test ./*.test.mjs

WORKSPACE_PYTHON=$PWD/.venv/bin/python
export WORKSPACE_PYTHON
cd ../..
"${GO:-go}" test -tags docs -count=1 -run TestErrorLogInPython ./handler
exec "${GO:-go}" test -tags alarms -count=1 -run TestQueries ./infra
