package app_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"huiying/internal/drill/replica"
)

// TestDayInBrowser plays a working day with the real binary and a real browser:
// a red post is seen, assigned, acknowledged on the phone, answered, returned
// once, released and published, and management finds it in the figures; two
// people race, a rule is written and published, the server is killed under an
// open page. The script tells the story (day.mjs); this side is the outside
// world it asks for.
func TestDayInBrowser(t *testing.T) {
	script := needScript(t, "day.mjs")
	day := newDay(t)
	day.play(script, map[string]any{"people": day.words, "slow": patience}, day.grant)
	day.end()
	verifyRecord(t, catalogue(t), filepath.Join(day.dir, office))
}

// chromium is where Debian puts it.
const chromium = "/usr/bin/chromium"

// needScript skips without a browser, by name; REQUIRE_E2E=1 turns the skip
// into a failure.
func needScript(t *testing.T, name string) string {
	t.Helper()
	dir, err := filepath.Abs("../web/assets/e2e")
	if err != nil {
		t.Fatal(err)
	}
	for path, what := range map[string]string{
		chromium: "is not installed",
		filepath.Join(dir, "node_modules/playwright-core"): "is missing: run npm ci in internal/web/assets/e2e",
		filepath.Join(dir, "..", "dist", "manifest.json"):  "is missing: run make assets",
	} {
		if _, err := os.Stat(path); err == nil {
			continue
		}
		if os.Getenv("REQUIRE_E2E") == "1" {
			t.Fatalf("REQUIRE_E2E=1, but %s %s", path, what)
		}
		t.Skipf("SKIPPED browser test: %s %s", path, what)
	}
	return filepath.Join(dir, name)
}

// stage is the real binary, as a script tells a story with it.
type stage struct {
	*killRig
	cmd    *exec.Cmd
	output *tail
}

func newStage(t *testing.T) *stage {
	t.Helper()
	return &stage{killRig: &killRig{t: t, binary: binary(t), dir: t.TempDir(), listen: freeAddress(t)}}
}

func (s *stage) up() {
	s.t.Helper()
	s.cmd, s.output = s.start()
	s.untilReady(s.output)
}

// end stops the binary as an operator does.
func (s *stage) end() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		s.t.Fatalf("the clean stop failed: %v\n%s", err, s.output.tail())
	}
}

// play runs a script to its end and grants what it asks for.
func (s *stage) play(script string, job map[string]any, grant func(wish) any) {
	s.t.Helper()
	job["base"], job["chromium"] = "http://"+s.listen, chromium
	raw, err := json.Marshal(job)
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.CommandContext(s.t.Context(), "node", script, string(raw))
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.listenTo(out, in, grant)
	if err := cmd.Wait(); err != nil {
		s.t.Fatalf("%v\n%s\nthe server said:\n%s", err, errs.String(), s.output.tail())
	}
}

// wish is what a script asks of the world outside; Ask "" is to be noted.
type wish struct{ Ask, Text, ID string }

func (s *stage) listenTo(out io.Reader, in io.Writer, grant func(wish) any) {
	s.t.Helper()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var w wish
		if err := json.Unmarshal(lines.Bytes(), &w); err != nil {
			s.t.Errorf("the script says %s", lines.Text())
			continue
		}
		if w.Ask == "" {
			s.t.Log(w.Text)
			continue
		}
		answer, err := json.Marshal(grant(w))
		if err == nil {
			_, err = fmt.Fprintf(in, "%s\n", answer)
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// day is an office at the beginning of its day, and the world around it.
type day struct {
	*stage
	hook  *hook
	words map[string]string // passwords by account
}

func newDay(t *testing.T) *day {
	t.Helper()
	feed, err := replica.NewFeed(t.Context(), replica.FeedOptions{PerPage: 50})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = feed.Close() })
	d := &day{stage: newStage(t), hook: newHook(t)}
	d.feed = feed
	d.write("rules.yaml", `
rules:
  - {id: r-outage, name: 系统瘫痪, level: red, when: 系统瘫痪}
  - {id: r-queue, name: 排队过长, level: yellow, when: 排队}
`)
	d.write(office, fmt.Sprintf(`
office: {name: 演练中心}
data: data
listen: %s
public_url: http://%s
crawler: {host_delay: 50ms, hold_older: 0s}
notifier: {default: [officer]}
rules: [rules.yaml]
units: [{id: u-hall, name: 政务大厅, aliases: [大厅], keywords: [窗口, 叫号, 取号]}, {id: u-office, name: 办公室}]
channels:
  - {id: hook, kind: webhook, url: "%s", secret: 0123456789abcdef}
  - {id: desk, kind: webhook, url: "%s", secret: 0123456789abcdef}
users:
  - {id: officer, name: 值班甲, unit: u-office, roles: [officer], contacts: [{channel: desk}]}
  - {id: officer2, name: 值班乙, unit: u-office, roles: [officer]}
  - {id: hall, name: 大厅承办, unit: u-hall, roles: [responder], contacts: [{channel: hook}]}
  - {id: reviewer, name: 审核, unit: u-office, roles: [reviewer]}
  - {id: head, name: 领导, unit: u-office, roles: [manager]}
  - {id: root, name: 管理, roles: [admin]}
sources:
  - {id: feed, kind: weibo, base_url: %s, every: 1s, options: {accounts: ["%d"], max_pages: 2}}
`, d.listen, d.listen, d.hook.URL, newHook(t).URL, feed.URL, feed.UID()))
	d.up()
	d.end() // so that the accounts are there and links can be made for them
	d.words = map[string]string{}
	for _, id := range []string{"officer", "officer2", "hall", "reviewer", "head", "root"} {
		d.words[id] = d.link(id)
	}
	d.up()
	for id, link := range d.words {
		d.words[id] = d.choose(link)
	}
	return d
}

// link asks the stopped service's command for a link that sets a password.
func (d *day) link(id string) string {
	d.t.Helper()
	out, err := exec.Command(d.binary, "user", "link", "--config", filepath.Join(d.dir, office), id).Output()
	if err != nil {
		d.t.Fatalf("user link: %v %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// choose sets a password by the link.
func (d *day) choose(link string) string {
	d.t.Helper()
	const password = "korrekt-pferd-batterie"
	resp, err := http.PostForm(link, url.Values{"password": {password}, "again": {password}})
	if err != nil {
		d.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		d.t.Fatalf("%s: %s", link, resp.Status)
	}
	return password
}

// patience is how many times the promised two seconds a shared machine gets
// before the test fails.
const patience = 3

// grant is the world outside.
func (d *day) grant(w wish) any {
	d.t.Helper()
	switch w.Ask {
	case "publish":
		id, err := d.feed.Append(w.Text)
		if err != nil {
			d.t.Fatal(err)
		}
		return map[string]string{"id": id}
	case "served":
		for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			for _, s := range d.feed.World.Served() {
				if s.ID == replica.NativeID(w.ID) {
					return map[string]int64{"at": s.First.UnixMilli()}
				}
			}
		}
		d.t.Fatalf("%s was never served", w.ID)
	case "alert":
		a := d.hook.next(d.t)
		return map[string]string{"link": a.Link, "case": a.CaseNo}
	case "kill":
		if err := d.cmd.Process.Kill(); err != nil {
			d.t.Fatal(err)
		}
		_ = d.cmd.Wait() // "signal: killed"
		return struct{}{}
	case "start":
		d.up()
		return struct{}{}
	}
	d.t.Fatalf("the script asks for %q", w.Ask)
	return nil
}
