package collection

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"huiying"
	"huiying/internal/bus"
)

// Bounds of the list of watched posts.
const (
	listEvery  = 30 * time.Second // at least; as often as posts are looked at where that is oftener
	maxWatched = 500              // posts of one source, the newest; a value of the bucket is bounded
)

// Watchlist tells the crawlers which posts cases need to be looked at again.
type Watchlist struct {
	Bus    *bus.Bus
	Posts  func(context.Context) (map[string][]huiying.Post, error) // by source
	Every  time.Duration                                            // how often posts are looked at
	Logger *slog.Logger
}

// Run keeps the bucket in step with the open cases until ctx ends. While they
// cannot be read the last list holds.
func (w Watchlist) Run(ctx context.Context) error {
	kv, err := w.Bus.KV(ctx, watchKV, bus.KVOptions{})
	if err != nil {
		return err
	}
	every := time.NewTicker(min(listEvery, max(w.Every, time.Second)))
	defer every.Stop()
	for {
		if err := w.sync(ctx, kv); err != nil && ctx.Err() == nil {
			w.Logger.Warn("the list of watched posts was not renewed; tried again", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		}
	}
}

func (w Watchlist) sync(ctx context.Context, kv *bus.KV) error {
	lists, err := w.Posts(ctx)
	if err != nil {
		return err
	}
	known, err := kv.Keys(ctx)
	if err != nil {
		return err
	}
	for _, source := range known {
		if len(lists[source]) == 0 {
			if err := kv.Delete(ctx, source); err != nil {
				return err
			}
		}
	}
	for source, posts := range lists {
		body, err := json.Marshal(posts[:min(len(posts), maxWatched)])
		if err != nil {
			return fmt.Errorf("encode watched posts: %w", err)
		}
		if e, err := kv.Get(ctx, source); err == nil && string(e.Value) == string(body) {
			continue
		}
		if _, err := kv.Put(ctx, source, body); err != nil {
			return err
		}
	}
	return nil
}
