// Package bucket is JetStream's key-value and object buckets with keys of any
// text and the errors of the house. It keeps no state of its own and knows
// nothing of streams and consumers.
package bucket

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"huiying"
)

// KVOptions describe a bucket.
type KVOptions struct {
	TTL      time.Duration // of every key; 0 keeps them
	History  uint8         // revisions kept per key, 1 to 64 (1)
	MaxBytes int64         // 0 for no limit
	Replicas int           // 0 for one
	Member   bool          // one that is there is another's to change
}

// MaxValue is the largest value of a key, in bytes.
const MaxValue = 900_000

// KV is a key-value bucket. Keys may be any text; values are at most
// MaxValue bytes.
type KV struct {
	kv   jetstream.KeyValue
	js   jetstream.JetStream
	conn *nats.Conn
}

// Entry is one revision of a key.
type Entry struct {
	Key      string
	Value    []byte
	Revision uint64
	At       time.Time
	Deleted  bool // only from Watch
}

// OpenKV opens a bucket and makes it where there is none. bucket matches
// [a-zA-Z0-9_-]+.
func OpenKV(ctx context.Context, js jetstream.JetStream, bucket string, o KVOptions) (*KV, error) {
	cfg := jetstream.KeyValueConfig{
		Bucket: bucket, TTL: o.TTL, History: max(o.History, 1), MaxBytes: o.MaxBytes,
		Storage: jetstream.FileStorage, Replicas: max(o.Replicas, 1),
	}
	kv, err := opener[jetstream.KeyValue, jetstream.KeyValueConfig]{js.KeyValue, js.CreateKeyValue, js.CreateOrUpdateKeyValue}.open(ctx, bucket, cfg, o.Member)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s: %w", bucket, err)
	}
	return &KV{kv: kv, js: js, conn: js.Conn()}, nil
}

// opener is how buckets of one kind are found, made, and made or changed.
type opener[S, C any] struct {
	find           func(ctx context.Context, bucket string) (S, error)
	create, update func(ctx context.Context, cfg C) (S, error)
}

// open opens a bucket and makes it where there is none; a member changes nothing
// of one that is there.
func (o opener[S, C]) open(ctx context.Context, bucket string, cfg C, member bool) (S, error) {
	if !member {
		return o.update(ctx, cfg)
	}
	s, err := o.find(ctx, bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		if s, err = o.create(ctx, cfg); errors.Is(err, jetstream.ErrBucketExists) {
			return o.find(ctx, bucket) // another was faster
		}
	}
	return s, err
}

// Get reads a key; huiying.NotFound when it has no value.
func (k *KV) Get(ctx context.Context, key string) (Entry, error) {
	e, err := k.kv.Get(ctx, escape(key))
	if err != nil {
		return Entry{}, k.fail("read", key, err)
	}
	return entry(e), nil
}

// Put writes a key whatever it held and returns its revision.
func (k *KV) Put(ctx context.Context, key string, value []byte) (uint64, error) {
	if err := k.fits(key, value); err != nil {
		return 0, err
	}
	rev, err := k.kv.Put(ctx, escape(key), value)
	if err != nil {
		return 0, k.fail("write", key, err)
	}
	return rev, nil
}

// Create writes a key that has no value; huiying.Conflict when it has one.
func (k *KV) Create(ctx context.Context, key string, value []byte) (uint64, error) {
	if err := k.fits(key, value); err != nil {
		return 0, err
	}
	rev, err := k.kv.Create(ctx, escape(key), value)
	if err != nil {
		return 0, k.fail("create", key, err)
	}
	return rev, nil
}

// Update writes a key whose last revision is rev; huiying.Conflict when
// somebody else wrote it since.
func (k *KV) Update(ctx context.Context, key string, value []byte, rev uint64) (uint64, error) {
	if err := k.fits(key, value); err != nil {
		return 0, err
	}
	next, err := k.kv.Update(ctx, escape(key), value, rev)
	if err != nil {
		return 0, k.fail("update", key, err)
	}
	return next, nil
}

