#!/bin/sh
# Every test, race-clean; then the tests that touch times again in two other
# zones, because the office zone must decide whatever the machine says.
set -eu
tags="sqlite_fts5"
if [ -x /usr/bin/chromium ]; then
	echo "browser tests: running with /usr/bin/chromium"
else
	echo "browser tests: SKIPPED, /usr/bin/chromium is not installed"
fi
go test -race -tags "$tags" -timeout 15m ./...
for zone in UTC America/New_York; do
	echo "again under TZ=$zone: the packages where time is decided"
	TZ=$zone go test -tags "$tags" -timeout 5m -count=1 . ./crawler/... ./notifier/... ./internal/store/... ./internal/web/... ./internal/config/...
done
