//go:build race

package casework_test

// raceEnabled reports whether this test binary runs under it: everything
// takes several times as long then.
const raceEnabled = true
