package store_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/storetest"
)

// What a cutter does with the next commit.
const (
	pass    int32 = iota
	unasked       // the server never hears of it
	untold        // it takes place, and the answer is lost
)

// cutter stands between a store and its server and cuts connections.
type cutter struct {
	listener net.Listener
	server   string
	next     atomic.Int32
	open     sync.WaitGroup
}

const socket = ".s.PGSQL.5432"

// newCutter gives an address that leads to the server of dsn.
func newCutter(t *testing.T, dsn string) (*cutter, string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	c := &cutter{server: filepath.Join(u.Query().Get("host"), socket)}
	if c.listener, err = net.Listen("unix", filepath.Join(dir, socket)); err != nil {
		t.Fatal(err)
	}
	c.open.Go(func() {
		for {
			client, err := c.listener.Accept()
			if err != nil {
				return
			}
			c.open.Go(func() { c.serve(client) })
		}
	})
	t.Cleanup(func() {
		if err := c.listener.Close(); err != nil {
			t.Error(err)
		}
		c.open.Wait()
	})
	u.RawQuery = url.Values{"host": {dir}}.Encode()
	return c, u.String()
}

func (c *cutter) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("unix", c.server)
	if err != nil {
		return
	}
	defer server.Close()
	var mute atomic.Bool
	var back sync.WaitGroup
	back.Go(func() {
		defer client.Close()
		copyUntil(client, server, func([]byte) bool { return mute.Load() })
	})
	copyUntil(server, client, func(sent []byte) bool {
		if !bytes.Contains(sent, []byte("commit\x00")) {
			return false
		}
		switch c.next.Swap(pass) {
		case unasked:
			return true
		case untold:
			mute.Store(true)
		}
		return false
	})
	// Where only the answer was cut, the server has had its say by then.
	if !mute.Load() {
		server.Close()
	}
	back.Wait()
}

// copyUntil copies until either end closes, or cut says to leave the rest.
func copyUntil(to io.Writer, from io.Reader, cut func([]byte) bool) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 && cut(buf[:n]) {
			return
		}
		if _, werr := to.Write(buf[:n]); errors.Join(err, werr) != nil {
			return
		}
	}
}

// A commit that was cut off is kept once and said to be, or not kept and said
// not to be.
func TestCutCommits(t *testing.T) {
	postgres(t)
	c, dsn := newCutter(t, storetest.DSN(t))
	o := options(t.TempDir() + "/huiying.db")
	o.DSN = dsn
	s := mustOpen(t, o)
	for range 3 {
		storetest.Exec(t, s, `DELETE FROM counters`)
		c.next.Store(untold)
		if err := s.Write(t.Context(), store.Urgent, put("kept")); err != nil {
			t.Errorf("its answer was lost: %v", err)
		}
		if c.next.Load() != pass {
			t.Fatal("no commit was cut")
		}
		c.next.Store(unasked)
		if err := s.Write(t.Context(), store.Urgent, put("lost")); huiying.ErrorCode(err) != huiying.Unavailable {
			t.Errorf("the server never heard of it: %v", err)
		}
		storetest.Write(t, s, put("after"))
		if got := names(t, s); got != "after kept" {
			t.Fatalf("kept %q", got)
		}
	}
}
