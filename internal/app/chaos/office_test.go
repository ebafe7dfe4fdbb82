package chaos_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// office is a whole service in processes of its own: message server, crawlers,
// analyzers, notifier with pages; the site it reads, the receiver it alerts.
type office struct {
	t        *testing.T
	dir      string
	binary   string
	site     *site
	receiver *receiver
	nodes    []string // names of the message server's processes
	ports    map[string]int
	urls     string
	all      map[string]*process
	listens  map[string]string // address of each room
	ballast  string            // folder whose disk can be filled, "" when none can be made
	skewed   map[string]bool   // rooms that start with a clock of ours
	edits    int               // of the source by the operator
	cut      []string          // sealed pages of which a part was removed
	dsn      string            // PostgreSQL instead of SQLite
}

const rulesText = `
rules:
  - {id: r-queue, name: 排队, level: yellow, when: 排队超时}
  - {id: r-fault, name: 故障, level: orange, when: 系统瘫痪}
`

// newOffice starts everything with n nodes of the message server.
func newOffice(t *testing.T, n int) *office {
	t.Helper()
	o := bareOffice(t)
	o.site, o.receiver = newSite(t), newReceiver(t)
	o.startNodes(n)
	during, _ := asked(t)
	o.ballast = smallDisk(t, filepath.Join(o.dir, "office-data"), during)
	o.write("rules.yaml", rulesText)
	for _, name := range rooms() {
		o.open(name)
	}
	for _, name := range rooms() {
		o.untilReady(name, 40*time.Second)
	}
	return o
}

// open starts a room.
func (o *office) open(name string) {
	o.t.Helper()
	o.listens[name] = fmt.Sprintf("127.0.0.1:%d", freePort(o.t))
	o.configure(name)
	o.add(name, func() *exec.Cmd { return o.room(name) })
}

// bareOffice is one of which nothing runs yet.
func bareOffice(t *testing.T) *office {
	t.Helper()
	return &office{
		t: t, dir: t.TempDir(), binary: binary(t),
		ports: map[string]int{}, all: map[string]*process{}, listens: map[string]string{}, skewed: map[string]bool{},
	}
}

func (o *office) add(name string, command func() *exec.Cmd) {
	p := &process{name: name, command: command}
	o.all[name] = p
	p.run(o.t)
}

// room is the command that starts a room: the built binary, or this one while
// its clock is to be ours.
func (o *office) room(name string) *exec.Cmd {
	target, _, _ := strings.Cut(name, "-")
	if target == "office" {
		target = "notifier,web"
	}
	if o.skewed[name] {
		return self(playRoom + "=" + target + " " + o.path(name+".yaml"))
	}
	return exec.Command(o.binary, "run", "--config", o.path(name+".yaml"), "--target", target)
}

func (o *office) path(name string) string { return filepath.Join(o.dir, name) }

func (o *office) write(name, text string) {
	o.t.Helper()
	if err := os.WriteFile(o.path(name), []byte(text), 0o600); err != nil {
		o.t.Fatal(err)
	}
}

// configure writes a room's file. Definitions are the office's alone.
func (o *office) configure(name string) {
	member, _, _ := strings.Cut(name, "-")
	text := fmt.Sprintf(`
office: {name: 演练中心, contact: 演练}
data: %s-data
listen: %s
bus: {url: "%s", duplicate_window: 1s, nkey_file: %[4]s.nkey, ca_file: ca.crt, cert_file: %[4]s.crt, key_file: %[4]s.key}
record: {key: 0123456789abcdef0123456789abcdef}
crawler: {host_delay: 50ms, visit_timeout: 8s}
`, name, o.listens[name], o.urls, member)
	if member == "office" {
		text += fmt.Sprintf(`
public_url: http://%s
rules: [rules.yaml]
routes: {to: [rules], joins: every} # so that every alert must reach somebody
notifier: {retry: [200ms, 500ms, 1s], workers: 8}
channels:
  - {id: hook, kind: webhook, url: "%s", secret: 0123456789abcdef, timeout: 1500ms}
users: [{id: duty, name: 值班, roles: [officer], contacts: [{channel: hook}]}]
sources:
`, o.listens[name], o.receiver.URL) + o.sources()
		if o.dsn != "" {
			text += fmt.Sprintf("store: {dsn: \"%s\"}\n", o.dsn)
		}
	}
	o.write(name+".yaml", text)
}

