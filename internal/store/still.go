package store

import (
	"context"
	"sync"
)

const stillMost = 64 // answers

// Still gives an answer again as long as nothing at all was written since, so
// that none is ever old: what several pages ask in one moment, or one page twice,
// is found once. It needs a snapshot of Store.Snapshot, and finds every answer
// anew where other processes write as well. Answers are shared: nobody may change
// one. The zero value is ready.
type Still[K comparable, V any] struct {
	mu   sync.Mutex
	at   uint64 // commits
	list map[K]*stillAnswer[V]
}

type stillAnswer[V any] struct {
	turn  sync.Mutex // held while somebody looks
	found bool
	value V
}

type commitsKey struct{}

// Get answers a question from the snapshot that ctx belongs to. An error is not
// kept.
func (s *Still[K, V]) Get(ctx context.Context, key K, find func() (V, error)) (V, error) {
	at, ok := ctx.Value(commitsKey{}).(uint64)
	if !ok {
		return find()
	}
	a := s.answer(at, key)
	if a == nil { // others see a later state already
		return find()
	}
	a.turn.Lock()
	defer a.turn.Unlock()
	if a.found {
		return a.value, nil
	}
	value, err := find()
	if err == nil {
		a.value, a.found = value, true
	}
	return value, err
}

// answer is that of a state; nil when it is over.
func (s *Still[K, V]) answer(at uint64, key K) *stillAnswer[V] {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case at < s.at:
		return nil
	case at > s.at || s.list == nil || len(s.list) >= stillMost:
		s.at, s.list = at, map[K]*stillAnswer[V]{}
	}
	a, ok := s.list[key]
	if !ok {
		a = &stillAnswer[V]{}
		s.list[key] = a
	}
	return a
}

// seen notes in ctx which commits a snapshot that begins now has for certain. It
// may have later ones as well: then an answer is newer than it says.
func (s *Store) seen(ctx context.Context) context.Context {
	if s.writer == nil || s.engine.name != SQLite {
		return ctx // others write
	}
	return context.WithValue(ctx, commitsKey{}, s.writer.commits.Load())
}
