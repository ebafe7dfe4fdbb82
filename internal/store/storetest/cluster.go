package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// Binaries is the folder of PostgreSQL's own programs, "" where there are none.
func Binaries() string {
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(real)
		}
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return ""
	}
	slices.SortFunc(found, func(a, b string) int { return release(a) - release(b) })
	return filepath.Dir(found[len(found)-1])
}

// release is the number in /usr/lib/postgresql/15/bin/initdb.
func release(path string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	if err != nil {
		return 0
	}
	return n
}

// Cluster is a PostgreSQL server of its own in a temporary folder, reached by a
// socket there alone. It forgets everything when the machine stops: its writes
// are not forced to the disk.
type Cluster struct {
	dir  string
	bin  string
	stop io.Closer // the pipe that the server lives on
}

// keeper runs the server until its own input ends, however this process ends,
// and removes the folder. TERM restarts the server hard, as a crash would.
const keeper = `
bin=$1 dir=$2
shift 2
run() { "$bin/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c fsync=off -c full_page_writes=off -c shared_buffers=32MB -c max_connections=200 \
	-c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=256MB -c jit=off -c log_min_messages=fatal "$@" >"$dir/log" 2>&1 & server=$!; }
run "$@"
trap 'kill -QUIT $server; wait $server; run "$@"' TERM
cat <&3 & input=$!
while kill -0 $input 2>/dev/null; do wait $input; done
kill -QUIT $server
wait $server
rm -rf "$dir"`

// Durable are the options of a server that keeps what it said it keeps, as an
// office's does.
func Durable() []string {
	return []string{"-c", "fsync=on", "-c", "full_page_writes=on", "-c", "shared_buffers=128MB", "-c", "max_wal_size=1GB"}
}

// StartCluster makes a server and starts it, with options of postgres that go
// before those of the tests.
func StartCluster(options ...string) (c *Cluster, err error) {
	bin := Binaries()
	if bin == "" {
		return nil, errors.New(noPostgres)
	}
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		return nil, err
	}
	c = &Cluster{dir: dir, bin: bin}
	attr, err := c.other()
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"), "-U", "huiying", "-A", "trust", "-N", "--locale=C", "-E", "UTF8", "--wal-segsize=1")
	initdb.Dir, initdb.SysProcAttr = dir, attr
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("initdb: %w: %s", err, out), os.RemoveAll(dir))
	}
	if err := c.run(attr, options); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return c, c.wait()
}

// other is how to run as somebody else where we are root, whom PostgreSQL
// refuses; the folder becomes theirs.
func (c *Cluster) other() (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setpgid: true} // an interrupt from the keyboard is for the test
	if os.Getuid() != 0 {
		return attr, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.Atoi(u.Uid)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.Atoi(u.Gid)
		if err != nil {
			return nil, err
		}
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		return attr, os.Chown(c.dir, uid, gid)
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as")
}

func (c *Cluster) run(attr *syscall.SysProcAttr, options []string) error {
	input, held, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd := exec.Command("/bin/sh", append([]string{"-c", keeper, "sh", c.bin, c.dir}, options...)...)
	cmd.Dir, cmd.SysProcAttr, cmd.ExtraFiles = "/", attr, []*os.File{input}
	if err := cmd.Start(); err != nil {
		return errors.Join(err, input.Close(), held.Close())
	}
	c.stop = held
	if err := os.WriteFile(filepath.Join(c.dir, "keeper"), []byte(strconv.Itoa(cmd.Process.Pid)), 0o644); err != nil {
		return err
	}
	return errors.Join(input.Close(), cmd.Process.Release())
}

// DSN is the address of a database of the cluster.
func (c *Cluster) DSN(database string) string {
	return "postgres://huiying@/" + database + "?host=" + url.QueryEscape(c.dir)
}

// wait waits until the server takes connections.
func (c *Cluster) wait() error {
	db, err := sql.Open("pgx", c.DSN("postgres"))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if err = db.PingContext(ctx); err == nil {
			return db.Close()
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("the PostgreSQL of the tests does not start: %w", err), db.Close())
		case <-tick.C:
		}
	}
}

// Exec runs a statement in a database of the cluster, as its administrator.
func (c *Cluster) Exec(database, statement string) (err error) {
	db, err := sql.Open("pgx", c.DSN(database))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.Exec(statement)
	return err
}

// Crash stops the server as a failure would and starts it again; it returns when
// connections are taken again.
func (c *Cluster) Crash() error {
	raw, err := os.ReadFile(filepath.Join(c.dir, "keeper"))
	if err != nil {
		return err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return err
	}
	return c.wait()
}

// Close stops the server and removes what it wrote. The server of Each needs no
// Close: it ends with the process.
func (c *Cluster) Close() error { return c.stop.Close() }

// Running names the variable of the environment that holds the folder of a
// server which runs already, with a superuser huiying: for whoever runs single
// tests again and again.
const Running = "HUIYING_TEST_POSTGRES"

// shared is the server that all tests of a process use: one of its own, or the
// one that runs already.
var shared = sync.OnceValues(func() (*Cluster, error) {
	if dir := os.Getenv(Running); dir != "" {
		return &Cluster{dir: dir, bin: Binaries()}, nil
	}
	return StartCluster()
})
