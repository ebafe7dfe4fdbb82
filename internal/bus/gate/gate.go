// Package gate lets handlers in: any number beside each other, or one alone. It
// bounds every wait, so that handlers that need each other's progress are
// slowed down and never stuck; it knows nothing of what they do.
package gate

import (
	"context"
	"sync"
	"time"
)

// Gate is open to all but while somebody wants to be alone.
type Gate struct {
	patience time.Duration

	mu      sync.Mutex
	inside  int           // handlers at work
	alone   int           // of them, those that are to be alone
	wanting int           // those that wait to be alone
	waiting int           // whoever waits
	changed chan struct{} // closed and made anew when somebody leaves
}

// New makes a gate at which nobody waits longer than patience.
func New(patience time.Duration) *Gate {
	return &Gate{patience: patience, changed: make(chan struct{})}
}

// Enter waits until nobody is or wants to be alone, the patience is used up, or
// ctx ends, and lets the caller in until leave is called.
func (g *Gate) Enter(ctx context.Context) (leave func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.wait(ctx, func() bool { return g.alone == 0 && g.wanting == 0 })
	g.inside++
	return func() { g.leave(0) }
}

// Alone waits until nobody is inside, the patience is used up, or ctx ends, and
// keeps the others out until leave is called.
func (g *Gate) Alone(ctx context.Context) (leave func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.wanting++
	g.wait(ctx, func() bool { return g.inside == 0 })
	g.wanting--
	g.inside++
	g.alone++
	return func() { g.leave(1) }
}

// wait waits for free, which is asked with the lock held.
func (g *Gate) wait(ctx context.Context, free func() bool) {
	if free() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, g.patience)
	defer cancel()
	g.waiting++
	defer func() { g.waiting-- }()
	for !free() && ctx.Err() == nil {
		changed := g.changed
		g.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
		g.mu.Lock()
	}
}

func (g *Gate) leave(alone int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	g.alone -= alone
	if g.waiting > 0 {
		close(g.changed)
		g.changed = make(chan struct{})
	}
}
