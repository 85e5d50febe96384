# The first two need Go and Node alone.
#   make demo    a whole night on this machine, with the files in out/
#   make test    all tests, on Azurite where storage is concerned

GO ?= go

.PHONY: demo dev test test-race bench package lint

demo:
	$(GO) run ./internal/standin/demo

# The same, but it stays up with the runs API on a loopback address.
dev:
	$(GO) run ./internal/standin/demo -stay

test: node_modules
	$(GO) test -shuffle=on ./...

# Needs a C compiler (Debian: apt-get install gcc libc6-dev).
test-race: node_modules
	CGO_ENABLED=1 $(GO) test -race -shuffle=on -count=1 ./...

# What .ci/run checks before it tests.
lint:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo 'gofmt: run gofmt -w on these files'; exit 1; }
	$(GO) vet ./...
	$(GO) fix -diff ./...
	$(GO) tool -modfile=tools.mod staticcheck ./...
	$(GO) mod tidy -diff

# What docs/speed.md says, measured anew (Linux; a quarter of an hour).
bench: node_modules
	$(GO) run ./internal/standin/bench

# The function app as it is deployed, staged in dist/.
package:
	rm -rf dist
	mkdir -p dist
	CGO_ENABLED=0 GOOS=linux GOARCH=amd64 $(GO) build -trimpath -ldflags=-s -o dist/handler ./handler
	cp host.json dist/
	cp -R function/. dist/
	chmod 755 dist/handler

# Azurite, from the lock file.
node_modules: test/node_modules/.package-lock.json

test/node_modules/.package-lock.json: test/package-lock.json
	cd test && npm ci --no-audit --no-fund
	@touch $@

.PHONY: node_modules
