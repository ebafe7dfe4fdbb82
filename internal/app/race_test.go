//go:build race

package app_test

// raceDetector reports whether this test binary runs under it: everything
// takes several times as long then.
const raceDetector = true
