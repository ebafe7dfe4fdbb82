// Package privacy carries refusals (个人信息保护法 §27) between the list in SQL, the
// crawlers that keep refused posts out and the places that are purged of them.
package privacy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"huiying"
	"huiying/crawler/refusal"
	"huiying/internal/bus"
)

// bucket holds a key per author who refuses, with the refusal's id, and under
// forget.<topic> the topics that analyzers are to forget.
const bucket = "refusals"

// The values of the bucket: the id of a refusal, with a mark where a crawler
// has learnt of the key.
const (
	learnt = "learnt:"
	forget = "forget"
)

// Bucket opens the bucket of refusals.
func Bucket(ctx context.Context, b *bus.Bus) (*bus.KV, error) {
	return b.KV(ctx, bucket, bus.KVOptions{})
}

// List is who refuses, as a crawler's process knows it: read whole before the
// first post, then followed. While it cannot be followed nobody is let through.
type List struct {
	kv       *bus.KV
	follower *bus.Follower

	mu   sync.RWMutex
	keys map[string]string // key → refusal
}

var _ refusal.List = (*List)(nil)

// Open reads the list.
func Open(ctx context.Context, kv *bus.KV, logger *slog.Logger) (*List, error) {
	l := &List{kv: kv, follower: bus.NewFollower(kv, logger), keys: map[string]string{}}
	keys, err := kv.Keys(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		e, err := kv.Get(ctx, k)
		if huiying.ErrorCode(err) == huiying.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := l.set(e); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func (l *List) set(e bus.Entry) error {
	if strings.HasPrefix(e.Key, forget+".") {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if e.Deleted {
		delete(l.keys, e.Key)
		return nil
	}
	l.keys[e.Key] = strings.TrimPrefix(string(e.Value), learnt)
	return nil
}

// Run follows the list until ctx ends.
func (l *List) Run(ctx context.Context) error { return l.follower.Run(ctx, l.set) }

// Refused implements refusal.List.
func (l *List) Refused(key string) (bool, error) {
	if err := l.follower.Lost(); err != nil {
		e := huiying.Errorf(huiying.Unavailable, "refusal.unread")
		e.Err = err
		return false, e
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	_, ok := l.keys[key]
	return ok, nil
}

// Also implements refusal.List: the list in SQL takes the key over.
func (l *List) Also(ctx context.Context, known, other string) error {
	l.mu.RLock()
	id := l.keys[known]
	l.mu.RUnlock()
	if id == "" {
		return errors.New("the known key is not on the list")
	}
	if _, err := l.kv.Put(ctx, other, []byte(learnt+id)); err != nil {
		return fmt.Errorf("note another key of a refusal: %w", err)
	}
	return nil
}

// Forgotten calls handle with every topic that analyzers are to forget, those
// noted before included, until ctx ends.
func Forgotten(ctx context.Context, kv *bus.KV, handle func(topic string)) error {
	return kv.Watch(ctx, forget, func(e bus.Entry) error {
		if topic, ok := strings.CutPrefix(e.Key, forget+"."); ok && !e.Deleted {
			handle(topic)
		}
		return nil
	})
}
