#!/usr/bin/env bash
# Lets Microsoft's own clients sign in to the simulated Microsoft and read it. What
# they need is installed here on the first run.
set -euo pipefail
cd "$(dirname "$0")"
. ../install.sh

modules --loglevel error --ignore-scripts
environment .venv requirements.txt --only-binary :all:

python3 --version
echo "Node.js $(node --version)"
grep -E '^(azure-identity|azure-keyvault-secrets|msal|msgraph-sdk)==' requirements.txt
npm ls --depth=0 --parseable --long | sed -n 's|.*:\(@[^:]*\)$|\1|p'

WITNESS=$PWD
export WITNESS
cd ../..
exec "${GO:-go}" test -tags witness -count=1 -v -run TestWitness ./internal/standin/m365
