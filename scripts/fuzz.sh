#!/bin/sh
# Runs every fuzz target of the tree for the given time each (default 10s).
set -eu
time=${1:-10s}
tags="sqlite_fts5"
git ls-files '*_test.go' | xargs grep -l '^func Fuzz' | xargs -n1 dirname | sort -u | while read -r dir; do
	for target in $(go test -tags "$tags" -list '^Fuzz' "./$dir" | grep '^Fuzz'); do
		echo "== $dir $target"
		go test -tags "$tags" -run '^$' -fuzz "^$target\$" -fuzztime "$time" "./$dir"
	done
done
