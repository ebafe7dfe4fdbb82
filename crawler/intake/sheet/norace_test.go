//go:build !race

package sheet_test

const raced = false
