#!/bin/sh
# Every test, race-clean and in UTC; then what the detector slows down most or
# has nothing to say about, without it: what is arithmetic alone, the commands,
# of which each start takes five times as long, and the browser, whose handlers
# the other tests have tried; beside the browser, which mostly waits, the
# packages where time is decided once more in New York, because the office zone
# must decide whatever the machine says.
set -eu
# Tests that try thousands of cases one after the other: no race is in them.
plain='TestAgreesWithSlow|TestMillionsOfHits|TestPublicData|TestHuge|TestMovedBinary|TestCutsAsGojieba|TestAgreesWithGojieba|TestMillionSteps|TestStreamLongLines|TestOddPosts'
plainly='./analyzer ./analyzer/document ./analyzer/fold ./analyzer/personal ./analyzer/rule ./analyzer/segment ./internal/store/search ./notifier/casework'
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
export RAPID_CHECKS=25
TZ=UTC go test -race -tags "$tags" -vet=off -ldflags '-s -w' -timeout 15m -skip "InBrowser|$plain" \
	./internal/app ./internal/web ./analyzer ./notifier/casework ./internal/drill $(echo "$all" | grep -v '/cmd/huiying$')
echo "again without the detector: what it slows down most"
go test -tags "$tags" -vet=off -timeout 10m ./analyzer/burst ./cmd/huiying
go test -tags "$tags" -vet=off -timeout 10m -run "$plain" $plainly
echo "in a browser, and under TZ=America/New_York: the packages where time is decided"
timed=$(go list -tags "$tags" -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' \
	. ./crawler/text ./crawler/patrol/... ./crawler/portal/... ./crawler/weibo/... ./crawler/intake/... ./notifier/... ./internal/store/views ./internal/store/record ./internal/store/coverage/... \
	./internal/web ./internal/web/mark ./internal/web/filter ./internal/config)
seen=$(mktemp)
trap 'rm -f "$seen"' EXIT
go test -tags "$tags" -vet=off -timeout 40m -run InBrowser -v ./internal/app ./internal/web >"$seen" 2>&1 &
browser=$!
# A result kept from another zone would be taken for this one's.
zone=0
TZ=America/New_York go test -tags "$tags" -vet=off -ldflags '-s -w' -timeout 10m -count=1 -short -skip InBrowser $timed || zone=$?
wait "$browser" || { cat "$seen"; exit 1; }
grep -E '^(--- |ok|FAIL)' "$seen"
exit "$zone"
