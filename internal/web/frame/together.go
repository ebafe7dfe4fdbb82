package frame

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
)

// Together loads the parts of a page at the same time, each into what is its
// own: a page of many questions is given as many turns of a busy processor as it
// has parts, and not one after the other. The first that fails ends the others,
// and its error is the answer. A part that panics panics here, where the page
// has its net.
func Together(ctx context.Context, parts ...func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var loading sync.WaitGroup
	panics := make(chan string, len(parts))
	for _, part := range parts[:max(len(parts)-1, 0)] {
		loading.Go(func() { attempt(ctx, part, cancel, panics) })
	}
	if len(parts) > 0 {
		attempt(ctx, parts[len(parts)-1], cancel, panics)
	}
	loading.Wait()
	select {
	case said := <-panics:
		panic(said)
	default:
		return context.Cause(ctx) // nil where nothing ended them
	}
}

// attempt loads one part, and ends the others where it fails.
func attempt(ctx context.Context, part func(context.Context) error, cancel context.CancelCauseFunc, panics chan<- string) {
	defer func() {
		if v := recover(); v != nil {
			panics <- fmt.Sprintf("%v\n%s", v, debug.Stack())
			cancel(nil)
		}
	}()
	if err := part(ctx); err != nil {
		cancel(err)
	}
}
