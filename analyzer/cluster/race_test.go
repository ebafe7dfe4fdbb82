//go:build race

package cluster_test

// raceEnabled says that the race detector slows everything down.
const raceEnabled = true
