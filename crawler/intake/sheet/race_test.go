//go:build race

package sheet_test

// raced says that the race detector is on, which slows and fattens everything.
const raced = true
