package backup_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"huiying"
	"huiying/internal/app/backup"
	"huiying/internal/bus/broker"
	"huiying/internal/bus/snapshot"
	"huiying/internal/store"
)

// office is a data folder with a server at work in it.
type office struct {
	data   string
	store  *store.Store
	broker *broker.Broker
	js     jetstream.JetStream
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{data: t.TempDir()}
	var err error
	if o.store, err = store.Open(t.Context(), store.Options{Path: filepath.Join(o.data, "huiying.db"), MACKey: make([]byte, 32)}); err != nil {
		t.Fatal(err)
	}
	if o.broker, err = broker.Open(t.Context(), broker.Options{Dir: filepath.Join(o.data, "bus"), SyncInterval: time.Second}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(o.broker.Close(true), o.store.Close()); err != nil {
			t.Error(err)
		}
	})
	if o.js, err = jetstream.New(o.broker.Conn); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"POSTS", "DEAD"} {
		cfg := jetstream.StreamConfig{Name: name, Subjects: []string{strings.ToLower(name) + ".>"}, Duplicates: time.Hour}
		if _, err := o.js.CreateStream(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
	}
	o.write(t, "keys/master.key", strings.Repeat("k", 64))
	o.write(t, "heads/heads-202611.jsonl", "{\"seq\":1}\n{\"seq\":2}\n{\"se") // the last is being written
	return o
}

