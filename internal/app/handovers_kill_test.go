package app_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"huiying/crawler/intake/push"
)

// TestKillHandOver kills the real binary right after it has answered a push,
// while it reads the watched folder and while it relays. At the end every
// hand-over that was answered or laid in is archived, once.
func TestKillHandOver(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("kills the real binary several times: not with -short")
	}
	rig := &killRig{t: t, binary: binary(t), dir: t.TempDir(), listen: freeAddress(t)}
	rig.write("secret", pushSecret)
	rig.write("huiying.yaml", fmt.Sprintf(`
data: data
listen: %s
bus: {duplicate_window: 1s}
sources:
  - {id: mailbox, kind: intake, every: 1h, options: {platform: mailbox, secret_file: secret}}
  - {id: hotline, kind: intake, every: 1s, options: {platform: hotline, folder: folder}}
`, rig.listen))
	var sheet strings.Builder
	sheet.WriteString("工单编号,诉求内容,受理时间\n")
	want := map[string]int{}
	for i := range 2000 {
		fmt.Fprintf(&sheet, "R%d,第 %d 户暖气不热,2026-01-05\n", i, i)
		want[fmt.Sprintf("hotline:R%d", i)] = 1
	}
	lay(t, filepath.Join(rig.dir, "folder", "a.csv"), sheet.String())
	const rounds = 4
	for round := range rounds + 1 {
		cmd, output := rig.start()
		rig.untilReady(output)
		for n := range 5 {
			id := fmt.Sprintf("X%d-%d", round, n)
			rig.push(id)
			want["mailbox:"+id] = 1
		}
		if round == rounds {
			rig.arrived(len(want), output)
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			break
		}
		time.Sleep(time.Duration(round) * 700 * time.Millisecond) // at once, and later and later
		if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // "signal: killed"
	}
	db := rig.database()
	defer db.Close()
	got := rig.ids(db, `SELECT id FROM posts`)
	for id := range want {
		if got[id] != 1 {
			t.Errorf("%s is archived %d times", id, got[id])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d archived of %d", len(got), len(want))
	}
	if done, err := filepath.Glob(filepath.Join(rig.dir, "folder", "done", "*")); err != nil || len(done) != 1 {
		t.Errorf("done: %v %v", done, err)
	}
}

// push hands one over and waits for the answer.
func (r *killRig) push(number string) {
	r.t.Helper()
	body := fmt.Sprintf(`{"number":%q,"text":"路灯不亮","time":"2026-01-05"}`, number)
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, "http://"+r.listen+"/intake/mailbox", strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	req.Header.Set(push.HeaderTimestamp, stamp)
	req.Header.Set(push.HeaderSignature, push.Sign(pushSecret, stamp, []byte(body)))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		r.t.Fatalf("push of %s: %s", number, resp.Status)
	}
}

// arrived waits until n posts are archived and the folder is done.
func (r *killRig) arrived(n int, output *tail) {
	r.t.Helper()
	db := r.database()
	defer db.Close()
	for end := time.Now().Add(90 * time.Second); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		done, _ := filepath.Glob(filepath.Join(r.dir, "folder", "done", "*"))
		if len(r.ids(db, `SELECT id FROM posts`)) >= n && len(done) > 0 {
			return
		}
	}
	r.t.Errorf("not all arrived:\n%s", output.tail())
}
