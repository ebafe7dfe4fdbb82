//go:build !race

package app_test

// raceDetector reports whether this test binary runs under it.
const raceDetector = false
