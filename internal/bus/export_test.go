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

// Leader is the server that leads a stream, "" when none is known.
func Leader(ctx context.Context, b *Bus, stream string) string {
	s, err := b.js.Stream(ctx, stream)
	if err != nil || s.CachedInfo().Cluster == nil {
		return ""
	}
	return s.CachedInfo().Cluster.Leader
}
