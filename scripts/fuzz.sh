#!/bin/sh
# Runs every fuzz target of the tree for the given time each (default 10s), and
# before that every property a thousand times.
# Inputs that reach new code are made small for at most 20 runs: by default Go
# spends a minute on each, in which it runs nothing else and seems to hang.
set -eu
time=${1:-10s}
tags="sqlite_fts5"
properties=$(git ls-files '*_test.go' | xargs grep -l 'rapid\.Check' | xargs -n1 dirname | sort -u | sed 's|^|./|')
tests=$(git ls-files '*_test.go' | xargs awk '/^func Test/ { name = $2; sub(/\(.*/, "", name) } /rapid\.Check\(/ && name { print name }' | sort -u | paste -sd '|' -)
RAPID_CHECKS=1000 go test -tags "$tags" -count=1 -timeout 60m -run "^($tests)\$" $properties
git ls-files '*_test.go' | xargs grep -l '^func Fuzz' | xargs -n1 dirname | sort -u | while read -r dir; do
	for target in $(go test -tags "$tags" -list '^Fuzz' "./$dir" | grep '^Fuzz'); do
		echo "== $dir $target"
		go test -tags "$tags" -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 20x "./$dir"
	done
done
