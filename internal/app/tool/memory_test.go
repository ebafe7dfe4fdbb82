package tool

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestMemoryIsBounded(t *testing.T) {
	for _, c := range []struct {
		live uint64
		want int64
	}{
		{0, goMemory},
		{200 << 20, goMemory},
		{400 << 20, 450<<20 + garbage}, // what is in use is always let be, with room above it
	} {
		if got := boundOf(c.live); got != c.want {
			t.Errorf("with %d MiB in use the bound is %d MiB, not %d", c.live>>20, got>>20, c.want>>20)
		}
	}
	runtime.GC()
	if live := inUse(); live < 100<<10 || live > 1<<30 {
		t.Errorf("%d bytes are in use", live)
	}
}

func TestMemoryOfTheEnvironment(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Setenv("GOMEMLIMIT", "")
	end := boundMemory(t.Context())
	if got := debug.SetMemoryLimit(-1); got != goMemory {
		t.Errorf("the bound is %d", got)
	}
	end()
	t.Setenv("GOMEMLIMIT", "1GiB")
	boundMemory(t.Context())()
	if got := debug.SetMemoryLimit(-1); got != before {
		t.Errorf("the bound is %d, not the environment's %d", got, before)
	}
}
