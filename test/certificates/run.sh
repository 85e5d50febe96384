#!/usr/bin/env bash
# Signs in with certificates as their makers write them: openssl, keytool, NSS, GnuTLS,
# node-forge and Python's cryptography. The last two are installed beside this script on
# the first run.
set -euo pipefail
cd "$(dirname "$0")"
. ../install.sh

needs 'openssl default-jre-headless libnss3-tools gnutls-bin' openssl keytool pk12util certtool
modules
environment .venv requirements.txt --only-binary :all:

openssl version
dpkg-query --show --showformat '${Package} ${Version}\n' openjdk-17-jre-headless libnss3-tools gnutls-bin 2>/dev/null || true
echo "node-forge $(node -p 'require("node-forge/package.json").version'), $(.venv/bin/pip list --format freeze | grep '^cryptography=')"

CERTIFICATES=$PWD
export CERTIFICATES
cd ../..
exec "${GO:-go}" test -tags certificates -count=1 -v -run TestCertificatesOfEveryMaker ./internal/signin
