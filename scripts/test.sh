#!/bin/sh
# Every test. Where something runs beside something else, under the race
# detector and in UTC; what is arithmetic alone, the commands, of which each
# start takes five times as long, and what runs nothing beside anything, without
# it; the browser, too, whose handlers the other tests have tried. What runs
# nothing beside anything, and the packages where dates are computed once more,
# are in New York, because the office zone must decide whatever the machine says.
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
export RAPID_CHECKS=25
tested=$(go list -tags "$tags" -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./...)
beside='' alone=''
for one in $tested; do
	case $one in huiying/cmd/huiying | huiying/internal/app/chaos | huiying/internal/bus/cluster) continue ;; esac
	if grep -qE '(^|[^a-zA-Z])go (func|[a-zA-Z.]+\()|\.Go\(|httptest|synctest|goleak|errgroup|"sync(/atomic)?"' ".${one#huiying}"/*.go; then
		beside="$beside $one"
	else
		alone="$alone $one"
	fi
done
# Under the detector stores lie in SQLite; on PostgreSQL, which starts a server
# for each package, only the writer is tried so, and the rest without it below.
export HUIYING_STORES=sqlite
TZ=UTC go test -race -tags "$tags" -vet=off -ldflags '-s -w' -timeout 25m -skip "InBrowser|$plain" \
	./internal/app ./internal/web ./analyzer ./notifier/casework ./internal/drill $beside
if ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || [ "${REQUIRE_POSTGRES:-}" = 1 ]; then
	echo "on PostgreSQL: the writer, every folder of the store, and an office that moves there"
	stores=$(grep -rlE --include='*_test.go' 'storetest\.(Each|Main)\(' internal notifier | xargs -n1 dirname | sort -u | sed 's,^,./,')
	HUIYING_STORES=postgres go test -race -tags "$tags" -vet=off -ldflags '-s -w' -timeout 10m ./internal/store
	HUIYING_STORES=postgres go test -tags "$tags" -vet=off -ldflags '-s -w' -timeout 15m $stores
	HUIYING_STORES=postgres go test -tags "$tags" -vet=off -timeout 10m -run TestMovesToPostgres ./internal/app
else
	echo "PostgreSQL: SKIPPED, it is not installed"
fi
echo "again without the detector: what it slows down most"
go test -tags "$tags" -vet=off -timeout 10m ./analyzer/burst ./cmd/huiying
# Faults have their own clocks: one after the other, and nothing beside them.
go test -tags "$tags" -vet=off -timeout 10m ./internal/bus/cluster
# Processes join an office on PostgreSQL, where there is one.
HUIYING_STORES= go test -tags "$tags" -vet=off -timeout 10m -parallel 1 ./internal/app/chaos
go test -tags "$tags" -vet=off -timeout 10m -run "$plain" $plainly
echo "in a browser, and under TZ=America/New_York: what runs alone, and where dates are computed"
timed='. ./internal/app/annual ./internal/app/reports ./crawler/feed ./crawler/patrol/uptime ./crawler/portal ./crawler/portal/site ./internal/app/exporting ./internal/app/outcomes
	./notifier ./notifier/calendar ./notifier/casework ./notifier/casework/measure ./notifier/duty ./notifier/message ./notifier/route
	./internal/store/views ./internal/web ./internal/config'
seen=$(mktemp)
trap 'rm -f "$seen"' EXIT
go test -tags "$tags" -vet=off -timeout 40m -run InBrowser -v ./internal/app ./internal/web >"$seen" 2>&1 &
browser=$!
# A result kept from another zone would be taken for this one's.
zone=0
there() { TZ=America/New_York go test -tags "$tags" -vet=off -ldflags '-s -w' -timeout 10m -count=1 -skip "InBrowser|$plain" "$@" || zone=$?; }
there $alone
there -short $timed
wait "$browser" || { cat "$seen"; exit 1; }
grep -E '^(--- |ok|FAIL)' "$seen"
exit "$zone"
