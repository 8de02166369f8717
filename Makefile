# Two commands are enough: `go run ./cmd/gather demo` and `make test`.

GO        ?= go
NPM       ?= npm
BIN       := $(CURDIR)/.bin
LINT      := $(BIN)/golangci-lint-2.15.0
VULN      := $(BIN)/govulncheck-1.9.0
PAGE      := web/app
E2E       := e2e
TESTFLAGS ?=

.PHONY: help demo test test-go test-page test-e2e verify lint vuln generated bench web shots parts clean

help: ## what there is
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: ## the service with a sample API
	$(GO) run ./cmd/gather demo

test: parts test-go test-page test-e2e ## everything that can be tested here

parts: ## install what the tests use where that is possible
	@./scripts/parts

test-go: ## Go tests, with the race detector
	$(GO) vet ./bench
	$(GO) test -race -timeout 8m $(TESTFLAGS) $$($(GO) list ./... | grep -v '/bench$$')

test-page: ## unit tests of the page
	@if [ -d $(PAGE)/node_modules ]; then cd $(PAGE) && $(NPM) run --silent check && $(NPM) run --silent test; \
	else echo "skipped: the page's unit tests, for want of Node 20"; fi

test-e2e: ## the page in Chromium, against the real program
	@if [ -d $(E2E)/node_modules ] && command -v chromium >/dev/null; then cd $(E2E) && $(NPM) run --silent check && $(NPM) run --silent test; \
	else echo "skipped: the page's tests in a browser, for want of Node 20 or Chromium"; fi

verify: lint generated vuln ## lint, generated files, formatting

lint: $(LINT)
	$(LINT) run ./...
	$(LINT) fmt --diff ./...

generated: ## generated files are what their sources make
	./scripts/verify-generated

vuln: $(VULN) ## known vulnerabilities, where the database can be reached
	@./scripts/vuln $(VULN)

bench: ## every benchmark, with its ratios
	$(GO) test -run '^$$' -bench . -benchmem -timeout 60m ./bench/...

web: ## build the page into web/dist
	cd $(PAGE) && $(NPM) ci --no-audit --no-fund && $(NPM) run build

shots: ## take the pictures in docs/img again
	cd $(E2E) && $(NPM) run shots

clean: ## remove what was built or installed here
	rm -rf .bin $(PAGE)/node_modules $(E2E)/node_modules gather-data

$(LINT):
	GOBIN=$(BIN) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
	mv $(BIN)/golangci-lint $@

$(VULN):
	GOBIN=$(BIN) $(GO) install golang.org/x/vuln/cmd/govulncheck@v1.9.0
	mv $(BIN)/govulncheck $@
