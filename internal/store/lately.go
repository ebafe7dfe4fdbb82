package store

import (
	"context"
	"sync"
	"time"
)

const (
	// latelyTimes is for how many times as long as it took an answer is not old:
	// what is found in no time is of this moment, in a small office everything.
	latelyTimes  = 300
	latelyLooks  = 30 * time.Second // the longest look
	latelyMost   = 64               // answers
	latelyQueued = 16               // looks
)

// Lately gives answers that take long to find. One that is old is given once
// more while Run looks again, so that who asks does not wait, and none that is
// older than three times its span. Without Run, and where looking failed, who
// asks looks, and is told why it fails. Answers are shared: nobody may change
// one.
// The zero Lately is ready.
type Lately[K comparable, V any] struct {
	Took    func() func() time.Duration // begins, and says how long it has been; nil = by the clock of the machine
	Nothing func(V) bool                // says of an answer that there is nothing yet: it is not kept, for the next may be the first with something; nil = of none

	once sync.Once
	want chan func(context.Context)

	mu      sync.Mutex
	running int
	list    map[K]*latelyAnswer[V]
}

// Span is how long an answer is not old, by which clock.
type Span struct {
	For time.Duration
	Now func() time.Time
}

type latelyAnswer[V any] struct {
	turn   chan struct{} // holds one while somebody looks
	value  V
	found  time.Time // zero = never
	until  time.Time
	queued bool
	failed bool
}

func (a *latelyAnswer[V]) fresh(now time.Time) bool {
	return !a.found.IsZero() && now.Before(a.until) && !now.Before(a.found)
}

// Get answers a question that is old after span at the latest. Who goes away
// does not waste what others wait for.
func (l *Lately[K, V]) Get(ctx context.Context, key K, span Span, find func(context.Context) (V, error)) (V, error) {
	l.once.Do(l.begin)
	now := span.Now()
	a, value, enough := l.kept(key, now)
	if enough {
		return value, nil
	}
	look := func(ctx context.Context) error { return l.look(ctx, a, span, find) }
	if l.leave(a, now, span, look) {
		return value, nil
	}
	if err := look(context.WithoutCancel(ctx)); err != nil {
		return value, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return a.value, nil
}

// Run looks for those who were told something old until ctx ends.
func (l *Lately[K, V]) Run(ctx context.Context) error {
	l.once.Do(l.begin)
	l.run(1)
	defer l.run(-1)
	for {
		select {
		case <-ctx.Done():
			return nil
		case look := <-l.want:
			look(ctx)
		}
	}
}

func (l *Lately[K, V]) begin() {
	l.want = make(chan func(context.Context), latelyQueued)
	if l.Took == nil {
		l.Took = func() func() time.Duration {
			began := time.Now()
			return func() time.Duration { return time.Since(began) }
		}
	}
}

func (l *Lately[K, V]) run(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running += n
}

// kept is what is known of a question, and whether that is enough.
func (l *Lately[K, V]) kept(key K, now time.Time) (a *latelyAnswer[V], value V, enough bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a, ok := l.list[key]
	if !ok {
		if l.list == nil || len(l.list) >= latelyMost {
			l.list = map[K]*latelyAnswer[V]{}
		}
		a = &latelyAnswer[V]{turn: make(chan struct{}, 1)}
		l.list[key] = a
	}
	return a, a.value, a.fresh(now)
}

// leave has Run look, if what is known will do until then.
func (l *Lately[K, V]) leave(a *latelyAnswer[V], now time.Time, span Span, look func(context.Context) error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	age := now.Sub(a.found)
	if l.running == 0 || a.failed || a.found.IsZero() || age < 0 || age > 3*span.For {
		return false
	}
	if a.queued {
		return true
	}
	select {
	case l.want <- func(ctx context.Context) { _ = look(ctx) }: // the next who asks is told why it failed
		a.queued = true
		return true
	default:
		return false
	}
}

func (l *Lately[K, V]) look(ctx context.Context, a *latelyAnswer[V], span Span, find func(context.Context) (V, error)) error {
	a.turn <- struct{}{}
	defer func() { <-a.turn }()
	now := span.Now()
	l.mu.Lock()
	fresh := a.fresh(now)
	l.mu.Unlock()
	var value V
	var err error
	var took time.Duration
	if !fresh {
		ctx, cancel := context.WithTimeout(ctx, latelyLooks)
		defer cancel()
		timer := l.Took()
		value, err = find(ctx)
		took = timer()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	a.queued = false
	if fresh {
		return nil
	}
	if a.failed = err != nil; a.failed {
		return err
	}
	a.value, a.found, a.until = value, now, now.Add(min(span.For, latelyTimes*took))
	if l.Nothing != nil && l.Nothing(value) {
		a.found = time.Time{}
	}
	return nil
}
