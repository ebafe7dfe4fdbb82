package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

// lifecycle runs the loops of a process and undoes its start in reverse order.
type lifecycle struct {
	logger *slog.Logger
	undo   []named
	cancel context.CancelFunc
	ctx    context.Context
	loops  sync.WaitGroup
	failed chan error // the first loop that ended with an error
	mu     sync.Mutex
	open   map[string]int // loops that run, by name
}

type named struct {
	name string
	do   func(context.Context) error
}

func newLifecycle(logger *slog.Logger) *lifecycle {
	ctx, cancel := context.WithCancel(context.Background())
	return &lifecycle{logger: logger, ctx: ctx, cancel: cancel, failed: make(chan error, 1), open: map[string]int{}}
}

// onStop adds something to be undone; the last added goes first.
func (l *lifecycle) onStop(name string, do func(context.Context) error) {
	l.undo = append(l.undo, named{name, do})
}

// loop runs f until it is stopped. A loop that ends on its own with an error
// ends the process: half a service would look alive and lose posts.
func (l *lifecycle) loop(name string, f func(context.Context) error) {
	l.count(name, 1)
	l.loops.Go(func() {
		err := f(l.ctx)
		l.count(name, -1)
		if err == nil || l.ctx.Err() != nil {
			return
		}
		l.fail(name, err)
	})
}

// every runs f at intervals, and once more at the stop.
func (l *lifecycle) every(name string, interval time.Duration, f func(context.Context) error) {
	l.onStop(name, f)
	l.loop(name, func(ctx context.Context) error {
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
				if err := f(ctx); err != nil {
					return err
				}
			}
		}
	})
}

// last is loop for what the other loops need until they have ended.
func (l *lifecycle) last(name string, f func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		err := f(ctx)
		if err != nil && ctx.Err() == nil {
			l.fail(name, err)
		}
		ended <- err
	}()
	l.onStop(name, func(within context.Context) error {
		cancel()
		select {
		case err := <-ended:
			return err
		case <-within.Done():
			return within.Err()
		}
	})
}

// fail ends the process with the first error.
func (l *lifecycle) fail(name string, err error) {
	select {
	case l.failed <- fmt.Errorf("%s: %w", name, err):
	default:
	}
}

// stop ends the loops, then undoes the start in reverse, each by name and all
// within the limit.
func (l *lifecycle) stop(limit time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	l.cancel()
	done := make(chan struct{})
	go func() { l.loops.Wait(); close(done) }()
	var errs []error
	select {
	case <-done:
	case <-ctx.Done():
		errs = append(errs, fmt.Errorf("loops did not end in time: %v", l.running()))
	}
	for _, step := range slices.Backward(l.undo) {
		if err := step.do(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", step.name, err))
		}
	}
	l.undo = nil
	return errors.Join(errs...)
}

func (l *lifecycle) count(name string, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[name] += n; l.open[name] == 0 {
		delete(l.open, name)
	}
}

func (l *lifecycle) running() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.open))
}
