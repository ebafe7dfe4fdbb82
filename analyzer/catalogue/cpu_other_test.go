//go:build !linux

package catalogue_test

import (
	"testing"
	"time"
)

var started = time.Now()

// cpuTime is wall time where the process's own is not to be had.
func cpuTime(testing.TB) time.Duration { return time.Since(started) }
