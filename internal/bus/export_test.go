package bus

import "context"

// Undelivered is what the server has still to hand out for a durable.
func Undelivered(ctx context.Context, b *Bus, stream, durable string) (int, error) {
	c, err := b.js.Consumer(ctx, stream, durable)
	if err != nil {
		return 0, err
	}
	return int(c.CachedInfo().NumPending), nil
}
