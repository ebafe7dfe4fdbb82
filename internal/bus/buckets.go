package bus

import (
	"context"
	"log/slog"

	"huiying/internal/bus/bucket"
	"huiying/internal/bus/jobs"
	"huiying/internal/bus/seat"
)

// The buckets of package bucket, by the names app uses.
type (
	// KV is a key-value bucket.
	KV = bucket.KV
	// KVOptions describe one.
	KVOptions = bucket.KVOptions
	// Pair is a key and what it is to hold.
	Pair = bucket.Pair
	// Entry is one revision of a key.
	Entry = bucket.Entry
	// Follower keeps up with a bucket and knows when it does not.
	Follower = bucket.Follower
	// Objects is an object bucket.
	Objects = bucket.Objects
	// ObjectOptions describe one.
	ObjectOptions = bucket.ObjectOptions
)

// NewFollower makes a Follower of a bucket.
func NewFollower(kv *KV, logger *slog.Logger) *Follower { return bucket.NewFollower(kv, logger) }

// KV opens a key-value bucket and makes it where there is none. Its name
// matches [a-zA-Z0-9_-]+.
func (b *Bus) KV(ctx context.Context, name string, o KVOptions) (*KV, error) {
	o.Replicas, o.Member = b.o.Replicas, b.o.Member != ""
	return bucket.OpenKV(ctx, b.js, name, o)
}

// Jobs opens the queue of visits that crawlers share. Where nobody else can
// reach the server, what a killed process had in hand is due at once.
func (b *Bus) Jobs(ctx context.Context) (*jobs.Queue, error) {
	b.opening.Lock()
	defer b.opening.Unlock()
	if b.jobs != nil {
		return b.jobs, nil
	}
	var err error
	b.jobs, err = jobs.Open(ctx, b.js, jobs.Options{Replicas: b.o.Replicas, Alone: b.o.URL == "" && b.o.Listen == "", Member: b.o.Member != ""})
	return b.jobs, err
}

// Seat opens a seat, which one process of those that share the server holds.
func (b *Bus) Seat(ctx context.Context, name string) (*seat.Seat, error) {
	return seat.Open(ctx, b.js, seat.Options{Name: name, Replicas: b.o.Replicas, Home: b.o.URL == "", Member: b.o.Member != "", Logger: b.log})
}

// Objects opens an object bucket and makes it where there is none.
func (b *Bus) Objects(ctx context.Context, name string, o ObjectOptions) (*Objects, error) {
	o.Replicas, o.Member = b.o.Replicas, b.o.Member != ""
	return bucket.OpenObjects(ctx, b.js, name, o)
}
