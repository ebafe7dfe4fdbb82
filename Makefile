# huiying 回应. Two commands do everything on a fresh Debian machine with
# Go 1.26, g++ and Node 20:  make run  and  make test.

GO       ?= go
TAGS     := sqlite_fts5
BINTAGS  := $(TAGS) embeddict
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
ASSETS   := internal/web/assets
FUZZTIME ?= 10s

.PHONY: run alerts test check lint fuzz bench models soak chaos load growth browser build bundle assets dict clean

## run: build, then play an incident end to end on this machine
run: build
	./bin/huiying drill

## build: bin/huiying with dictionaries and web assets inside
build: assets dict
	$(GO) build -trimpath -tags "$(BINTAGS)" -ldflags "-X main.version=$(VERSION)" -o bin/huiying ./cmd/huiying

## bundle: what an office without the internet needs, in one archive under dist: the binary without any library, guides, deploy files, digests, list of components, install.sh
bundle: build
	$(GO) build -trimpath -tags "$(BINTAGS)" -ldflags "-X main.version=$(VERSION) -linkmode external -extldflags -static" -o bin/static/huiying ./cmd/huiying
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct 2>/dev/null || echo 0) $(GO) run ./deploy/bundle -binary bin/static/huiying -version $(VERSION)

## assets: the browser bundle from npm (git-ignored)
assets: $(ASSETS)/dist/manifest.json
$(ASSETS)/dist/manifest.json: $(ASSETS)/package-lock.json $(ASSETS)/build.mjs $(wildcard $(ASSETS)/src/*)
	cd $(ASSETS) && npm ci --no-audit --no-fund --loglevel=error && node build.mjs

## dict: gojieba's dictionaries, packed for embedding (git-ignored)
dict:
	$(GO) run -trimpath -tags "$(TAGS)" ./analyzer/segment/packdict

## test: every test; under the race detector where something runs beside something else; browser tests when chromium is there
test: bundle
	sh scripts/test.sh

## browser: every page in every way in a real browser, with pictures in the git-ignored folder screenshots
browser: build
	cd $(ASSETS)/e2e && npm ci --no-audit --no-fund --loglevel=error
	HUIYING_BIN=built HUIYING_BROWSER=all SCREENSHOTS=1 REQUIRE_E2E=1 $(GO) test -tags "$(TAGS)" -count=1 -timeout 40m -run InBrowser -v ./internal/app ./internal/web

## alerts: every alert rule of deploy/prometheus tried with Prometheus' own engine, a module of its own
alerts:
	cd deploy/prometheus && $(GO) vet ./... && $(GO) test ./...

## check: what must hold before a change goes in
check: lint test alerts

## lint: format, vet, staticcheck
lint:
	@out=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$out" ]; then echo "gofmt: $$out"; exit 1; fi
	$(GO) vet -tags "$(TAGS)" ./...
	$(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 -tags "$(TAGS)" ./...

## fuzz: every property a thousand times, every fuzz target for FUZZTIME each, and a million random rules held against the slow evaluation
fuzz:
	sh scripts/fuzz.sh $(FUZZTIME)
	HUIYING_DIFFERENTIAL=1000000 $(GO) test -tags "$(TAGS)" -run TestAgreesWithSlow -v -timeout 30m ./analyzer/rule

## bench: the benchmarks with their baselines in the same run
bench: dict
	$(GO) test -tags "$(TAGS)" -run '^$$' -bench . -benchtime 2s ./analyzer/... ./crawler/... ./internal/bus ./internal/store/...

## models: train the models on the labelled sets beside the project and hold them against their bars
models:
	$(GO) test -tags "$(TAGS)" -count=1 -run TestBars -v ./analyzer/learn

## soak: the long forms of the kill and restart tests and of the search's histories, minutes at full pace, a thousand live streams, 200,000 posts drained by one and two analyzers, and pages left open
soak: build
	HUIYING_BIN=built HUIYING_SOAK=1 $(GO) test -race -tags "$(TAGS)" -count=1 -timeout 60m -run 'TestKill|TestPace|TestStreams|TestStorm|TestNothingIsLost' -v ./internal/app/... ./crawler/weibo/search
	HUIYING_BIN=built HUIYING_DRAIN=200000 $(GO) test -tags "$(TAGS)" -count=1 -timeout 60m -run TestDrain -v ./internal/app/chaos
	cd $(ASSETS)/e2e && npm ci --no-audit --no-fund --loglevel=error
	HUIYING_BIN=built HUIYING_SOAK=1 REQUIRE_E2E=1 $(GO) test -tags "$(TAGS)" -count=1 -timeout 30m -run TestHeapInBrowser -v ./internal/app

## chaos: let real processes go wrong in every way for CHAOS, with three message servers; then others join them under load for as long, and nodes of a cluster end; SEED repeats a run
CHAOS ?= 10m
SEED  ?=
chaos: build
	HUIYING_BIN=built HUIYING_CHAOS=$(CHAOS) HUIYING_CHAOS_SEED=$(SEED) $(GO) test -tags "$(TAGS)" -count=1 -timeout 24h -p 1 -parallel 1 -run "TestChaos|TestJoin|TestClusterUnderFire" -v ./internal/bus/cluster ./internal/app/chaos

## load: fill an office with N posts (cases and alerts with them) and measure pages and search with four clients while posts arrive
N ?= 100000
load: dict assets
	HUIYING_LOAD=$(N) $(GO) test -tags "$(TAGS)" -count=1 -timeout 60m -run TestLoad -v ./internal/app

## growth: fill one store to each of SIZES and compare what a post costs that goes through the whole pipeline; STORE=postgres
SIZES ?= 100000 1000000
STORE ?=
growth: dict assets
	HUIYING_GROWTH="$(SIZES)" HUIYING_GROWTH_STORE=$(STORE) $(GO) test -tags "$(TAGS)" -count=1 -timeout 24h -run TestGrowth -v ./internal/app

clean:
	rm -rf bin data dist screenshots $(ASSETS)/dist/*.js $(ASSETS)/dist/*.css $(ASSETS)/dist/*.json $(ASSETS)/node_modules
