package bucket

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"huiying"
	"huiying/internal/bus/streams"
)

// ObjectOptions describe an object bucket.
type ObjectOptions struct {
	MaxAge   time.Duration // an object is dropped when it is older; 0 keeps it
	MaxBytes int64         // 0 for no limit
	Replicas int           // 0 for one
	Member   bool          // one that is there is another's to change
}

// Objects is a bucket of byte strings of any size, by name.
type Objects struct {
	store  jetstream.ObjectStore
	bucket string
}

// OpenObjects opens an object bucket and makes it where there is none.
func OpenObjects(ctx context.Context, js jetstream.JetStream, bucket string, o ObjectOptions) (*Objects, error) {
	cfg := jetstream.ObjectStoreConfig{
		Bucket: bucket, TTL: o.MaxAge, MaxBytes: o.MaxBytes,
		Storage: jetstream.FileStorage, Replicas: max(o.Replicas, 1),
	}
	store, err := opener[jetstream.ObjectStore, jetstream.ObjectStoreConfig]{js.ObjectStore, js.CreateObjectStore, js.CreateOrUpdateObjectStore}.open(ctx, bucket, cfg, o.Member)
	if err != nil {
		return nil, fmt.Errorf("open object bucket %s: %w", bucket, err)
	}
	return &Objects{store: store, bucket: bucket}, nil
}

// Put stores an object under a name, in place of an older one.
// huiying.Unavailable when the bucket is full.
func (o *Objects) Put(ctx context.Context, name string, data []byte) error {
	_, err := o.store.PutBytes(ctx, name, data)
	if err != nil {
		if streams.Full(err) {
			e := huiying.Errorf(huiying.Unavailable, "bus.full", o.bucket)
			e.Err = err
			return e
		}
		return fmt.Errorf("store object %s in %s: %w", name, o.bucket, err)
	}
	return nil
}

// Get reads an object; huiying.NotFound when there is none.
func (o *Objects) Get(ctx context.Context, name string) ([]byte, error) {
	data, err := o.store.GetBytes(ctx, name)
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return nil, huiying.Errorf(huiying.NotFound, "bus.no_object", o.bucket, name)
	}
	if err != nil {
		return nil, fmt.Errorf("read object %s of %s: %w", name, o.bucket, err)
	}
	return data, nil
}

// Delete removes an object and its bytes. One that is not there is no error.
func (o *Objects) Delete(ctx context.Context, name string) error {
	if err := o.store.Delete(ctx, name); err != nil && !errors.Is(err, jetstream.ErrObjectNotFound) {
		return fmt.Errorf("remove object %s of %s: %w", name, o.bucket, err)
	}
	return nil
}

// Exists reports whether an object is there.
func (o *Objects) Exists(ctx context.Context, name string) (bool, error) {
	_, err := o.store.GetInfo(ctx, name)
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look up object %s of %s: %w", name, o.bucket, err)
	}
	return true, nil
}
