#!/usr/bin/env bash
# Lets Microsoft's own clients sign in to the simulated Microsoft and read it. What
# they need is installed here on the first run.
set -euo pipefail
cd "$(dirname "$0")"

if ! cmp -s package-lock.json node_modules/installed; then
	npm ci --loglevel error --no-audit --no-fund --ignore-scripts
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

python3 --version
echo "Node.js $(node --version)"
grep -E '^(azure-identity|azure-keyvault-secrets|msal|msgraph-sdk)==' requirements.txt
npm ls --depth=0 --parseable --long | sed -n 's|.*:\(@[^:]*\)$|\1|p'

WITNESS=$PWD
export WITNESS
cd ../..
exec "${GO:-go}" test -tags witness -count=1 -v -run TestWitness ./internal/standin/m365
