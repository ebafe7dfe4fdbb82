//go:build race

package burst_test

const raceEnabled = true