func (o *office) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(o.data, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func (o *office) publish(t *testing.T, from, n int) {
	t.Helper()
	for i := from; i < from+n; i++ {
		m := &nats.Msg{Subject: "posts.a", Data: bytes.Repeat([]byte{byte(i)}, 2000), Header: nats.Header{}}
		m.Header.Set(jetstream.MsgIDHeader, fmt.Sprint(i))
		if _, err := o.js.PublishMsg(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
}

func (o *office) take(t *testing.T, dir, keys string) (backup.Manifest, error) {
	t.Helper()
	return backup.Take(t.Context(), backup.Options{
		Dir: dir, KeysDir: keys, Version: "test", Now: time.Now, Store: o.store, Conn: o.broker.Conn,
		Heads: filepath.Join(o.data, "heads"), Master: filepath.Join(o.data, "keys", "master.key"),
	})
}

// A backup that breaks off leaves nothing, of the key neither, and is made once
// what was wrong is mended.
func TestBrokenOff(t *testing.T) {
	o := newOffice(t)
	dir, keys, heads := filepath.Join(t.TempDir(), "backup"), t.TempDir(), filepath.Join(o.data, "heads")
	away := heads + ".away"
	if err := errors.Join(os.Rename(heads, away), os.WriteFile(heads, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := o.take(t, dir, keys); err == nil {
		t.Fatal("it takes a file for the folder of heads")
	}
	for _, folder := range []string{keys, filepath.Dir(dir)} {
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Errorf("%v is left, %v", left, err)
		}
	}
	if err := errors.Join(os.Remove(heads), os.Rename(away, heads)); err != nil {
		t.Fatal(err)
	}
	if _, err := o.take(t, dir, keys); err != nil {
		t.Error(err)
	}
}

// What is copied comes back as it was: messages under their numbers and ids,
// durables with what they had acknowledged, rows, whole lines of heads, the key
// for its owner alone.
func TestRoundTrip(t *testing.T) {
	o := newOffice(t)
	o.publish(t, 0, 3000) // more than the window of pieces
	cons, err := o.js.CreateConsumer(t.Context(), "POSTS", jetstream.ConsumerConfig{Durable: "analyzer", AckPolicy: jetstream.AckExplicitPolicy})
	if err != nil {
		t.Fatal(err)
	}
	batch, err := cons.Fetch(1000)
	if err != nil {
		t.Fatal(err)
	}
	for m := range batch.Messages() {
		if err := m.DoubleAck(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	err = o.store.Write(t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO attachments (digest, type, size, body, at) VALUES ('d', 'text/plain', 3, 'abc', 0)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "b")
	if _, err := o.take(t, dir, ""); err != nil {
		t.Fatal(err)
	}
	o.publish(t, 3000, 10) // later ones are not in it
	private(t, dir)

	data := filepath.Join(t.TempDir(), "new")
	m, err := backup.Restore(t.Context(), backup.RestoreOptions{Dir: dir, Data: data})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := m.Messages(); n != 3000 || err != nil {
		t.Errorf("%d messages copied, %v", n, err)
	}
	heads, err := os.ReadFile(filepath.Join(data, "heads", "heads-202611.jsonl"))
	if err != nil || string(heads) != "{\"seq\":1}\n{\"seq\":2}\n" {
		t.Errorf("heads %q, %v", heads, err)
	}
	private(t, data)
	restored(t, data)
	if backup.Unfinished(data) {
		t.Error("unfinished")
	}
}

// private checks that nobody else may read anything.
func private(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil && !strings.Contains(path, "/bus/") && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func restored(t *testing.T, data string) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(data, "huiying.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var body string
	if err := s.Reader().QueryRowContext(t.Context(), `SELECT body FROM attachments WHERE digest = 'd'`).Scan(&body); err != nil || body != "abc" {
		t.Errorf("attachment %q, %v", body, err)
	}
	b, err := broker.Open(t.Context(), broker.Options{Dir: filepath.Join(data, "bus"), SyncInterval: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close(true)
	js, err := jetstream.New(b.Conn)
	if err != nil {
		t.Fatal(err)
	}
	cons, err := js.Consumer(t.Context(), "POSTS", "analyzer")
	if err != nil {
		t.Fatal(err)
	}
	if info := cons.CachedInfo(); info.NumPending != 2000 || info.AckFloor.Stream != 1000 {
		t.Errorf("the durable has %d pending, floor %d", info.NumPending, info.AckFloor.Stream)
	}
	again := &nats.Msg{Subject: "posts.a", Data: []byte("again"), Header: nats.Header{jetstream.MsgIDHeader: {"2999"}}}
	if ack, err := js.PublishMsg(t.Context(), again); err != nil || !ack.Duplicate || ack.Sequence != 3000 {
		t.Errorf("a repeat is not recognised: %+v, %v", ack, err)
	}
}

// Whatever is broken is refused by its name, and nothing is left that a service
// would start on.
func TestBrokenIsRefused(t *testing.T) {
	o := newOffice(t)
	o.publish(t, 0, 50)
	whole := filepath.Join(t.TempDir(), "b")
	m, err := o.take(t, whole, "")
	if err != nil {
		t.Fatal(err)
	}
	type damage struct {
		name, key, names string
		do               func(dir string) error
	}
	var list []damage
	for _, f := range m.Files {
		in := func(dir string) string { return filepath.Join(dir, filepath.FromSlash(f.Path)) }
		list = append(list,
			damage{"without " + f.Path, "backup.missing", f.Path, func(dir string) error { return os.Remove(in(dir)) }},
			damage{"short " + f.Path, "backup.size", f.Path, func(dir string) error { return os.Truncate(in(dir), f.Size-1) }},
			damage{"changed " + f.Path, "backup.digest", f.Path, func(dir string) error {
				raw, err := os.ReadFile(in(dir))
				raw[len(raw)/2] ^= 1
				return errors.Join(err, os.WriteFile(in(dir), raw, 0o600))
			}})
	}
	manifest := func(old, fresh string) func(string) error {
		return func(dir string) error {
			raw, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
			if !strings.Contains(string(raw), old) {
				return fmt.Errorf("no %s in the manifest", old)
			}
			return errors.Join(err, os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(strings.Replace(string(raw), old, fresh, 1)), 0o600))
		}
	}
	list = append(list,
		damage{"no manifest", "backup.no_manifest", "", func(dir string) error { return os.Remove(filepath.Join(dir, "manifest.json")) }},
		damage{"torn manifest", "backup.no_manifest", "", func(dir string) error { return os.Truncate(filepath.Join(dir, "manifest.json"), 100) }},
		damage{"newer", "backup.format", "9", manifest(`"format": 1`, `"format": 9`)},
		damage{"leads out", "backup.strange", "../keys/master.key", manifest(`"keys/master.key"`, `"../keys/master.key"`)},
		damage{"leads up", "backup.strange", "heads/../../x", manifest(`"heads/heads-202611.jsonl"`, `"heads/../../x"`)},
		damage{"no database", "backup.missing", "huiying.db", manifest(`"path": "huiying.db"`, `"path": "heads/huiying.db"`)},
	)
	for _, d := range list {
		dir, data := filepath.Join(t.TempDir(), "b"), filepath.Join(t.TempDir(), "data")
		if err := errors.Join(os.CopyFS(dir, os.DirFS(whole)), d.do(dir)); err != nil {
			t.Fatal(err)
		}
		_, err := backup.Restore(t.Context(), backup.RestoreOptions{Dir: dir, Data: data})
		var e *huiying.Error
		if !errors.As(err, &e) || e.Key != d.key || d.names != "" && fmt.Sprint(e.Args[0]) != d.names {
			t.Errorf("%s: %v, want %s of %s", d.name, err, d.key, d.names)
		}
		if left, err := os.ReadDir(data); len(left) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: left %v, %v", d.name, left, err)
		}
	}
}

// A stream whose copy is whole and yet no stream is refused by the server.
func TestForeignStreamIsRefused(t *testing.T) {
	o := newOffice(t)
	dir := filepath.Join(t.TempDir(), "b")
	m, err := o.take(t, dir, "")
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range m.Files {
		if f.Stream == "POSTS" {
			if err := os.WriteFile(filepath.Join(dir, f.Path), []byte("not a stream"), 0o600); err != nil {
				t.Fatal(err)
			}
			m.Files[i].Size, m.Files[i].SHA256 = 12, huiying.Digest("not a stream")[len("sha256:"):]
		}
	}
	raw, err := json.Marshal(m)
	if err := errors.Join(err, os.WriteFile(filepath.Join(dir, "manifest.json"), raw, 0o600)); err != nil {
		t.Fatal(err)
	}
	_, err = backup.Restore(t.Context(), backup.RestoreOptions{Dir: dir, Data: filepath.Join(t.TempDir(), "data")})
	if e := (*huiying.Error)(nil); !errors.As(err, &e) || e.Key != "backup.stream" {
		t.Error(err)
	}
}

// Neither side touches a folder that holds something, and a restore that was
// broken off is told.
func TestFoldersInUseAreRefused(t *testing.T) {
	o := newOffice(t)
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := o.take(t, full, ""); huiying.ErrorCode(err) != huiying.Invalid {
		t.Error(err)
	}
	dir, keys := filepath.Join(t.TempDir(), "b"), filepath.Join(t.TempDir(), "k")
	m, err := o.take(t, dir, keys)
	if err != nil || m.Key != backup.KeyApart {
		t.Fatal(m.Key, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "keys")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the key is beside the data: %v", err)
	}
	private(t, keys)
	for want, r := range map[string]backup.RestoreOptions{
		"backup.not_empty": {Dir: dir, KeysDir: keys, Data: full},
		"backup.key_apart": {Dir: dir, Data: filepath.Join(t.TempDir(), "d")},
	} {
		_, err := backup.Restore(t.Context(), r)
		if e := (*huiying.Error)(nil); !errors.As(err, &e) || e.Key != want {
			t.Errorf("%s: %v", want, err)
		}
	}
	half := t.TempDir()
	if err := os.Mkdir(filepath.Join(half, ".restoring"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Restore(t.Context(), backup.RestoreOptions{Dir: dir, KeysDir: keys, Data: half}); huiying.ErrorCode(err) != huiying.Conflict {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	broken := filepath.Join(t.TempDir(), "c")
	if _, err := backup.Take(ctx, backup.Options{Dir: broken, Now: time.Now, Store: o.store, Conn: o.broker.Conn}); err == nil {
		t.Error("made in spite of it")
	}
	if left, err := os.ReadDir(filepath.Dir(broken)); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

// While parked messages are given back no backup is made: one could be in
// neither of two copies.
func TestReplayedMeanwhile(t *testing.T) {
	o := newOffice(t)
	for range 20 {
		if _, err := o.js.Publish(t.Context(), "dead.a", []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	s, err := o.js.Stream(t.Context(), "DEAD")
	if err != nil {
		t.Fatal(err)
	}
	n := uint64(0)
	take := func() (backup.Manifest, error) {
		return backup.Take(t.Context(), backup.Options{Dir: filepath.Join(t.TempDir(), "b"), Store: o.store, Conn: o.broker.Conn, Now: func() time.Time {
			n++ // the clock is looked at once the copying begins
			_ = s.DeleteMsg(t.Context(), n)
			return time.Now()
		}})
	}
	if _, err := take(); huiying.ErrorCode(err) != huiying.Conflict {
		t.Error(err)
	}
	n = 100 // nothing is there to be given back
	if _, err := take(); err != nil {
		t.Error(err)
	}
	if held, err := snapshot.Look(t.Context(), o.broker.Conn, "DEAD"); err != nil || held.Msgs != 17 {
		t.Errorf("%+v, %v", held, err)
	}
}
