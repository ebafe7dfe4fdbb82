package huge

import (
	"os"
	"syscall"
	"unsafe"
)

// advice is MADV_HUGEPAGE: the pages of a range that are not there yet may be
// large ones (madvise(2)). It is a wish; one that is refused changes nothing.
const advice = 14

func ask(memory []byte) {
	page := uintptr(os.Getpagesize())
	begin := uintptr(unsafe.Pointer(unsafe.SliceData(memory)))
	skip := -begin & (page - 1) // to the next page
	if whole := (uintptr(len(memory)) - skip) &^ (page - 1); whole > 0 {
		_ = syscall.Madvise(memory[skip:skip+whole], advice)
	}
}
