package backup

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"huiying"
	"huiying/internal/bus/broker"
	"huiying/internal/bus/snapshot"
	"huiying/internal/store"
)

// staging is the folder inside the data folder in which it is restored: the
// data folder may be a mount, which nothing can be renamed into.
const staging = ".restoring"

// Unfinished reports whether a restore into a data folder was broken off: no
// service may be started on what it left.
func Unfinished(data string) bool {
	_, err := os.Lstat(filepath.Join(data, staging))
	return err == nil
}

// RestoreOptions say what is restored, and where to.
type RestoreOptions struct {
	Dir     string // the backup
	KeysDir string // of the master key, "" = in Dir
	Data    string // the data folder: not there, or empty
	Heads   string // of the signed heads, "" = in Data
}

// Restore makes a data folder of a backup. Every file is checked while it is
// copied and before anything is made of it; huiying.Invalid names the one that
// is missing or is not what the manifest says. After an error Data holds nothing
// that a service would start on.
func Restore(ctx context.Context, o RestoreOptions) (Manifest, error) {
	m, err := Read(o.Dir)
	if err != nil {
		return m, err
	}
	if Unfinished(o.Data) {
		return m, huiying.Errorf(huiying.Conflict, "backup.unfinished", o.Data)
	}
	if err := vacant(o.Data); err != nil {
		return m, err
	}
	work := filepath.Join(o.Data, staging)
	if err := os.MkdirAll(o.Data, 0o750); err != nil {
		return m, huiying.Errorf(huiying.Invalid, "backup.folder", o.Data, err)
	}
	if err := os.Mkdir(work, 0o700); err != nil { // one at a time
		return m, huiying.Errorf(huiying.Invalid, "backup.folder", o.Data, err)
	}
	if err := restore(ctx, o, m, work); err != nil {
		return m, errors.Join(err, os.RemoveAll(work))
	}
	return m, o.place(work)
}

func restore(ctx context.Context, o RestoreOptions, m Manifest, work string) error {
	for _, f := range m.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := fetch(filepath.Join(o.Dir, filepath.FromSlash(f.Path)), filepath.Join(work, filepath.FromSlash(f.Path)), f); err != nil {
			return err
		}
	}
	if err := o.key(m, work); err != nil {
		return err
	}
	return streams(ctx, m, work)
}

// fetch copies a file and refuses one that is not what the manifest says.
func fetch(from, to string, want File) error {
	in, err := os.Open(from)
	if err != nil {
		return huiying.Errorf(huiying.Invalid, "backup.missing", want.Path)
	}
	defer in.Close()
	out, err := create(to)
	if err != nil {
		return err
	}
	c := counting(out)
	_, err = io.Copy(c, in)
	if err := settle(out, err); err != nil {
		return err
	}
	switch {
	case c.size != want.Size:
		return huiying.Errorf(huiying.Invalid, "backup.size", want.Path, c.size, want.Size)
	case c.digest() != want.SHA256:
		return huiying.Errorf(huiying.Invalid, "backup.digest", want.Path)
	}
	return nil
}

// key lays the master key that was kept apart into its place.
func (o RestoreOptions) key(m Manifest, work string) error {
	if m.Key != KeyApart {
		return nil
	}
	if o.KeysDir == "" {
		return huiying.Errorf(huiying.Invalid, "backup.key_apart")
	}
	raw, err := os.ReadFile(filepath.Join(o.KeysDir, filepath.Base(keyFile)))
	if err != nil {
		return huiying.Errorf(huiying.Invalid, "backup.missing", filepath.Join(o.KeysDir, filepath.Base(keyFile)))
	}
	f, err := create(filepath.Join(work, filepath.FromSlash(keyFile)))
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	return settle(f, err)
}

// streams lets a server of its own, in the new folder, make the streams.
func streams(ctx context.Context, m Manifest, work string) error {
	if m.Bus == "outside" {
		return nil
	}
	copies := filepath.Join(work, "copies")
	if err := os.Rename(filepath.Join(work, busFolder), copies); err != nil {
		return huiying.Errorf(huiying.Invalid, "backup.missing", busFolder)
	}
	b, err := broker.Open(ctx, broker.Options{Dir: filepath.Join(work, busFolder), SyncInterval: time.Second})
	if err != nil {
		return err
	}
	for _, f := range m.Files {
		if f.Stream != "" && err == nil {
			err = load(ctx, b, f, filepath.Join(copies, strings.TrimPrefix(f.Path, busFolder+"/")))
		}
	}
	return errors.Join(err, b.Close(true), os.RemoveAll(copies))
}

func load(ctx context.Context, b *broker.Broker, f File, path string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := snapshot.Load(ctx, b.Conn, f.Stream, *f.Form, in); err != nil {
		e := huiying.Errorf(huiying.Invalid, "backup.stream", f.Path)
		e.Err = err
		return e
	}
	return nil
}

// place moves what was restored to where a service looks for it. The staging
// folder goes last: while it stands no service starts.
func (o RestoreOptions) place(work string) error {
	list, err := os.ReadDir(work)
	if err != nil {
		return err
	}
	for _, e := range list {
		from := filepath.Join(work, e.Name())
		if e.Name() == headsFolder && o.Heads != "" && o.Heads != filepath.Join(o.Data, headsFolder) {
			err = o.heads(from)
		} else {
			err = os.Rename(from, filepath.Join(o.Data, e.Name()))
		}
		if err != nil {
			return err
		}
	}
	if err := store.SyncFolder(o.Data); err != nil {
		return err
	}
	if err := os.RemoveAll(work); err != nil {
		return err
	}
	return store.SyncFolder(o.Data)
}

// heads lays the heads where the configuration keeps them, beside those that are
// there: newer ones tell what the record has lost since.
func (o RestoreOptions) heads(from string) error {
	list, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range list {
		to := filepath.Join(o.Heads, e.Name())
		if _, err := os.Lstat(to); err == nil {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err != nil {
			return err
		}
		f, err := create(to)
		if err != nil {
			return err
		}
		_, err = f.Write(raw)
		if err := settle(f, err); err != nil {
			return err
		}
	}
	return nil
}
