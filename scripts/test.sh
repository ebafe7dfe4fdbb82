#!/bin/sh
# Every test, race-clean; then the tests that touch times again in two other
# zones, because the office zone must decide whatever the machine says. Races
# have nothing to do with zones, so the second is done without the detector.
set -eu
tags="sqlite_fts5"
export HUIYING_BIN=built # make has just built bin/huiying: tests of the real binary take it
if [ -x /usr/bin/chromium ]; then
	echo "browser tests: running with /usr/bin/chromium"
	(cd internal/web/assets/e2e && npm ci --no-audit --no-fund --loglevel=error)
else
	echo "browser tests: SKIPPED, /usr/bin/chromium is not installed"
fi
go test -race -tags "$tags" -timeout 15m ./...
for zone in UTC America/New_York; do
	echo "again under TZ=$zone: the packages where time is decided"
	TZ=$zone go test -tags "$tags" -timeout 10m -count=1 -short -skip 'InBrowser' . ./crawler/... ./notifier/... ./internal/store/... ./internal/web/... ./internal/config/...
done
