package backup

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/nats-io/nats.go"

	"huiying"
	"huiying/internal/bus/snapshot"
	"huiying/internal/store"
)

// Options say what is backed up, and where to.
type Options struct {
	Dir     string // made; must not be there, or be empty
	KeysDir string // of the master key, "" = in Dir
	Version string
	Now     func() time.Time

	Store  *store.Store // open for reading
	Heads  string       // folder of the signed heads
	Master string       // file of the master key, "" = the configuration has it
	Conn   *nats.Conn   // to the embedded server; nil = the streams are an outside server's
}

// stage is when a part is copied.
type stage int

const (
	stageCursors stage = iota + 1 // move after the post is accepted
	stagePosts
	stageTopics // written before the post is acknowledged
	stageEvents
	stageDatabase // written before the event is acknowledged
	stageAfter    // news of what the database has, what it points to, and what failed
)

// stageOf places a stream. What is not named here is news or a copy of what the
// database has, or what it points to.
func stageOf(stream string) stage {
	switch stream {
	case "KV_cursors", "KV_hosts", "KV_plans", "JOBS":
		return stageCursors
	case "POSTS", "LEDGER":
		return stagePosts
	case "KV_topics":
		return stageTopics
	case "TOPICS", "EVENTS":
		return stageEvents
	}
	return stageAfter
}

// tries is how often copying begins anew because parked messages were given
// back meanwhile.
const tries = 3

// Take makes a backup. huiying.Invalid when Dir holds something,
// huiying.Conflict when parked messages are given back all the while.
func Take(ctx context.Context, o Options) (Manifest, error) {
	for _, dir := range []string{o.Dir, o.KeysDir} {
		if err := vacant(dir); err != nil {
			return Manifest{}, err
		}
	}
	if err := os.MkdirAll(filepath.Dir(o.Dir), 0o750); err != nil {
		return Manifest{}, huiying.Errorf(huiying.Invalid, "backup.folder", o.Dir, err)
	}
	// Beside its place, so that it gets there by one step.
	work, err := os.MkdirTemp(filepath.Dir(o.Dir), "."+filepath.Base(o.Dir)+".unfinished-*")
	if err != nil {
		return Manifest{}, huiying.Errorf(huiying.Invalid, "backup.folder", o.Dir, err)
	}
	defer os.RemoveAll(work) // gone after a rename that worked
	t := &taker{o: o, work: work}
	m, err := t.take(ctx)
	if err != nil {
		return Manifest{}, errors.Join(err, t.noKey())
	}
	if err := os.Rename(work, o.Dir); err != nil {
		return Manifest{}, errors.Join(huiying.Errorf(huiying.Invalid, "backup.folder", o.Dir, err), t.noKey())
	}
	return m, store.SyncFolder(filepath.Dir(o.Dir))
}

// vacant refuses a folder that holds anything.
func vacant(dir string) error {
	if dir == "" {
		return nil
	}
	list, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return huiying.Errorf(huiying.Invalid, "backup.folder", dir, err)
	}
	for _, e := range list {
		if e.Name() != "lost+found" { // of a file system just made
			return huiying.Errorf(huiying.Invalid, "backup.not_empty", dir, e.Name())
		}
	}
	return nil
}

type taker struct {
	o    Options
	work string
	m    Manifest
}

func (t *taker) take(ctx context.Context) (Manifest, error) {
	for range tries {
		gone, err := t.gone(ctx)
		if err != nil {
			return t.m, err
		}
		t.m = Manifest{Format: format, Version: t.o.Version, Schema: t.o.Store.SchemaVersion(), Began: t.o.Now(), Key: KeyOutside}
		if err := t.parts(ctx); err != nil {
			return t.m, err
		}
		after, err := t.gone(ctx)
		if err != nil {
			return t.m, err
		}
		if after == gone {
			return t.m, t.end()
		}
		if err := t.clear(); err != nil {
			return t.m, err
		}
	}
	return t.m, huiying.Errorf(huiying.Conflict, "backup.replayed")
}

// gone is how many parked messages were ever given back or discarded. One that
// is given back while streams are copied could be in neither copy: it leaves
// the last stream for one that was copied before.
func (t *taker) gone(ctx context.Context) (uint64, error) {
	if t.o.Conn == nil {
		return 0, nil
	}
	held, err := snapshot.Look(ctx, t.o.Conn, "DEAD")
	return held.LastSeq - held.Msgs, err
}

func (t *taker) clear() error {
	list, err := os.ReadDir(t.work)
	for _, e := range list {
		err = errors.Join(err, os.RemoveAll(filepath.Join(t.work, e.Name())))
	}
	return err
}

