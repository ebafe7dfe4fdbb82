package broker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"

	"github.com/nats-io/nats.go"

	"huiying"
)

// door is a socket in the folder of the embedded server, through which a
// command of the folder's owner speaks to it while the service runs. It is no
// port: who may read the folder's files may use it, and nobody else.
type door struct {
	listener net.Listener
	folder   *os.File
	serving  sync.WaitGroup

	mu   sync.Mutex
	open map[net.Conn]bool // nil once closed
}

// doorPath names the socket through an open folder: the path of a socket has
// 107 bytes, that of a folder many more.
func doorPath(dir string) (path string, folder *os.File, err error) {
	folder, err = os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	path = filepath.Join(dir, "bus.sock")
	if len(path) > 100 {
		path = fmt.Sprintf("/proc/self/fd/%d/bus.sock", folder.Fd())
	}
	return path, folder, nil
}

func openDoor(ctx context.Context, dir string, e *embedded) (*door, error) {
	path, folder, err := doorPath(dir)
	if err != nil {
		return nil, fmt.Errorf("open the bus folder: %w", err)
	}
	d := &door{folder: folder, open: map[net.Conn]bool{}}
	// The folder's lock is ours: a socket that lies there is a dead process'.
	if err := os.Remove(filepath.Join(dir, "bus.sock")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(fmt.Errorf("remove an old socket: %w", err), folder.Close())
	}
	var c net.ListenConfig
	if d.listener, err = c.Listen(ctx, "unix", path); err != nil {
		return nil, errors.Join(huiying.Errorf(huiying.Unavailable, "bus.no_socket", dir, err), folder.Close())
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("guard the socket: %w", err), d.close())
	}
	d.serving.Go(func() { d.accept(e) })
	return d, nil
}

func (d *door) accept(e *embedded) {
	for {
		outside, err := d.listener.Accept()
		if err != nil {
			return // closed
		}
		inside, err := e.InProcessConn()
		if err != nil {
			outside.Close() // the server stops, or is started anew
			continue
		}
		if !d.keep(outside, inside) {
			outside.Close()
			inside.Close()
			return
		}
		d.serving.Go(func() { d.carry(outside, inside) })
		d.serving.Go(func() { d.carry(inside, outside) })
	}
}

// carry copies until one side ends, and ends the other with it.
func (d *door) carry(to, from net.Conn) {
	_, _ = io.Copy(to, from) // either end may go at any time; the client notices
	to.Close()
	from.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.open, to)
	delete(d.open, from)
}

func (d *door) keep(conns ...net.Conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range conns {
		if d.open != nil {
			d.open[c] = true
		}
	}
	return d.open != nil
}

func (d *door) close() error {
	err := d.listener.Close() // removes the socket
	d.mu.Lock()
	for c := range d.open {
		c.Close()
	}
	d.open = nil
	d.mu.Unlock()
	d.serving.Wait()
	return errors.Join(err, d.folder.Close())
}

// dialer reaches a door whatever address the client names.
type dialer struct{ dir string }

// Dial implements nats.CustomDialer.
func (d dialer) Dial(_, _ string) (net.Conn, error) {
	path, folder, err := doorPath(d.dir)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	return net.Dial("unix", path)
}

// Visit connects to the embedded server of another process through its folder.
// o.Dir names it; o.CredentialsFile holds the token where its port has one.
// huiying.Unavailable when no server answers there.
func Visit(o Options) (*nats.Conn, error) {
	t, err := token(o)
	if err != nil {
		return nil, err
	}
	conn, err := nats.Connect("nats://127.0.0.1:4222", nats.Name("huiying visitor"), nats.SetCustomDialer(dialer{o.Dir}), nats.Token(t), nats.NoReconnect())
	if err != nil {
		return nil, huiying.Errorf(huiying.Unavailable, "bus.no_visit", o.Dir, err)
	}
	return conn, nil
}
