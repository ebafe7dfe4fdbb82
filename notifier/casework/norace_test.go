//go:build !race

package casework_test

// raceEnabled reports whether this test binary runs under it.
const raceEnabled = false
