package app_test

import (
	"bufio"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"huiying/internal/app"
)

// rate is how many posts a second the replica publishes while it is killed.
const rate = 200

// TestKill kills the real binary at every named point between an effect and
// its acknowledgement and at random moments, under 200 posts a second and a
// duplicate window of one second, and restarts it each time. At the end every
// post on the replica's own list is archived, every matching post has its
// alert, every alert is in the receiver's own log, and repeats carry the same
// delivery id.
func TestKill(t *testing.T) {
	t.Parallel()
	points, random := app.Checkpoints(), 4
	if os.Getenv("HUIYING_SOAK") != "" {
		points, random = repeat(points, 3), 20
	} else if testing.Short() {
		t.Skip("kills the real binary for about a minute: not with -short")
	}
	rig := newKillRig(t)
	stop := rig.publish()
	for i, point := range points {
		rig.killAt(fmt.Sprintf("%s:%d", point, 1+i%3))
	}
	for range random {
		rig.killAfter(500*time.Millisecond + randomUpTo(t, 3*time.Second))
	}
	stop()
	rig.finish()
	rig.check()
}

func repeat(list []string, n int) []string {
	var out []string
	for range n {
		out = append(out, list...)
	}
	return out
}

func randomUpTo(t *testing.T, d time.Duration) time.Duration {
	t.Helper()
	n, err := rand.Int(rand.Reader, big.NewInt(int64(d)))
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(n.Int64())
}

// killAt runs the binary until it kills itself at the checkpoint.
func (r *killRig) killAt(checkpoint string) {
	r.t.Helper()
	cmd, output := r.start("--checkpoint", checkpoint)
	if !killed(cmd, 60*time.Second) {
		_ = cmd.Process.Kill()
		r.t.Fatalf("checkpoint %s was not reached in a minute:\n%s", checkpoint, output.tail())
	}
}

// killAfter runs the binary and kills it once it serves and d has passed.
func (r *killRig) killAfter(d time.Duration) {
	r.t.Helper()
	cmd, output := r.start()
	r.untilReady(output)
	time.Sleep(d) // a random moment is the point of this test
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		r.t.Fatal(err)
	}
	_ = cmd.Wait() // "signal: killed"
}

// finish runs the binary unharmed until everything arrived, then stops it.
func (r *killRig) finish() {
	r.t.Helper()
	cmd, output := r.start()
	r.untilReady(output)
	r.settle(cmd, output)
}

// settle waits until everything arrived and stops the binary as an operator
// does.
func (r *killRig) settle(cmd *exec.Cmd, output *tail) {
	r.t.Helper()
	// A machine that does much else takes long; who gets no further is stuck.
	last, moved := "", time.Now()
	for what := r.missing(); what != "" && time.Since(moved) < time.Minute; what = r.missing() {
		if what != last {
			last, moved = what, time.Now()
		}
		time.Sleep(500 * time.Millisecond) // the process under test has its own clock
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		r.t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		r.t.Errorf("the clean stop failed: %v\n%s", err, output.tail())
	}
	if what := r.missing(); what != "" {
		r.t.Errorf("missing at the end: %s\n%s", what, output.tail())
	}
}

func (r *killRig) start(more ...string) (*exec.Cmd, *tail) {
	r.t.Helper()
	args := append([]string{"run", "--config", filepath.Join(r.dir, "huiying.yaml")}, more...)
	cmd := exec.Command(r.binary, args...)
	output := &tail{}
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd, output
}

func (r *killRig) untilReady(output *tail) {
	r.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		resp, err := http.Get("http://" + r.listen + "/readyz")
		if err != nil {
			continue
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return
		}
	}
	r.t.Fatalf("not ready in 30 s:\n%s", output.tail())
}

func (r *killRig) database() *sql.DB {
	r.t.Helper()
	driver, address := "sqlite3", "file:"+filepath.Join(r.dir, "data", "huiying.db")+"?mode=ro&_busy_timeout=5000"
	if r.dsn != "" {
		driver, address = "pgx", r.dsn
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		r.t.Fatal(err)
	}
	return db
}

func (r *killRig) ids(db *sql.DB, query string) map[string]int {
	rows, err := db.Query(query)
	if err != nil {
		r.t.Fatal(err)
	}
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			r.t.Fatal(err)
		}
		out[id]++
	}
	if err := rows.Err(); err != nil {
		r.t.Fatal(err)
	}
	return out
}

