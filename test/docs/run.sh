#!/usr/bin/env bash
# Holds what the documents tell people to run, and what the alarms ask, against the
# programs that will read it. Each *.test.mjs beside this script is a check. What
# they need is installed here on the first run.
set -euo pipefail
cd "$(dirname "$0")"

if ! cmp -s package-lock.json node_modules/installed; then
	npm ci
	cp package-lock.json node_modules/installed
fi
node --test ./*.test.mjs
