#!/bin/sh
# Every test, race-clean; then what is arithmetic alone, and the commands, of
# which each start takes five times as long under it, without the detector;
# then the tests that touch times again in two other zones, because the office
# zone must decide whatever the machine says. Races have nothing to do with
# zones, so that is done without the detector, too.
set -eu
tags="sqlite_fts5"
export HUIYING_BIN=built # make has just built bin/huiying: tests of the real binary take it
if [ -x /usr/bin/chromium ]; then
	echo "browser tests: running with /usr/bin/chromium"
	(cd internal/web/assets/e2e && npm ci --no-audit --no-fund --loglevel=error)
else
	echo "browser tests: SKIPPED, /usr/bin/chromium is not installed"
fi
# A property is tried 25 times under the detector, where it takes ten times as
# long; make fuzz tries each a thousand times. The packages that take longest
# stand first, so that none of them is left alone at the end.
# Vet is the lint's; what is left out of the binaries is for debuggers alone.
# A list that cannot be made ends the run here: inside a command, or before a
# pipe, its failure would be lost and nothing tested.
all=$(go list -tags "$tags" ./...)
RAPID_CHECKS=25 go test -race -tags "$tags" -vet=off -ldflags '-s -w' -timeout 15m \
	./internal/web ./internal/app ./analyzer ./internal/drill $(echo "$all" | grep -v '/cmd/huiying$')
echo "again without the detector: what it slows down most"
go test -tags "$tags" -vet=off -timeout 10m ./analyzer/burst ./cmd/huiying
go test -tags "$tags" -vet=off -timeout 10m -run TestMillionSteps ./notifier/casework
echo "again under TZ=UTC and TZ=America/New_York: the packages where time is decided"
export TAGS="$tags" RAPID_CHECKS=25
timed=$(go list -tags "$tags" -f '{{if or .TestGoFiles .XTestGoFiles}}{{.Dir}}{{end}}' \
	. ./crawler/... ./notifier/... ./internal/store/... ./internal/web/... ./internal/config/...)
echo "$timed" | xargs -P 2 -n 1 scripts/zones.sh
