package app_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/app"
	"huiying/internal/app/tool"
	"huiying/internal/locale"
)

// TestLoop plays the main job on saved answers: a static server replays them
// as the base_url of a Weibo and of a portal source; the alert reaches the
// webhook, is acknowledged through its link, and the case goes through draft,
// review by a second person, publication and closing over HTTP; the record
// verifies at the end.
func TestLoop(t *testing.T) {
	site := newSavedSite(t)
	hook := newHook(t)
	a, c := startLoop(t, site.URL, hook.URL)
	words := catalogue(t)

	card := hook.next(t)
	if card.CaseNo == "" || card.Link == "" {
		t.Fatalf("the alert names no case or link: %+v", card)
	}
	acknowledge(t, card.Link)

	hall, review := signIn(t, a, "hall"), signIn(t, a, "review")
	one := hall.wait(t, card.CaseNo, huiying.StateHandling)
	const reply = "经核查，已增开窗口，感谢监督。"
	one = hall.act(t, one, "submit", map[string]string{"text": reply, "checked": "true"})
	hall.refused(t, one, "approve", map[string]string{"secrecy": "true", "business": "true"})
	one = review.act(t, one, "approve", map[string]string{"secrecy": "true", "business": "true"})
	published := map[string]string{"url": "https://example.gov.cn/1", "at": time.Now().Format(time.RFC3339), "text": reply}
	hall.refused(t, one, "publish", map[string]string{"url": published["url"], "at": published["at"], "text": "改过的文稿"})
	one = hall.act(t, one, "publish", published)
	one = hall.act(t, one, "close", map[string]string{})
	if one.State != huiying.StateClosed {
		t.Errorf("the case ends as %s", one.State)
	}
	if err := a.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	verifyRecord(t, words, c)
	tampered(t, words, c)
	fastEnough(t, filepath.Join(filepath.Dir(c), "data", "huiying.db"))
}

// fastEnough checks that the first alert was in the receiver's hands within a
// second of its post being collected; the race detector gets five.
func fastEnough(t *testing.T, database string) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+database+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var took int64
	err = db.QueryRow(`SELECT d.accepted_at - a.accepted_at FROM deliveries d JOIN alerts a ON a.id = d.alert_id
		WHERE d.accepted_at > 0 ORDER BY d.accepted_at LIMIT 1`).Scan(&took)
	if err != nil {
		t.Fatal(err)
	}
	limit := time.Second
	if raceDetector {
		limit = 5 * time.Second
	}
	if took > limit.Microseconds() {
		t.Errorf("the first alert took %d µs from collection to the receiver", took)
	}
}

func startLoop(t *testing.T, site, hook string) (a *app.App, file string) {
	t.Helper()
	dir := t.TempDir()
	return boot(t, dir, files{
		"rules.yaml": "rules:\n  - {id: r-all, name: 来信与微博, level: orange, notify: [u-hall], when: 'kind:letter OR platform:weibo'}\n",
		office: fmt.Sprintf(`
data: data
listen: 127.0.0.1:0
crawler: {host_delay: 1ms, hold_older: 0s}
rules: [rules.yaml]
units: [{id: u-hall, name: 大厅}, {id: u-office, name: 办公室}]
channels: [{id: hook, kind: webhook, url: "%s"}]
users:
  - {id: hall, name: 承办, unit: u-hall, roles: [responder], contacts: [{channel: hook}]}
  - {id: review, name: 审核, unit: u-office, roles: [reviewer, manager]}
sources:
  - {id: office, kind: weibo, base_url: "%s", every: 1s, options: {accounts: ["1000001"]}}
  - {id: letters, kind: portal, base_url: "%s", every: 1s, options: {profile: beijing-letters}}
`, hook, site, site),
	}), filepath.Join(dir, office)
}

func verifyRecord(t *testing.T, words *locale.Catalogue, file string) {
	t.Helper()
	var out, said bytes.Buffer
	s := tool.Streams{Out: &out, Err: &said, Words: words, Lang: locale.English}
	if err := tool.AuditVerify(t.Context(), s, tool.ListOptions{Where: app.Where{ConfigFile: file}}); err != nil {
		t.Errorf("audit verify: %v\n%s%s", err, out.String(), said.String())
	}
}

// savedSite replays saved answers of m.weibo.cn and of a letters portal.
type savedSite struct {
	*httptest.Server
	timeline, extend []byte
	letters          map[string][]byte // by original id
}

