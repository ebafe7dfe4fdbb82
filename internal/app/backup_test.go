package app_test

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiying/internal/drill/replica"
)

// TestBackupUnderLoad backs the real binary up under 200 posts a second, kills
// it, restores elsewhere and starts. First against a site that has nothing any
// more, so that nothing can be read anew: whatever was accepted before the
// backup began is there. Then against the real one: everything arrives, nothing
// twice, under the same delivery ids.
func TestBackupUnderLoad(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs the real binary for half a minute: not with -short")
	}
	rig := newKillRig(t)
	stop := rig.publish()
	cmd, output := rig.start()
	rig.untilReady(output)
	rig.untilAccepted(600)
	accepted := rig.accepted()
	before := rig.kept()

	dir := filepath.Join(t.TempDir(), "backup")
	began := time.Now()
	rig.command("backup", dir, "--config", filepath.Join(rig.dir, "huiying.yaml"))
	t.Logf("backed up in %v under load", time.Since(began).Round(time.Millisecond))
	rig.publishedFor(time.Second) // what comes later is not in it
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // "signal: killed"
	stop()
	sent := rig.receiver.all()

	alone := rig.elsewhere("alone", emptyFeed(t))
	alone.command("restore", dir, "--config", filepath.Join(alone.dir, "huiying.yaml"))
	alone.holds(before, accepted)

	full := rig.elsewhere("full", rig.feed)
	full.earlier = sent
	full.command("restore", dir, "--config", filepath.Join(full.dir, "huiying.yaml"))
	full.finish()
	full.check()
	full.again(sent, before["deliveries"])
}

// again says how much of what went out before the restore stands in the record
// now: all that went out before the backup, and of the rest all but what depends
// on the moment, such as which alerts of a case were told together.
func (r *killRig) again(sent, before map[string]int) {
	r.t.Helper()
	now := r.kept()["deliveries"]
	gone := 0
	for id := range sent {
		if now[id] == 0 {
			gone++
			r.t.Logf("sent after the backup, decided anew: %s", r.receiver.body(id))
		}
		if before[id] > 0 && now[id] != 1 {
			r.t.Errorf("delivery %s was there before the backup and stands there %d times", id, now[id])
		}
	}
	if gone*10 > len(sent) {
		r.t.Errorf("%d of %d deliveries have another id now", gone, len(sent))
	}
}

// kept is what the database has acknowledged to somebody, by table.
func (r *killRig) kept() map[string]map[string]int {
	db := r.database()
	defer db.Close()
	return map[string]map[string]int{
		"posts": r.ids(db, `SELECT id FROM posts`), "alerts": r.ids(db, `SELECT id FROM alerts`), "deliveries": r.ids(db, `SELECT id FROM deliveries`),
		"cases": r.ids(db, `SELECT no FROM cases`), "record": r.ids(db, `SELECT hash FROM record`),
	}
}

// holds runs the restored service and checks that it has what was kept, as many
// posts as were accepted, and no case twice.
func (r *killRig) holds(before map[string]map[string]int, accepted int) {
	r.t.Helper()
	cmd, output := r.start()
	r.untilReady(output)
	for deadline := time.Now().Add(time.Minute); len(r.kept()["posts"]) < accepted && time.Now().Before(deadline); {
		time.Sleep(200 * time.Millisecond) // the process under test has its own clock
	}
	now := r.kept()
	if n := len(now["posts"]); n < accepted {
		r.t.Errorf("%d posts of %d that were accepted before the backup", n, accepted)
	}
	for table, ids := range before {
		for id := range ids {
			if now[table][id] != 1 {
				r.t.Errorf("%s has %s %d times", table, id, now[table][id])
			}
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		r.t.Fatal(err)
	}
	_ = cmd.Wait()
	r.t.Logf("before the backup: %d accepted, %d posts, %d alerts, %d cases; restored: %d posts", accepted, len(before["posts"]), len(before["alerts"]), len(before["cases"]), len(now["posts"]))
	r.command("audit", "verify", "--config", filepath.Join(r.dir, "huiying.yaml"))
}

// elsewhere is another folder with the same configuration, reading feed.
func (r *killRig) elsewhere(name string, feed *replica.Feed) *killRig {
	r.t.Helper()
	other := &killRig{t: r.t, binary: r.binary, dir: filepath.Join(r.t.TempDir(), name), listen: freeAddress(r.t), feed: r.feed, by: r.by, receiver: r.receiver}
	r.matching.Range(func(k, v any) bool { other.matching.Store(k, v); return true })
	if err := os.MkdirAll(other.dir, 0o700); err != nil {
		r.t.Fatal(err)
	}
	for _, file := range []string{"huiying.yaml", "rules.yaml"} {
		raw, err := os.ReadFile(filepath.Join(r.dir, file))
		if err != nil {
			r.t.Fatal(err)
		}
		text := strings.NewReplacer(r.listen, other.listen, r.feed.URL, feed.URL, strconv.FormatInt(r.feed.UID(), 10), strconv.FormatInt(feed.UID(), 10)).Replace(string(raw))
		other.write(file, text)
	}
	return other
}

// command runs the binary and wants it to end well.
func (r *killRig) command(args ...string) {
	r.t.Helper()
	out, err := exec.Command(r.binary, args...).CombinedOutput()
	if err != nil {
		r.t.Fatalf("huiying %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func (r *killRig) publishedFor(d time.Duration) { time.Sleep(d) } // posts keep coming meanwhile

// accepted is how many posts the service says were handed on.
func (r *killRig) accepted() int {
	r.t.Helper()
	resp, err := http.Get("http://" + r.listen + "/metrics")
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	for s := bufio.NewScanner(resp.Body); s.Scan(); {
		if line, ok := strings.CutPrefix(s.Text(), `huiying_crawler_posts_accepted_total{source="feed"} `); ok {
			n, err := strconv.ParseFloat(line, 64)
			if err != nil {
				r.t.Fatal(err)
			}
			return int(n)
		}
	}
	return 0
}

func (r *killRig) untilAccepted(n int) {
	r.t.Helper()
	for deadline := time.Now().Add(90 * time.Second); r.accepted() < n; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("%d accepted in a minute and a half, want %d", r.accepted(), n)
		}
	}
}

// emptyFeed is the site with nothing on it.
func emptyFeed(t *testing.T) *replica.Feed {
	t.Helper()
	feed, err := replica.NewFeed(t.Context(), replica.FeedOptions{PerPage: 1000})
	if err != nil {
		t.Fatal(fmt.Errorf("empty feed: %w", err))
	}
	t.Cleanup(func() { _ = feed.Close() })
	return feed
}
