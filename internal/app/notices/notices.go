// Package notices watches for what keeps alerts from reaching anybody: hours of
// duty that nobody covers, and channels whose messages fail. It looks beside the
// pages that show what it found, and refuses to make a page wait for it.
package notices

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"huiying/internal/query"
)

const (
	// keptFor is how long what was found is shown before somebody looks again.
	keptFor = 10 * time.Second
	// patience is how long a page waits where something was just changed: the
	// gap that a person filled is not to greet them on the next page.
	patience = 100 * time.Millisecond
)

// Options is what a Watch works with; all are required.
type Options struct {
	Look   []func(ctx context.Context) ([]query.Notice, error)
	Now    func() time.Time
	Logger *slog.Logger
}

// Watch keeps what was found.
type Watch struct {
	o    Options
	wake chan struct{}

	mu      sync.Mutex
	held    []query.Notice
	at      time.Time     // of the last look
	changed int           // changes that were told of
	seen    int           // of them, those that the last look knew
	done    chan struct{} // closed when the look under way, or the next, has ended
}

// New makes a Watch. It finds nothing until Run runs.
func New(o Options) *Watch {
	return &Watch{o: o, wake: make(chan struct{}, 1), done: make(chan struct{}), changed: 1}
}

// Notices are the last found. Whoever asks has the next look begin when they
// are old, and waits for it a moment only where something changed since.
func (w *Watch) Notices(ctx context.Context) []query.Notice {
	held, done, old, changed := w.state()
	if !old && !changed {
		return held
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
	if !changed {
		return held
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-done:
	case <-late.C:
	case <-ctx.Done():
	}
	held, _, _, _ = w.state()
	return held
}

func (w *Watch) state() (held []query.Notice, done chan struct{}, old, changed bool) {
	now := w.o.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.held, w.done, now.Sub(w.at) >= keptFor || now.Before(w.at), w.changed != w.seen
}

// Changed says that somebody may just have mended something.
func (w *Watch) Changed() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changed++
}

// Run looks whenever a page asks, until ctx ends.
func (w *Watch) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.wake:
			w.look(ctx)
		}
	}
}

// look finds everything anew. What cannot be looked at is not shown: a notice
// that may be wrong sends people after nothing.
func (w *Watch) look(ctx context.Context) {
	w.mu.Lock()
	knows := w.changed
	w.mu.Unlock()
	var found []query.Notice
	for _, one := range w.o.Look {
		list, err := one(ctx)
		if err != nil && ctx.Err() == nil {
			w.o.Logger.WarnContext(ctx, "what keeps alerts from arriving cannot be looked at", "error", err)
		}
		if err == nil {
			found = append(found, list...)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held, w.at, w.seen = found, w.o.Now(), knows
	close(w.done)
	w.done = make(chan struct{})
}
