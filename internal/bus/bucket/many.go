package bucket

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// atOnce is how many keys are on their way at a time.
	atOnce = 500
	// answerWait is how long each may take to be acknowledged.
	answerWait = 5 * time.Second
)

// Pair is a key and what it is to hold.
type Pair struct {
	Key   string
	Value []byte
}

// PutAll writes different keys, whatever they held, and returns once every one is
// written: many acknowledgements are waited for at once, so it is far faster than
// one Put after another. On an error some may be written.
func (k *KV) PutAll(ctx context.Context, list []Pair) error {
	for part := range slices.Chunk(list, atOnce) {
		if err := k.putPart(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

func (k *KV) putPart(ctx context.Context, part []Pair) error {
	futures := make([]jetstream.PubAckFuture, len(part))
	for i, p := range part {
		if err := k.fits(p.Key, p.Value); err != nil {
			return err
		}
		var err error
		if futures[i], err = k.js.PublishAsync("$KV."+k.kv.Bucket()+"."+escape(p.Key), p.Value); err != nil {
			return k.fail("write", p.Key, err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	var first error
	for i, f := range futures {
		select {
		case <-f.Ok():
		case err := <-f.Err():
			first = errors.Join(first, k.fail("write", part[i].Key, err))
		case <-ctx.Done():
			return errors.Join(first, k.fail("write", part[i].Key, context.Cause(ctx)))
		}
	}
	return first
}
