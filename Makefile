# make alone lists the targets: the sentence behind ## is what a target does.
GO          ?= go
FUZZTIME    ?= 20s
BENCH       ?= .
BENCHFLAGS  ?=
KILLS       ?= 20
STATICCHECK  = honnef.co/go/tools/cmd/staticcheck@v0.8.2
# The race detector needs a C compiler; without one the tests run without it.
RACE := $(shell command -v $${CC:-cc} >/dev/null 2>&1 && echo -race)
# SQLite is C that a program has translated: checks of its pointers find nothing of ours, and take a fifth of the time.
TRUSTED = -gcflags='modernc.org/sqlite/lib=-d=checkptr=0' -gcflags='modernc.org/libc=-d=checkptr=0'

.DEFAULT_GOAL := help
.PHONY: FORCE help run build web test test-web lint lint-web generate fuzz bench microbench crash e2e clients clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: web build ## build all and start a demo on localhost that keeps its data in .myna-dev/; Ctrl-C stops it
	bin/myna dev

build: ## build bin/myna, static; the version comes from git
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/myna ./cmd/myna

NPM ?= $(shell command -v npm 2>/dev/null)
FETCHED = web/node_modules/.package-lock.json
# The packages are fetched anew when the list of them changes. Where they cannot be had the web part is left out, but not by CI.
$(FETCHED): web/package-lock.json
	@cd web && $(NPM) ci --no-audit --no-fund && touch ../$(FETCHED) || \
		{ rm -rf node_modules; echo "npm cannot fetch the packages of the web part (is there a network?)" >&2; test -z "$$CI"; }
# with_npm COMMAND: runs it in web/ if the packages are there
with_npm = @if [ -f $(FETCHED) ]; then cd web && $(NPM) $(1); else echo "$@: left out; the rest works without it" >&2; fi

ifneq ($(NPM),)
web: $(FETCHED) ## build the web chat, of at most 60 kB JavaScript; the binary embeds it
	$(call with_npm,run --silent build)
test-web: $(FETCHED)
	$(call with_npm,test --silent)
lint-web: $(FETCHED)
	$(call with_npm,run --silent check)
else
web test-web lint-web:
	@echo "$@: npm (Node.js 20) is missing; the binary works without the web chat"
endif

test: test-web ## run all tests that need nothing but Go, and those of the web chat where npm is
	$(GO) test $(RACE) $(TRUSTED) -vet=off -shuffle=on -timeout 20m ./...

lint: lint-web ## check the form of the code: gofmt, go vet, staticcheck, tsc
	@unformatted=$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go')); \
	if [ -n "$$unformatted" ]; then echo "gofmt -w would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) vet -tags e2e ./internal/e2e/...
	$(GO) run $(STATICCHECK) ./...

generate: ## make generated files anew; what was fresh does not change
	$(GO) generate ./...

fuzz: ## fuzz each parser for FUZZTIME (20s)
	@pkgs=$$($(GO) list ./...) || exit 1; \
	for pkg in $$pkgs; do \
		targets=$$($(GO) test -list '^Fuzz' $$pkg) || { echo "$$targets"; exit 1; }; \
		for target in $$(echo "$$targets" | grep '^Fuzz'); do \
			echo "$$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
		done; \
	done

bin/mynabench: FORCE
	CGO_ENABLED=0 $(GO) build -trimpath -o $@ ./internal/bench/cmd/mynabench
FORCE:

bench: build bin/mynabench ## compare with Debian's prosody and ejabberd: one table of ratios (BENCHFLAGS="--repeat 3")
	sh internal/bench/peers/install.sh
	bin/mynabench ratios --myna bin/myna $(BENCHFLAGS)

microbench: ## run the Go benchmarks that match BENCH (all)
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem ./...

crash: build bin/mynabench ## kill bin/myna KILLS (20) times under load; what it acknowledged must be there once
	bin/mynabench crash --myna bin/myna --kills $(KILLS)

e2e: web build ## drive bin/myna with clients that others wrote, the web chat with chromium, and kill it under load
	MYNA=$(CURDIR)/bin/myna $(GO) test -tags e2e -count=1 -parallel 3 -timeout 30m -v ./internal/e2e/...

CLIENTS ?= profanity gajim dino
clients: build ## drive bin/myna with the programs of CLIENTS, as people use them, and read what they show
	sh internal/e2e/install.sh
	MYNA=$(CURDIR)/bin/myna E2E_CLIENTS="$(CLIENTS)" $(GO) test -tags e2e -count=1 -timeout 30m -v -run TestClients ./internal/e2e

clean: ## remove what was built; the demo's data stays
	rm -rf bin web/dist web/node_modules
