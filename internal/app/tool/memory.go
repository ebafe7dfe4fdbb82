package tool

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

const (
	// goMemory is what Go's part of a service is to stay within, of the 600 MiB that
	// an office's process is to have; the rest is SQLite and the binary itself. From
	// there on garbage is cleared away sooner than when it is as much as what is in
	// use.
	goMemory = 400 << 20
	// garbage is what it may always have above what is in use: with less a processor
	// would do little else than clear away.
	garbage = 112 << 20
	// lookEvery is how often what is in use is asked for.
	lookEvery = 5 * time.Second
)

// boundMemory bounds Go's memory until it is ended, unless the environment does
// (GOMEMLIMIT).
func boundMemory(ctx context.Context) (end func()) {
	if os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	before := debug.SetMemoryLimit(goMemory)
	ctx, cancel := context.WithCancel(ctx)
	var looking sync.WaitGroup
	looking.Go(func() {
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				debug.SetMemoryLimit(boundOf(inUse()))
			}
		}
	})
	return func() {
		cancel()
		looking.Wait()
		debug.SetMemoryLimit(before)
	}
}

// boundOf is the bound where so many bytes are in use; an eighth of them is what
// the memory's order costs.
func boundOf(live uint64) int64 { return max(goMemory, int64(live+live/8)+garbage) }

// inUse is how many bytes were in use when the memory was last gone through.
func inUse() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}