// parts copies everything, in order.
func (t *taker) parts(ctx context.Context) error {
	if err := t.key(); err != nil {
		return err
	}
	if t.o.Conn == nil {
		t.m.Bus = "outside"
	}
	for s := stageCursors; s <= stageAfter; s++ {
		if s == stageDatabase {
			if err := t.database(ctx); err != nil {
				return err
			}
			continue
		}
		if err := t.streams(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// streams copies those of one stage.
func (t *taker) streams(ctx context.Context, s stage) error {
	if t.o.Conn == nil {
		return nil
	}
	names, err := snapshot.Names(ctx, t.o.Conn)
	if err != nil {
		return err
	}
	slices.Sort(names)
	for _, name := range names {
		if stageOf(name) != s {
			continue
		}
		f := File{Path: busFolder + "/" + name + ".snapshot", Stream: name}
		err := t.write(f, func(w io.Writer, f *File) error {
			form, err := snapshot.Save(ctx, t.o.Conn, name, w)
			f.Form = &form
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// database copies the signed heads, then the database: a head that is newer than
// the copy would witness rows that it does not have.
func (t *taker) database(ctx context.Context) error {
	list, err := os.ReadDir(t.o.Heads)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read the folder of heads: %w", err)
	}
	for _, e := range list {
		if e.Type().IsRegular() && e.Name()[0] != '.' {
			if err := t.lines(headsFolder+"/"+e.Name(), filepath.Join(t.o.Heads, e.Name())); err != nil {
				return err
			}
		}
	}
	path := filepath.Join(t.work, databaseFile)
	if err := t.o.Store.CopyTo(ctx, path); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("read the copy: %w", err)
	}
	c := counting(io.Discard)
	_, err = io.Copy(c, f)
	if err := settle(f, err); err != nil {
		return err
	}
	t.m.Files = append(t.m.Files, File{Path: databaseFile, Size: c.size, SHA256: c.digest()})
	return nil
}

// key copies the master key where it lies in the data folder.
func (t *taker) key() error {
	if t.o.Master == "" {
		return nil
	}
	if t.o.KeysDir == "" {
		t.m.Key = KeyInside
		return t.copy(keyFile, t.o.Master)
	}
	t.m.Key = KeyApart
	raw, err := os.ReadFile(t.o.Master)
	if err != nil {
		return fmt.Errorf("read the master key: %w", err)
	}
	if err := t.noKey(); err != nil { // of the try before
		return err
	}
	f, err := create(t.keyApart())
	if err != nil {
		return huiying.Errorf(huiying.Invalid, "backup.folder", t.o.KeysDir, err)
	}
	_, err = f.Write(raw)
	return settle(f, err)
}

func (t *taker) keyApart() string { return filepath.Join(t.o.KeysDir, filepath.Base(keyFile)) }

// noKey takes away a key that was laid apart: no backup needs it, and the next
// one wants the folder empty.
func (t *taker) noKey() error {
	if t.m.Key != KeyApart {
		return nil
	}
	if err := os.Remove(t.keyApart()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the copy of the master key: %w", err)
	}
	return nil
}

func (t *taker) copy(name, from string) error {
	f, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("read %s: %w", from, err)
	}
	err = t.write(File{Path: name}, func(w io.Writer, _ *File) error {
		_, err := io.Copy(w, f)
		return err
	})
	return errors.Join(err, f.Close())
}

// lines copies the whole lines of a file that another process adds lines to.
func (t *taker) lines(name, from string) error {
	f, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("read %s: %w", from, err)
	}
	err = t.write(File{Path: name}, func(w io.Writer, _ *File) error {
		for r := bufio.NewReader(f); ; {
			line, err := r.ReadBytes('\n')
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if _, err := w.Write(line); err != nil {
				return err
			}
		}
	})
	return errors.Join(err, f.Close())
}

// write makes a file and its row in the manifest.
func (t *taker) write(row File, fill func(io.Writer, *File) error) error {
	f, err := create(filepath.Join(t.work, filepath.FromSlash(row.Path)))
	if err != nil {
		return err
	}
	c := counting(f)
	if err := settle(f, fill(c, &row)); err != nil {
		return err
	}
	row.Size, row.SHA256 = c.size, c.digest()
	t.m.Files = append(t.m.Files, row)
	return nil
}

// end writes the manifest and makes every folder durable.
func (t *taker) end() error {
	t.m.Ended = t.o.Now()
	raw, err := json.MarshalIndent(t.m, "", "  ")
	if err != nil {
		return err
	}
	f, err := create(filepath.Join(t.work, manifestFile))
	if err != nil {
		return err
	}
	_, err = f.Write(append(raw, '\n'))
	if err := settle(f, err); err != nil {
		return err
	}
	return filepath.WalkDir(t.work, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		return store.SyncFolder(path)
	})
}
