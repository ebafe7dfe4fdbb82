//go:build linux && cgo

package tool

// SQLite's memory comes from two places, whatever thread asks. glibc gives every
// thread a place of its own, up to eight a processor, and each keeps what was freed
// there: a minute at a thousand posts a second left 70 MiB in them instead of 37. It
// counts for threads that have not asked yet, and Go starts some before main: so it
// is said as the binary is loaded.

// #include <stdlib.h>
// #ifdef __GLIBC__
// #include <malloc.h>
// __attribute__((constructor)) static void few_arenas(void) { mallopt(M_ARENA_MAX, 2); }
// #endif
import "C"