// sources are the lines of the file for them: one for each account of the site.
func (o *office) sources() (lines string) {
	line := func(id string, account int64) string {
		return fmt.Sprintf("  - {id: %s, kind: weibo, base_url: \"%s\", every: %dms, options: {accounts: [\"%d\"], max_pages: 50}}\n", id, o.site.URL, 1000+o.edits, account)
	}
	for i, a := range o.site.accounts {
		lines += line(fmt.Sprintf("feed-%d", i+1), a.UID)
	}
	if lines == "" {
		lines = line("feed", o.site.feed.UID())
	}
	return lines
}

// lookAgain is what an operator does about a source that stopped at a wall:
// its definition is changed and the office started anew, and it is read at once.
func (o *office) lookAgain() {
	o.edits++
	o.configure("office")
	o.all["office"].kill()
}

// startNodes starts the message server as deploy/nats describes it: one node, or
// a cluster of three.
func (o *office) startNodes(n int) {
	o.t.Helper()
	var urls []string
	for i := range n {
		name := fmt.Sprintf("node-%d", i+1)
		o.nodes = append(o.nodes, name)
		o.ports[name], o.ports[name+" route"] = freePort(o.t), freePort(o.t)
		urls = append(urls, fmt.Sprintf("tls://127.0.0.1:%d", o.ports[name]))
	}
	o.urls = strings.Join(urls, ",")
	env := o.keys()
	for i, name := range o.nodes {
		o.clusterFile(name)
		file := o.path(name + ".conf")
		o.add(name, func() *exec.Cmd {
			return self(append(env, playNode+"="+file, fmt.Sprintf("NATS_NAME=nats-%d", i+1))...)
		})
	}
	for _, name := range o.nodes {
		o.until(fmt.Sprint(name, " listens"), 30*time.Second, func() bool {
			conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", o.ports[name]))
			if err == nil {
				conn.Close()
			}
			return err == nil
		})
	}
}

func (o *office) untilReady(name string, limit time.Duration) {
	o.t.Helper()
	o.until(name+" is ready", limit, func() bool {
		resp, err := http.Get("http://" + o.listens[name] + "/readyz")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

func (o *office) until(what string, limit time.Duration, holds func() bool) {
	o.t.Helper()
	for deadline := time.Now().Add(limit); !holds(); time.Sleep(50 * time.Millisecond) { // processes have their own clock
		if time.Now().After(deadline) {
			for name, p := range o.all {
				o.t.Logf("%s, started %d times, ended by itself %q:\n%s", name, p.starts, p.badly(), p.output.tail(12))
			}
			o.t.Fatalf("not in %v: %s", limit, what)
		}
	}
}

// stop ends everything as an operator does, the message server last.
func (o *office) stop() {
	for _, name := range append(rooms(), o.nodes...) {
		o.all[name].stop()
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// binary is the real program: the one make build made, or one built here.
func binary(t *testing.T) string {
	t.Helper()
	if os.Getenv("HUIYING_BIN") == "built" {
		path, err := filepath.Abs(filepath.Join("..", "..", "..", "bin", "huiying"))
		if err != nil {
			t.Fatal(err)
		}
		return path // by make, of this very tree
	}
	path := filepath.Join(t.TempDir(), "huiying")
	out, err := exec.Command("go", "build", "-tags", "sqlite_fts5", "-o", path, "huiying/cmd/huiying").CombinedOutput()
	if err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return path
}
