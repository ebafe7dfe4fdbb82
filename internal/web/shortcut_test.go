package web_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store/browsers"
)

// pushKey is the public key of RFC 8292's example.
const pushKey = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs"

// browserDesk names the channel, as the application does.
type browserDesk struct{ *browsers.Book }

func (d browserDesk) Add(ctx context.Context, n query.NewBrowser) error {
	n.Channel = "browser"
	return d.Book.Add(ctx, n)
}

func (w *world) offer() (query.PushOffer, error) {
	return query.PushOffer{Channel: "browser", Key: pushKey}, nil
}

// The application starts where the person's work is; its icons are there.
func TestManifest(t *testing.T) {
	s := newSeeded(t)
	for who, start := range map[string]string{"officer": "/alerts", "hall": "/alerts", "admin": "/", "": "/"} {
		res := s.as(who).get("/manifest.webmanifest")
		var m struct {
			ID, Name, Display, Lang string
			StartURL                string `json:"start_url"`
			Icons                   []struct{ Src, Sizes, Type, Purpose string }
		}
		if err := json.Unmarshal([]byte(res.body), &m); err != nil {
			t.Fatal(err)
		}
		if m.StartURL != start || m.ID != "/" || m.Display != "standalone" || m.Lang != "zh-CN" || m.Name == "" || !strings.HasPrefix(res.header.Get("Content-Type"), "application/manifest+json") {
			t.Errorf("%s: %+v", who, m)
		}
		for _, i := range m.Icons {
			if got := s.as("").get(i.Src); got.status != http.StatusOK || got.header.Get("Content-Type") != i.Type {
				t.Errorf("%s: %d %s", i.Src, got.status, got.header.Get("Content-Type"))
			}
		}
	}
}

// The worker has the whole site as its scope and keeps one page, which holds
// nothing of anybody and stands alone under its own policy.
func TestWorkerAndOfflinePage(t *testing.T) {
	s := newSeeded(t)
	res := s.as("officer").get("/sw.js")
	if res.status != http.StatusOK || !strings.HasPrefix(res.header.Get("Content-Type"), "text/javascript") || res.header.Get("Service-Worker-Allowed") != "/" || res.header.Get("Cache-Control") != "no-cache" {
		t.Errorf("%d %v", res.status, res.header)
	}
	if n := strings.Count(res.body, "kept.add"); n != 1 || strings.Contains(res.body, "cache.put") || strings.Contains(res.body, "kept.put") {
		t.Error("the worker keeps more than the page for a network that is gone")
	}
	page := s.as("officer").get("/offline")
	for _, want := range []string{"网络已断开", "No network", `lang="en"`} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page.body, "周值班") || strings.Contains(page.body, "/assets/") || strings.Contains(page.body, "<script") {
		t.Error("the page does not stand alone")
	}
	if csp := page.header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'; style-src 'sha256-") {
		t.Errorf("policy %q", csp)
	}
}

