// Package broker starts the embedded NATS server in its locked folder, or
// reaches an outside one, and gives the connection. It refuses to open a port
// beyond this machine without a token, and a folder that another process uses.
package broker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"

	"huiying"
)

// Options say which server.
type Options struct {
	Dir             string   // of the embedded server
	URL             string   // of an outside one, instead
	CredentialsFile string   // .creds for URL, a token for Listen
	Identity        Identity // what else an outside server asks for
	Member          string   // which of the rooms that share the server it is, "" for all of them
	Listen          string   // host:port the embedded server opens, "" for none
	SyncAlways      bool
	SyncInterval    time.Duration
	Logger          *slog.Logger
	Reconnected     func() // called after each reconnection
}

// Broker is a connection, and the embedded server behind it if there is one.
type Broker struct {
	Conn     *nats.Conn
	embedded *embedded
	home     *home
	door     *door
}

// Open starts or reaches the server. Errors: huiying.Invalid for options,
// huiying.Conflict when the folder is in use, huiying.Unavailable when the
// server does not answer.
func Open(ctx context.Context, o Options) (*Broker, error) {
	if o.URL != "" && o.Listen != "" {
		return nil, huiying.Errorf(huiying.Invalid, "bus.url_and_listen")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Reconnected == nil {
		o.Reconnected = func() {}
	}
	b := &Broker{}
	if err := b.open(ctx, o); err != nil {
		return nil, errors.Join(err, b.Close(false))
	}
	return b, nil
}

func (b *Broker) open(ctx context.Context, o Options) error {
	var err error
	if o.URL == "" {
		if b.home, err = openHome(o.Dir); err != nil {
			return err
		}
		if b.embedded, err = startEmbedded(ctx, o); err != nil {
			return err
		}
		if b.door, err = openDoor(ctx, o.Dir, b.embedded); err != nil {
			return err
		}
	}
	b.Conn, err = connect(o, b.embedded)
	return err
}

// Dir is the folder of the embedded server, "" for an outside one.
func (b *Broker) Dir() string {
	if b.home == nil {
		return ""
	}
	return b.home.dir
}

// Unclean reports whether the embedded server's folder was last left without
// Close(true).
func (b *Broker) Unclean() bool { return b.home != nil && b.home.unclean }

// Addr is where the embedded server listens, "" when it opens no port.
func (b *Broker) Addr() string {
	if b.embedded == nil {
		return ""
	}
	return b.embedded.addr()
}

// Replicas is how many copies of a stream the server can keep: three in a
// cluster of three or more, else one.
func (b *Broker) Replicas() int {
	if b.Conn.ConnectedClusterName() != "" && len(b.Conn.Servers()) >= 3 {
		return 3
	}
	return 1
}

// Close flushes what was sent, ends the connection and stops the embedded
// server. clean removes the mark of an unclean end; a folder that was clean
// before a failed Open stays so.
func (b *Broker) Close(clean bool) error {
	var errs []error
	if b.Conn != nil {
		if err := b.Conn.FlushTimeout(5 * time.Second); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
			errs = append(errs, fmt.Errorf("flush acknowledgements: %w", err))
		}
		b.Conn.Close()
	}
	if b.door != nil {
		errs = append(errs, b.door.close())
	}
	if b.embedded != nil {
		b.embedded.stop()
	}
	if b.home != nil {
		errs = append(errs, b.home.close(clean))
	}
	return errors.Join(errs...)
}

// home is the folder of the embedded server: a lock against a second process,
// and a mark that stands while the server runs.
type home struct {
	dir     string
	lock    *os.File
	unclean bool
}

func openHome(dir string) (*home, error) {
	if dir == "" {
		return nil, huiying.Errorf(huiying.Invalid, "bus.no_dir")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "bus.bad_dir", dir, err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "bus.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "bus.bad_dir", dir, err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(huiying.Errorf(huiying.Conflict, "bus.in_use", dir), lock.Close())
	}
	h := &home{dir: dir, lock: lock}
	if _, err := os.Stat(h.mark()); err == nil {
		h.unclean = true
	}
	if err := h.writeMark(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return h, nil
}

func (h *home) mark() string { return filepath.Join(h.dir, "running") }

// writeMark is durable before the first message is: a power failure right
// after the start must be seen as unclean.
func (h *home) writeMark() error {
	f, err := os.OpenFile(h.mark(), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("mark the bus folder as running: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("mark the bus folder as running: %w", err)
	}
	return syncDir(h.dir)
}

func (h *home) close(clean bool) error {
	var errs []error
	if clean || !h.unclean {
		if err := os.Remove(h.mark()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("remove the running mark: %w", err))
		}
		errs = append(errs, syncDir(h.dir))
	}
	return errors.Join(append(errs, h.lock.Close())...)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open %s: %w", dir, err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return nil
}
