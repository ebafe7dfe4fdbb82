package collection

import (
	"context"

	"huiying/crawler/host"
	"huiying/internal/bus"
)

// Turns is whose turn it is to ask a host, and how often it was asked today.
func Turns(ctx context.Context, b *bus.Bus) (host.Shared, error) {
	kv, err := b.KV(ctx, hostsKV, bus.KVOptions{})
	return cursors{kv}, err
}

// Cursors reads what crawlers keep of a source, nil where that is nothing yet.
func Cursors(ctx context.Context, b *bus.Bus) (func(ctx context.Context, source string) ([]byte, error), error) {
	kv, err := b.KV(ctx, cursorsKV, bus.KVOptions{})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, source string) ([]byte, error) {
		raw, _, err := cursors{kv}.Load(ctx, source)
		return raw, err
	}, nil
}
