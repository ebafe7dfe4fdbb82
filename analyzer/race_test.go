//go:build race

package analyzer_test

// raceEnabled says that the race detector slows everything down.
const raceEnabled = true