// missing says what is on the outside's own lists and not inside, or the other
// way round; "" when all is there.
func (r *killRig) missing() string {
	db := r.database()
	defer db.Close()
	archived := r.ids(db, `SELECT id FROM posts`)
	alerted := r.ids(db, `SELECT post_id FROM alerts`)
	var what []string
	posts, alerts := 0, 0
	for _, id := range r.feed.Published() {
		if archived[id] == 0 {
			posts++
		}
		if _, want := r.matching.Load(id); want && alerted[id] == 0 {
			alerts++
		}
	}
	if posts > 0 {
		what = append(what, fmt.Sprintf("%d of %d posts not archived", posts, r.feed.Len()))
	}
	if alerts > 0 {
		what = append(what, fmt.Sprintf("%d matching posts without alert", alerts))
	}
	deliveries := 0
	for id := range r.ids(db, `SELECT id FROM deliveries`) {
		if r.receiver.count(id) == 0 {
			deliveries++
		}
	}
	if deliveries > 0 {
		what = append(what, fmt.Sprintf("%d deliveries never received", deliveries))
	}
	return strings.Join(what, ", ")
}

// check compares what is stored with what was published and received.
func (r *killRig) check() {
	r.t.Helper()
	db := r.database()
	defer db.Close()
	for id, n := range r.ids(db, `SELECT post_id || '/' || rule || '/' || level FROM alerts`) {
		if n > 1 {
			r.t.Errorf("%d alerts for one cause: %s", n, id)
		}
	}
	for id, n := range r.ids(db, `SELECT alert_id || '/' || person || '/' || channel FROM deliveries`) {
		if n > 1 {
			r.t.Errorf("%d deliveries for one cause: %s", n, id)
		}
	}
	// What the service says of itself, of a source that a slow machine left silent, is no post.
	for id := range r.ids(db, `SELECT post_id FROM alerts WHERE post_id NOT LIKE 'system:%'`) {
		if _, want := r.matching.Load(id); !want {
			r.t.Errorf("alert for %s, which matches nothing", id)
		}
	}
	known := r.ids(db, `SELECT id FROM deliveries`)
	repeats := 0
	for id, n := range r.receiver.all() {
		if known[id] == 0 && r.earlier[id] == 0 {
			r.t.Errorf("the receiver has %s, which the outbox does not know: %s", id, r.receiver.body(id))
		}
		repeats += n - 1
	}
	r.t.Logf("%d posts, %d alerts received, %d of them again under the same delivery id", r.feed.Len(), len(known), repeats)
	out, err := exec.Command(r.binary, "audit", "verify", "--config", filepath.Join(r.dir, "huiying.yaml")).CombinedOutput()
	if err != nil {
		r.t.Errorf("audit verify: %v\n%s", err, out)
	}
}

// killed waits until the process has died of SIGKILL.
func killed(cmd *exec.Cmd, limit time.Duration) bool {
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			return false
		}
		status, ok := exit.Sys().(syscall.WaitStatus)
		return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
	case <-time.After(limit):
		return false
	}
}

// alertLog is a webhook receiver with its own list.
type alertLog struct {
	*httptest.Server
	mu   sync.Mutex
	seen map[string]int
	said map[string]string // body by delivery
}

func newAlertLog(t *testing.T) *alertLog {
	l := &alertLog{seen: map[string]int{}, said: map[string]string{}}
	l.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		l.mu.Lock()
		l.seen[r.Header.Get("X-Huiying-Delivery")]++
		l.said[r.Header.Get("X-Huiying-Delivery")] = string(body)
		l.mu.Unlock()
	}))
	t.Cleanup(l.Close)
	return l
}

func (l *alertLog) count(id string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seen[id]
}

func (l *alertLog) body(id string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.said[id]
}

func (l *alertLog) all() map[string]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make(map[string]int, len(l.seen))
	for id, n := range l.seen {
		out[id] = n
	}
	return out
}

// tail keeps the last lines a process printed.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - 16<<10; over > 0 {
		t.text = t.text[over:]
	}
	return len(p), nil
}

func (t *tail) tail() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var lines []string
	for s := bufio.NewScanner(strings.NewReader(string(t.text))); s.Scan(); {
		lines = append(lines, s.Text())
	}
	return strings.Join(lines[max(0, len(lines)-40):], "\n")
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// binary is the real program: the one make build made, or one built here.
func binary(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "bin", "huiying"))
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("HUIYING_BIN") == "built" {
		return path // by make, of this very tree
	}
	path = filepath.Join(t.TempDir(), "huiying")
	out, err := exec.Command("go", "build", "-tags", "sqlite_fts5", "-o", path, "huiying/cmd/huiying").CombinedOutput()
	if err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return path
}
