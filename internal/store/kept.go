package store

import (
	"sync"
	"time"
)

const (
	// keptTimes is for how many times as long as it took an answer is given again.
	keptTimes = 20
	// keptFrom is how long it must have taken: what is found sooner is found anew,
	// so that in a small office nothing is ever old.
	keptFrom = 25 * time.Millisecond
	keptLong = 5 * time.Second
	keptMost = 256 // answers
)

// Kept gives an answer again for twenty times as long as it took to find, five
// seconds at most: however many ask, one question takes no more than a twentieth
// of a processor. Those who ask meanwhile wait for the one who looks. The zero
// Kept is ready. Answers are shared: nobody may change one.
type Kept[K comparable, V any] struct {
	mu   sync.Mutex
	list map[K]*keptAnswer[V]
}

type keptAnswer[V any] struct {
	turn  chan struct{} // holds one while somebody looks
	until time.Time
	value V
}

// Get gives the answer to a question, found anew if need be. An error is not
// kept.
func (k *Kept[K, V]) Get(key K, find func() (V, error)) (V, error) {
	a := k.answer(key)
	a.turn <- struct{}{}
	defer func() { <-a.turn }()
	began := time.Now()
	if began.Before(a.until) {
		return a.value, nil
	}
	value, err := find()
	if took := time.Since(began); err == nil && took >= keptFrom {
		a.value, a.until = value, time.Now().Add(min(keptTimes*took, keptLong))
	}
	return value, err
}

func (k *Kept[K, V]) answer(key K) *keptAnswer[V] {
	k.mu.Lock()
	defer k.mu.Unlock()
	a, ok := k.list[key]
	if !ok {
		if k.list == nil || len(k.list) >= keptMost {
			k.list = map[K]*keptAnswer[V]{}
		}
		a = &keptAnswer[V]{turn: make(chan struct{}, 1)}
		k.list[key] = a
	}
	return a
}