// newSavedSite takes the real saved answers when they lie beside the project,
// and those of the parsers' own tests otherwise.
func newSavedSite(t *testing.T) *savedSite {
	t.Helper()
	s := &savedSite{letters: map[string][]byte{}}
	shared := filepath.Join("..", "..", "..", "shared", "fixtures")
	timeline := filepath.Join(shared, "weibo-m", "getIndex_107603_timeline.json")
	extend := filepath.Join(shared, "weibo-m", "statuses_extend_longtext_a.json")
	letters := filepath.Join(shared, "gov-letters", "*.html")
	if _, err := os.Stat(timeline); err != nil {
		t.Log("the shared fixtures are absent: replaying the parsers' own saved pages")
		timeline = filepath.Join("..", "..", "crawler", "weibo", "mobile", "testdata", "timeline.json")
		extend = filepath.Join("..", "..", "crawler", "weibo", "mobile", "testdata", "extend.json")
		letters = filepath.Join("..", "..", "crawler", "portal", "site", "testdata", "letter_[ot]*.html")
	}
	s.timeline, s.extend = read(t, timeline), read(t, extend)
	files, err := filepath.Glob(letters)
	if err != nil || len(files) == 0 {
		t.Fatalf("no letters: %v", err)
	}
	for i, f := range files {
		s.letters[fmt.Sprintf("AH2611230%04d", i)] = read(t, f)
	}
	s.Server = httptest.NewServer(http.HandlerFunc(s.answer))
	t.Cleanup(s.Close)
	return s
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (s *savedSite) answer(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasSuffix(r.URL.Path, "/api/container/getIndex") && r.URL.Query().Get("page") == "" && r.URL.Query().Get("since_id") == "":
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = w.Write(s.timeline)
	case strings.HasSuffix(r.URL.Path, "/api/container/getIndex"):
		_, _ = io.WriteString(w, `{"ok":0,"msg":"这里还没有内容","data":{"cards":[]}}`)
	case strings.HasSuffix(r.URL.Path, "/statuses/extend"):
		_, _ = w.Write(s.extend)
	case strings.Contains(r.URL.Path, "letterListJson"):
		_, _ = io.WriteString(w, s.list())
	case strings.Contains(r.URL.Path, "com.web."):
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write(s.letters[r.URL.Query().Get("originalId")])
	default:
		http.NotFound(w, r)
	}
}

// list is the portal's list in its JavaScript object text.
func (s *savedSite) list() string {
	var rows []string
	for id := range s.letters {
		rows = append(rows, fmt.Sprintf(`{letterType:'1',letterTypeName:'咨询',letterTitle:'来信',showLetterTitle:'来信',writeDate:'2026-11-23',orgNames:'',showOrgNames:'',originalId:'%s'}`, id))
	}
	return fmt.Sprintf("{page:{pageNo:1,totalCount:%d,totalPages:1,pageSize:%d},result:[%s]}", len(rows), len(rows), strings.Join(rows, ","))
}

// alert is what the webhook gets, as far as this test reads it.
type alert struct {
	CaseNo string `json:"case_no"`
	Link   string `json:"link"`
}

type hook struct {
	*httptest.Server
	alerts chan alert
}

func newHook(t *testing.T) *hook {
	h := &hook{alerts: make(chan alert, 1000)}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		var a alert
		if err == nil {
			err = json.Unmarshal(raw, &a)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		h.alerts <- a
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hook) next(t *testing.T) alert {
	t.Helper()
	select {
	case a := <-h.alerts:
		return a
	case <-time.After(60 * time.Second):
		t.Fatal("no alert in a minute")
	}
	return alert{}
}

// acknowledge opens the link, which must change nothing, and presses the
// button.
func acknowledge(t *testing.T, link string) {
	t.Helper()
	for range 2 { // a preview opens links as often as it likes
		resp, err := http.Get(link)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(`value="ack"`)) {
			t.Fatalf("the card: %s\n%s", resp.Status, body)
		}
	}
	resp, err := http.PostForm(link, url.Values{"action": {"ack"}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode >= http.StatusBadRequest {
		t.Fatalf("acknowledge: %s", resp.Status)
	}
}

// browser is one signed-in person over the API.
type browser struct {
	base   string
	client *http.Client
}

func signIn(t *testing.T, a *app.App, id string) *browser {
	t.Helper()
	path, err := a.SignInLink(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{base: "http://" + a.Addr(), client: &http.Client{Jar: jar}}
	resp, err := b.client.PostForm(b.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("sign-in of %s: %s", id, resp.Status)
	}
	return b
}

func (b *browser) do(t *testing.T, method, path string, body any) (int, []byte) {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, b.base+path, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := b.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, answer
}

func (b *browser) wait(t *testing.T, no string, state huiying.CaseState) huiying.Case {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		status, raw := b.do(t, http.MethodGet, "/api/v1/cases/"+no, nil)
		var got struct{ Case huiying.Case }
		if status != http.StatusOK || json.Unmarshal(raw, &got) != nil {
			t.Fatalf("case %s: %d %s", no, status, raw)
		}
		if got.Case.State == state {
			return got.Case
		}
		if time.Now().After(deadline) {
			t.Fatalf("case %s is %s, want %s", no, got.Case.State, state)
		}
	}
}

func (b *browser) step(t *testing.T, c huiying.Case, action string, fields map[string]string) (int, []byte) {
	return b.do(t, http.MethodPost, "/api/v1/cases/"+c.No+"/actions", map[string]any{
		"action": action, "version": c.Version, "fields": fields,
	})
}

func (b *browser) act(t *testing.T, c huiying.Case, action string, fields map[string]string) huiying.Case {
	t.Helper()
	for range 5 {
		status, raw := b.step(t, c, action, fields)
		if status == http.StatusConflict { // another post joined meanwhile
			c = b.wait(t, c.No, c.State)
			continue
		}
		var got struct{ Case huiying.Case }
		if status != http.StatusOK || json.Unmarshal(raw, &got) != nil || got.Case.No == "" {
			t.Fatalf("%s: %d %s", action, status, raw)
		}
		return got.Case
	}
	t.Fatalf("%s: the case kept changing", action)
	return c
}

func (b *browser) refused(t *testing.T, c huiying.Case, action string, fields map[string]string) {
	t.Helper()
	if status, raw := b.step(t, c, action, fields); status < 400 || status >= 500 {
		t.Errorf("%s was answered %d: %s", action, status, raw)
	}
}