// People turn a browser on and off for themselves, try their own contacts and
// nobody else's, and are told when a browser is the only way.
func TestContacts(t *testing.T) {
	s := newSeeded(t)
	b := s.as("hall")
	if body := b.get("/me").body; !strings.Contains(body, `data-push="`+pushKey+`"`) || !strings.Contains(body, "hook") || strings.Contains(body, "唯一的联系方式") {
		t.Error("the offer is not on the page")
	}
	add := url.Values{"action": {"add"}, "endpoint": {"https://push.example/1"}, "key": {"k"}, "auth": {"a"}}
	if res := b.post("/me/contacts", add); res.status != http.StatusSeeOther || !strings.HasPrefix(res.header.Get("Location"), "/me?done=browser_added") {
		t.Fatalf("%d %s", res.status, res.body)
	}
	body := b.get("/me").body
	if !strings.Contains(body, "已开启推送的浏览器") || !strings.Contains(body, `data-endpoint="https://push.example/1"`) || strings.Contains(body, "browsers:hall") {
		t.Error("the browser is not listed")
	}
	s.sending.answer = query.Trial{Channel: "browser", Accepted: true, Code: "201", Sentence: "已送出"}
	if res := b.post("/me/contacts", url.Values{"action": {"test"}, "channel": {"browser"}}); res.status != http.StatusOK || s.sending.tried.Address != huiying.BrowsersOf+"hall" || !strings.Contains(res.body, "已送出") {
		t.Errorf("%d %+v", res.status, s.sending.tried)
	}
	if res := b.post("/me/contacts", url.Values{"action": {"test"}, "channel": {"mail"}}); res.status != http.StatusNotFound {
		t.Errorf("somebody else's contact: %d", res.status)
	}
	list, err := s.browsers.Of(t.Context(), "hall")
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if res := s.as("hrss").post("/me/contacts", url.Values{"action": {"remove"}, "browser": {list[0].ID}}); res.status != http.StatusNotFound {
		t.Errorf("somebody else's browser: %d", res.status)
	}
	b.post("/me/contacts", url.Values{"action": {"order"}, "first": {"1"}})
	if a, err := s.users.ByID(t.Context(), "hall"); err != nil || a.Person.Contacts[0].Channel != "browser" {
		t.Errorf("%+v %v", a.Person.Contacts, err)
	}
	s.must(s.browsers.Gone(t.Context(), list[0].ID, "410"))
	if body := b.get("/me").body; !strings.Contains(body, "推送服务答 410") {
		t.Error("that it is gone is not shown")
	}
	if res := b.post("/me/contacts", url.Values{"action": {"remove"}, "browser": {list[0].ID}}); res.status != http.StatusSeeOther {
		t.Errorf("%d", res.status)
	}
	if res := b.post("/me/contacts", url.Values{"action": {"other"}}); res.status != http.StatusUnprocessableEntity {
		t.Errorf("%d", res.status)
	}
	admin := s.as("reviewer")
	admin.post("/me/contacts", add)
	if !strings.Contains(admin.get("/me").body, "唯一的联系方式") {
		t.Error("a browser alone is not warned of")
	}
}

// In a real browser the worker registers under the policy, the application can
// be installed, and a page without a network says so. No push service can be
// asked from a test: what a worker shows is pushed by the browser's own tools.
func TestShortcutInBrowser(t *testing.T) {
	script := filepath.Join(filepath.Dir(needBrowser(t)), "shortcut.mjs")
	s := newSeeded(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	job, err := json.Marshal(map[string]any{"base": s.http.URL, "cookie": s.session("officer"), "chromium": chromium})
	s.must(err)
	cmd := exec.CommandContext(ctx, "node", script, string(job))
	var errs bytes.Buffer
	cmd.Stderr = &errs
	raw, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, errs.String(), raw)
	}
	var seen struct {
		Wrong, Install []string
		Manifest       string
		Scope          string
		Says           string
		Button         bool
		Size           float64
		Kept           []string
		Offline        string
		Shown          string
	}
	lines := bufio.NewScanner(bytes.NewReader(raw))
	for lines.Scan() {
		s.must(json.Unmarshal(lines.Bytes(), &seen))
	}
	for _, w := range seen.Wrong {
		t.Error(w)
	}
	if len(seen.Install) > 0 {
		t.Errorf("cannot be installed: %v", seen.Install)
	}
	if !strings.HasSuffix(seen.Manifest, "/manifest.webmanifest") || seen.Scope != s.http.URL+"/" {
		t.Errorf("manifest %q, scope %q", seen.Manifest, seen.Scope)
	}
	if !seen.Button || seen.Size < 44 {
		t.Errorf("the button: %v, %.0f high (%s)", seen.Button, seen.Size, seen.Says)
	}
	if len(seen.Kept) != 1 || seen.Kept[0] != s.http.URL+"/offline" {
		t.Errorf("kept on the device: %v", seen.Kept)
	}
	if !strings.Contains(seen.Offline, "网络已断开") {
		t.Errorf("without a network: %q", seen.Offline)
	}
	if seen.Shown != "【红】大厅排队" {
		t.Errorf("shown: %q", seen.Shown)
	}
}
