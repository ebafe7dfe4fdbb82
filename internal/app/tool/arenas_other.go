//go:build !linux || !cgo

package tool

// fewArenas is for glibc.
func fewArenas() {}