// Delete removes a key and its history. A key without value is no error.
func (k *KV) Delete(ctx context.Context, key string) error {
	if err := k.kv.Purge(ctx, escape(key)); err != nil {
		return k.fail("delete", key, err)
	}
	return nil
}

// Keys lists the keys that have a value, in no order.
func (k *KV) Keys(ctx context.Context) ([]string, error) {
	list, err := k.kv.ListKeys(ctx)
	if err != nil {
		return nil, k.fail("list", "", err)
	}
	var keys []string
	for key := range list.Keys() {
		keys = append(keys, unescape(key))
	}
	return keys, ctx.Err()
}

// Watch calls handle with the current value of every key, then once with a
// zero Entry, then with every change until ctx ends (nil) or handle fails (its
// error); huiying.Unavailable when the bus was closed under it. prefix ""
// takes every key; otherwise it is compared with whole dot-separated tokens:
// "lease" takes "lease.a" and "lease.a.b".
func (k *KV) Watch(ctx context.Context, prefix string, handle func(Entry) error) error {
	keys := jetstream.AllKeys
	if prefix != "" {
		keys = escape(prefix) + ".>"
	}
	// The watch is ended here and not by ctx: one ender, so that its errors
	// mean something.
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	w, err := k.kv.Watch(own, keys)
	if err != nil {
		return k.fail("watch", prefix, err)
	}
	for {
		select {
		case e, ok := <-w.Updates():
			if !ok { // the connection was closed
				return errors.Join(huiying.Errorf(huiying.Unavailable, "bus.closed"), stop(w))
			}
			seen := Entry{}
			if e != nil {
				seen = entry(e)
			}
			if err := handle(seen); err != nil {
				return errors.Join(err, stop(w))
			}
		case <-ctx.Done():
			return stop(w)
		}
	}
}

func stop(w jetstream.KeyWatcher) error {
	if err := w.Stop(); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
		return fmt.Errorf("end a watch: %w", err)
	}
	return nil
}

func (k *KV) fits(key string, value []byte) error {
	if len(value) > MaxValue {
		return huiying.Errorf(huiying.Invalid, "bus.too_large", key, len(value), MaxValue)
	}
	return nil
}

func (k *KV) fail(doing, key string, err error) error {
	bucket := k.kv.Bucket()
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound), errors.Is(err, jetstream.ErrKeyDeleted):
		return huiying.Errorf(huiying.NotFound, "bus.no_key", bucket, key)
	case errors.Is(err, jetstream.ErrKeyExists), errors.Is(err, jetstream.ErrKeyRevisionMismatch):
		return huiying.Errorf(huiying.Conflict, "bus.key_changed", bucket, key)
	}
	return fmt.Errorf("%s key %q of bucket %s: %w", doing, key, bucket, err)
}

func entry(e jetstream.KeyValueEntry) Entry {
	return Entry{Key: unescape(e.Key()), Value: e.Value(), Revision: e.Revision(), At: e.Created(), Deleted: e.Operation() != jetstream.KeyValuePut}
}

// escape writes a key in the alphabet of NATS, bytes outside it as =XX. A dot
// stays a separator of tokens unless a token would be empty.
func escape(key string) string {
	var out strings.Builder
	for i := range len(key) {
		c := key[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '/':
			out.WriteByte(c)
		case c == '.' && i > 0 && key[i-1] != '.' && i < len(key)-1:
			out.WriteByte(c)
		default:
			fmt.Fprintf(&out, "=%02X", c)
		}
	}
	return out.String()
}

func unescape(key string) string {
	var out strings.Builder
	for i := 0; i < len(key); i++ {
		var c byte
		if key[i] == '=' && i+2 < len(key) {
			if _, err := fmt.Sscanf(key[i+1:i+3], "%02X", &c); err == nil {
				out.WriteByte(c)
				i += 2
				continue
			}
		}
		out.WriteByte(key[i])
	}
	return out.String()
}
