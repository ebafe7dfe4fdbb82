package collection

import (
	"context"

	"huiying/internal/bus"
)

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
