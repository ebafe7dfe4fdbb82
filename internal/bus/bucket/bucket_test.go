package bucket_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"huiying"
	"huiying/internal/bus/broker"
	"huiying/internal/bus/bucket"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T) jetstream.JetStream {
	t.Helper()
	b, err := broker.Open(t.Context(), broker.Options{Dir: t.TempDir(), SyncInterval: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(true); err != nil {
			t.Error(err)
		}
	})
	js, err := jetstream.New(b.Conn)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

func openKV(t *testing.T, js jetstream.JetStream, o bucket.KVOptions) *bucket.KV {
	t.Helper()
	kv, err := bucket.OpenKV(t.Context(), js, "test", o)
	if err != nil {
		t.Fatal(err)
	}
	return kv
}

func TestKVConflicts(t *testing.T) {
	ctx := t.Context()
	kv := openKV(t, start(t), bucket.KVOptions{})
	if _, err := kv.Get(ctx, "weibo:1"); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("nothing there: %v", err)
	}
	rev, err := kv.Create(ctx, "weibo:1", []byte("a"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kv.Create(ctx, "weibo:1", []byte("b")); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("creating twice: %v", err)
	}
	next, err := kv.Update(ctx, "weibo:1", []byte("b"), rev)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kv.Update(ctx, "weibo:1", []byte("c"), rev); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("updating an old revision: %v", err)
	}
	e, err := kv.Get(ctx, "weibo:1")
	if err != nil || e.Key != "weibo:1" || string(e.Value) != "b" || e.Revision != next || e.At.IsZero() {
		t.Errorf("got %+v, %v", e, err)
	}
	if err := kv.Delete(ctx, "weibo:1"); err != nil {
		t.Fatal(err)
	}
	if err := kv.Delete(ctx, "never"); err != nil {
		t.Errorf("deleting nothing: %v", err)
	}
	if _, err := kv.Get(ctx, "weibo:1"); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("deleted: %v", err)
	}
	if _, err := kv.Create(ctx, "weibo:1", nil); err != nil {
		t.Errorf("creating what was deleted: %v", err)
	}
	if _, err := kv.Put(ctx, "big", make([]byte, bucket.MaxValue+1)); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("too large: %v", err)
	}
}

func TestKVKeepsItsContentAndOptionsMayChange(t *testing.T) {
	js := start(t)
	if _, err := openKV(t, js, bucket.KVOptions{}).Put(t.Context(), "a", []byte("1")); err != nil {
		t.Fatal(err)
	}
	again := openKV(t, js, bucket.KVOptions{History: 5, TTL: time.Hour})
	if e, err := again.Get(t.Context(), "a"); err != nil || string(e.Value) != "1" {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestKVExpires(t *testing.T) {
	kv := openKV(t, start(t), bucket.KVOptions{TTL: 200 * time.Millisecond})
	if _, err := kv.Put(t.Context(), "lease", []byte("x")); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		_, err := kv.Get(t.Context(), "lease")
		if huiying.ErrorCode(err) == huiying.NotFound {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("it never expired")
		}
	}
}

// Many keys are written at once, more than are on their way at a time; one that
// does not fit is an error.
func TestKVPutAll(t *testing.T) {
	kv := openKV(t, start(t), bucket.KVOptions{})
	var list []bucket.Pair
	for n := range 1200 {
		list = append(list, bucket.Pair{Key: fmt.Sprint("post/weibo:", n), Value: []byte(fmt.Sprint(n))})
	}
	if err := kv.PutAll(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	if keys, err := kv.Keys(t.Context()); err != nil || len(keys) != len(list) {
		t.Errorf("%d keys, %v", len(keys), err)
	}
	if e, err := kv.Get(t.Context(), list[1199].Key); err != nil || string(e.Value) != "1199" {
		t.Errorf("%+v, %v", e, err)
	}
	list[1].Value = make([]byte, bucket.MaxValue+1)
	if err := kv.PutAll(t.Context(), list[:2]); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("too large: %v", err)
	}
}

// What is not acknowledged is not written: the caller hears of it.
func TestKVPutAllOnAClosedBus(t *testing.T) {
	js := start(t)
	kv := openKV(t, js, bucket.KVOptions{})
	js.Conn().Close()
	if err := kv.PutAll(t.Context(), []bucket.Pair{{Key: "a", Value: []byte("1")}}); err == nil {
		t.Error("written to nobody")
	}
}

func TestKVKeys(t *testing.T) {
	kv := openKV(t, start(t), bucket.KVOptions{})
	if keys, err := kv.Keys(t.Context()); err != nil || len(keys) != 0 {
		t.Errorf("of an empty bucket: %v, %v", keys, err)
	}
	want := []string{"a.b", ".", "a..b", "weibo:1", "中卫", "x=41", "", "a b"}
	for _, k := range want {
		if _, err := kv.Put(t.Context(), k+"!", []byte(k)); err != nil {
			t.Errorf("%q: %v", k, err)
		}
	}
	keys, err := kv.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		want[i] += "!"
	}
	slices.Sort(want)
	slices.Sort(keys)
	if !slices.Equal(keys, want) {
		t.Errorf("got %q", keys)
	}
}

