#!/bin/sh
# The tests of one package folder under several zones, built once: scripts/test.sh
# calls it for the packages where time is decided.
set -eu
dir=$1
bin=$(mktemp)
trap 'rm -f "$bin"' EXIT
cd "$dir"
go test -c -tags "$TAGS" -vet=off -ldflags '-s -w' -o "$bin" .
for zone in UTC America/New_York; do
	if ! out=$(TZ=$zone "$bin" -test.short -test.skip InBrowser -test.timeout 10m 2>&1); then
		echo "FAIL under TZ=$zone: $dir"
		echo "$out"
		exit 1
	fi
done
echo "ok in both zones: $dir"
