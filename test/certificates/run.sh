#!/usr/bin/env bash
# Signs in with certificates as their makers write them: openssl, keytool, NSS, GnuTLS,
# node-forge and Python's cryptography. The last two are installed beside this script on
# the first run.
set -euo pipefail
cd "$(dirname "$0")"

for program in openssl keytool pk12util certtool; do
	command -v "$program" >/dev/null || {
		echo "$program is missing (Debian: apt-get install openssl default-jre-headless libnss3-tools gnutls-bin)" >&2
		exit 1
	}
done
if ! cmp -s package-lock.json node_modules/installed; then
	npm ci --no-audit --no-fund
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

openssl version
dpkg-query --show --showformat '${Package} ${Version}\n' openjdk-17-jre-headless libnss3-tools gnutls-bin 2>/dev/null || true
echo "node-forge $(node -p 'require("node-forge/package.json").version'), $(.venv/bin/pip list --format freeze | grep '^cryptography=')"

CERTIFICATES=$PWD
export CERTIFICATES
cd ../..
exec "${GO:-go}" test -tags certificates -count=1 -v -run TestCertificatesOfEveryMaker ./internal/signin
