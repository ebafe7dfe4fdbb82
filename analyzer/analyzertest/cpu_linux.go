package analyzertest

import (
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// CPU is the processor time this process has used, to the nanosecond, so
// that others on the machine do not count and garbage collection does.
func CPU(t testing.TB) time.Duration {
	t.Helper()
	const processCPUTime = 2 // CLOCK_PROCESS_CPUTIME_ID
	var ts syscall.Timespec
	if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, processCPUTime, uintptr(unsafe.Pointer(&ts)), 0); errno != 0 {
		t.Fatal(errno)
	}
	return time.Duration(ts.Nano())
}
