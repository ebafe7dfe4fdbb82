package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
}

type named struct {
	name string
	do   func(context.Context) error
}

func newLifecycle(logger *slog.Logger) *lifecycle {
	ctx, cancel := context.WithCancel(context.Background())
	return &lifecycle{logger: logger, ctx: ctx, cancel: cancel, failed: make(chan error, 1)}
}

// onStop adds something to be undone; the last added goes first.
func (l *lifecycle) onStop(name string, do func(context.Context) error) {
	l.undo = append(l.undo, named{name, do})
}

// loop runs f until it is stopped. A loop that ends on its own with an error
// ends the process: half a service would look alive and lose posts.
func (l *lifecycle) loop(name string, f func(context.Context) error) {
	l.loops.Go(func() {
		err := f(l.ctx)
		if err == nil || l.ctx.Err() != nil {
			return
		}
		select {
		case l.failed <- fmt.Errorf("%s: %w", name, err):
		default:
		}
	})
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
		errs = append(errs, errors.New("the loops did not end in time"))
	}
	for _, step := range slices.Backward(l.undo) {
		if err := step.do(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", step.name, err))
		}
	}
	l.undo = nil
	return errors.Join(errs...)
}
