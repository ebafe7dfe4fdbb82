#!/bin/sh
# Runs every fuzz target of the tree for the given time each (default 10s).
# Inputs that reach new code are made small for at most 20 runs: by default Go
# spends a minute on each, in which it runs nothing else and seems to hang.
set -eu
time=${1:-10s}
tags="sqlite_fts5"
git ls-files '*_test.go' | xargs grep -l '^func Fuzz' | xargs -n1 dirname | sort -u | while read -r dir; do
	for target in $(go test -tags "$tags" -list '^Fuzz' "./$dir" | grep '^Fuzz'); do
		echo "== $dir $target"
		go test -tags "$tags" -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 20x "./$dir"
	done
done
