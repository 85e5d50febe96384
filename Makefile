# The first three need only Go and Node; demo-night needs only Go.
#   make demo        a whole night on this machine, with the files in out/
#   make demo-night  the same by hand, without host and storage
#   make test        all tests, with Azurite as the storage

GO ?= go

.PHONY: demo demo-night dev test test-race test-calc test-certificates test-page test-api test-docs test-readers test-witness test-infra test-mutants chaos bench package lint

demo:
	$(GO) run ./internal/cmd/demo

# The same by hand, in a folder: needs only Go.
demo-night:
	$(GO) run ./internal/cmd/demo -by-hand

# make demo with some earlier nights; it keeps running, with the page of the runs for
# your browser.
dev:
	$(GO) run ./internal/cmd/demo -stay -customers 300 -reports 30 -nights 60

test: node_modules
	$(GO) test -shuffle=on ./...

# Needs a C compiler (Debian: apt-get install gcc libc6-dev). The stories of
# handler/ run the binary that ships, which has no race detector.
test-race: node_modules
	CGO_ENABLED=1 $(GO) test -race -shuffle=on -count=1 ./internal/...

# The published file opened in LibreOffice Calc (Debian: apt-get install
# libreoffice-calc-nogui).
test-calc: node_modules
	@command -v soffice >/dev/null || { echo 'soffice is missing: install LibreOffice Calc (Debian: apt-get install libreoffice-calc-nogui)'; exit 1; }
	$(GO) test -tags calc -count=1 -run TestSpreadsheet ./handler

# Certificates as their makers write them (Debian: apt-get install openssl
# default-jre-headless libnss3-tools gnutls-bin python3-venv).
test-certificates:
	GO="$(GO)" test/certificates/run.sh

# A night by hand in a chroot with only the static binary and the root certificates, like
# a container from scratch.
test-chroot:
	@if ! chroot / /bin/true 2>/dev/null; then echo 'test-chroot: this user may not chroot: not run'; else \
		$(GO) test -tags chroot -count=1 -run TestNightInAContainerFromScratch ./handler; fi

# The page in headless Chromium (Debian: apt-get install chromium). UPDATE_IMAGES=1
# draws docs/images again.
test-page: node_modules
	@test -x "$${CHROMIUM:-/usr/bin/chromium}" || { echo 'chromium is missing (Debian: apt-get install chromium)'; exit 1; }
	node --test test/page/page.test.mjs

# The runs API compared with docs/openapi.yaml by schemathesis (Python 3.11 or later;
# Debian: apt-get install python3-venv).
test-api: node_modules
	GO="$(GO)" test/api/run.sh

# The documents' commands and queries through the parsers of what runs them,
# docs/openapi.yaml through a linter, the alarms over real nights, the error log in
# Python (Python 3.11 or later; Debian: apt-get install python3-venv).
test-docs: node_modules
	GO="$(GO)" test/docs/run.sh

# What a night publishes, read with azcopy, rclone, Azure's SDKs, and the recipes of
# docs/read.md (Python 3.11 or later; Debian: apt-get install python3-venv rclone miller).
test-readers: node_modules
	GO="$(GO)" test/readers/run.sh

# Microsoft's own clients against the simulated Microsoft: MSAL for Python and for
# Node, azure-identity, azure-keyvault-secrets, msgraph-sdk, CLI for Microsoft 365
# (Python 3.11 or later; Debian: apt-get install python3-venv).
test-witness:
	GO="$(GO)" test/witness/run.sh

# infra/ without Azure: format, validity, tests, mutants, checkov (needs
# terraform).
test-infra:
	GO="$(GO)" infra/test.sh

# What .ci/run checks before it tests.
lint:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo 'gofmt: run gofmt -w on these files'; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags 'api calc chroot docs readers' ./handler
	$(GO) vet -tags certificates ./internal/signin
	$(GO) vet -tags mutants ./internal/rollup
	$(GO) vet -tags witness ./internal/standin/m365
	$(GO) vet -tags 'alarms terraform' ./infra
	GOOS=windows $(GO) vet ./handler ./internal/runstore
	GOOS=darwin $(GO) vet ./handler ./internal/runstore
	$(GO) fix -diff ./...
	$(GO) tool -modfile=tools.mod staticcheck ./...
	$(GO) mod tidy -diff

# Removes each rule of the protocol: the tests must notice (some minutes).
test-mutants:
	$(GO) test -tags mutants -count=1 -run '^TestMutants$$' -timeout 30m ./internal/rollup

# Kills the handler a thousand times, and 200 times by hand, then test-mutants (a quarter of an hour).
chaos: node_modules
	$(GO) run ./internal/cmd/chaos
	$(GO) run ./internal/cmd/chaos -folder -kills 200
	$(MAKE) test-mutants

# Measures what docs/speed.md says (Linux; twenty minutes).
bench: node_modules
	$(GO) run ./internal/cmd/bench

# The function app as it is deployed: dist/functionapp.zip, and what is in it. Also the
# handlers for Windows and macOS, for nights by hand.
package:
	$(GO) run ./internal/cmd/dist -hand

# Azurite, from the lock file.
node_modules: test/node_modules/.package-lock.json

test/node_modules/.package-lock.json: test/package-lock.json
	cd test && npm ci --no-audit --no-fund
	@touch $@

.PHONY: node_modules