// Any key comes back as it went in, and no two share a place.
func TestKVKeysAreAnyText(t *testing.T) {
	kv := openKV(t, start(t), bucket.KVOptions{})
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.StringN(1, 20, 60).Draw(t, "key")
		if _, err := kv.Put(context.Background(), key, []byte(key)); err != nil {
			t.Fatal(err)
		}
		e, err := kv.Get(context.Background(), key)
		if err != nil || e.Key != key || string(e.Value) != key {
			t.Fatalf("%q came back as %+v, %v", key, e, err)
		}
	})
}

func TestKVWatch(t *testing.T) {
	kv := openKV(t, start(t), bucket.KVOptions{})
	put := func(key, value string) {
		t.Helper()
		if _, err := kv.Put(t.Context(), key, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	put("rules.a", "1")
	put("units.b", "2")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	got := make(chan bucket.Entry, 10)
	done := make(chan error, 1)
	go func() {
		done <- kv.Watch(ctx, "rules", func(e bucket.Entry) error { got <- e; return nil })
	}()
	if e := <-got; e.Key != "rules.a" || string(e.Value) != "1" {
		t.Errorf("first %+v", e)
	}
	if e := <-got; e.Key != "" {
		t.Errorf("then %+v, not the end of what is", e)
	}
	put("units.b", "3")
	put("rules.c", "4")
	if e := <-got; e.Key != "rules.c" || e.Deleted {
		t.Errorf("a change came as %+v", e)
	}
	if err := kv.Delete(t.Context(), "rules.c"); err != nil {
		t.Fatal(err)
	}
	if e := <-got; e.Key != "rules.c" || !e.Deleted {
		t.Errorf("a removal came as %+v", e)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	stop := errors.New("enough")
	if err := kv.Watch(t.Context(), "", func(bucket.Entry) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("a failing handler: %v", err)
	}
}

func TestObjects(t *testing.T) {
	ctx := t.Context()
	js := start(t)
	o, err := bucket.OpenObjects(ctx, js, "evidence", bucket.ObjectOptions{MaxAge: time.Hour, MaxBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	name := "sha256:" + fmt.Sprintf("%064x", 7)
	if _, err := o.Get(ctx, name); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("nothing there: %v", err)
	}
	if ok, err := o.Exists(ctx, name); ok || err != nil {
		t.Errorf("exists: %v, %v", ok, err)
	}
	big := bytes.Repeat([]byte("0123456789"), 30_000) // several chunks
	for _, data := range [][]byte{{}, big} {
		if err := o.Put(ctx, name, data); err != nil {
			t.Fatal(err)
		}
		got, err := o.Get(ctx, name)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d bytes came back as %d, %v", len(data), len(got), err)
		}
	}
	if ok, err := o.Exists(ctx, name); !ok || err != nil {
		t.Errorf("exists: %v, %v", ok, err)
	}
	full := o.Put(ctx, "more", bytes.Repeat(big, 4))
	if huiying.ErrorCode(full) != huiying.Unavailable {
		t.Errorf("a full bucket: %v", full)
	}
	if err := errors.Join(o.Delete(ctx, name), o.Delete(ctx, "never")); err != nil {
		t.Error(err)
	}
	if ok, err := o.Exists(ctx, name); ok || err != nil {
		t.Errorf("deleted: %v, %v", ok, err)
	}
	if err := o.Put(ctx, "small", []byte("x")); err != nil {
		t.Errorf("after making room: %v", err)
	}
}

func TestBadNames(t *testing.T) {
	js := start(t)
	if _, err := bucket.OpenKV(t.Context(), js, "a b", bucket.KVOptions{}); err == nil {
		t.Error("a bucket with a blank")
	}
	if _, err := bucket.OpenObjects(t.Context(), js, "a.b", bucket.ObjectOptions{}); err == nil {
		t.Error("an object bucket with a dot")
	}
}

// A watch that outlives the connection says so.
func TestKVWatchOnAClosedBus(t *testing.T) {
	b, err := broker.Open(t.Context(), broker.Options{Dir: t.TempDir(), SyncInterval: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	js, err := jetstream.New(b.Conn)
	if err != nil {
		t.Fatal(err)
	}
	kv := openKV(t, js, bucket.KVOptions{})
	got, done := make(chan bucket.Entry, 1), make(chan error, 1)
	go func() {
		done <- kv.Watch(context.Background(), "", func(e bucket.Entry) error { got <- e; return nil })
	}()
	<-got
	if err := b.Close(true); err != nil {
		t.Fatal(err)
	}
	if err := <-done; huiying.ErrorCode(err) != huiying.Unavailable {
		t.Errorf("the watch ended with %v", err)
	}
}
