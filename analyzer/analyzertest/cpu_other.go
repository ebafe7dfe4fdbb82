//go:build !linux

package analyzertest

import (
	"testing"
	"time"
)

var started = time.Now()

// CPU is wall time where the process's own is not to be had.
func CPU(testing.TB) time.Duration { return time.Since(started) }
