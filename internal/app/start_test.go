package app_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"huiying/internal/query"
)

// column is a feed with one post that a rule on 中卫 means and one that only
// holds its characters.
func column(t *testing.T) *httptest.Server {
	t.Helper()
	now := time.Now().Format(time.RFC1123Z)
	item := func(n int, title string) string {
		return fmt.Sprintf(`<item><title>%s</title><link>http://town.example/%d</link><guid>%d</guid><pubDate>%s</pubDate><description>%s</description></item>`, title, n, n, now, title)
	}
	body := fmt.Sprintf(rssOf, item(1, "中卫市政务大厅排队两小时")+item(2, "乡镇集中卫生整治，大厅不用排队"))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/feed.xml" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/rss+xml")
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return s
}

// receiver keeps what a webhook was sent.
type receiver struct {
	*httptest.Server
	mu   sync.Mutex
	sent []string
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		raw, _ := io.ReadAll(q.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.sent = append(r.sent, string(raw))
	}))
	t.Cleanup(r.Close)
	return r
}

// with gives the messages that hold a text.
func (r *receiver) with(text string) (out []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.sent {
		if strings.Contains(s, text) {
			out = append(out, s)
		}
	}
	return out
}

// page is one page as a person without scripts sees it.
func (b *browser) page(t *testing.T, path string) string {
	t.Helper()
	resp, err := b.client.Get(b.base + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v\n%s", path, resp.Status, err, raw)
	}
	return string(raw)
}

// form sends a form, follows where it leads and gives the page.
func (b *browser) form(t *testing.T, path string, fields url.Values) (int, string) {
	t.Helper()
	resp, err := b.client.PostForm(b.base+path, fields)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}

// path reads off the page how far each step is.
var pathOf = regexp.MustCompile(`<li class="path-(\w+)"><a href="/start\?step=(\w+)#`)

func (b *browser) path(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, m := range pathOf.FindAllStringSubmatch(b.page(t, "/start"), -1) {
		out[m[2]] = m[1]
	}
	return out
}

func (b *browser) stands(t *testing.T, want string) {
	t.Helper()
	var got string
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		steps := b.path(t)
		got = ""
		for _, key := range []string{query.StepAddress, query.StepPeople, query.StepSource, query.StepRule, query.StepRoster, query.StepDrill} {
			got += " " + steps[key]
		}
		if got = strings.TrimSpace(got); got == want {
			return
		}
		if time.Now().After(deadline) {
			_, raw := b.do(t, http.MethodGet, "/api/v1/sources", nil)
			t.Fatalf("the path stands at %q, want %q\n%s", got, want, raw)
		}
	}
}

// sends a form that must work, and gives the page it leads to.
func (b *browser) sends(t *testing.T, path string, fields url.Values) string {
	t.Helper()
	status, body := b.form(t, path, fields)
	if status != http.StatusOK {
		t.Fatalf("%s %v: %d\n%s", path, fields, status, problemOf(body))
	}
	return body
}

var problemLine = regexp.MustCompile(`(?s)<div class="problem" role="alert">.*?<p>(.*?)</p>`)

func problemOf(body string) string {
	if m := problemLine.FindStringSubmatch(body); m != nil {
		return m[1]
	}
	return ""
}

// The path leads an administrator from an empty office to the receipt of a test
// alert, with forms alone; each step is done when the office is, not before.
func TestSetUpPath(t *testing.T) {
	site, hook := column(t), newReceiver(t)
	dir := t.TempDir()
	laid := files{office: fmt.Sprintf(`
data: data
listen: 127.0.0.1:0
crawler: {host_delay: 1ms, allow_private: [127.0.0.1]}
units: [{id: u-hall, name: 大厅}]
channels: [{id: hook, kind: webhook, url: "%s"}]
users: [{id: root, name: 管理, roles: [admin, officer]}]
`, hook.URL)}
	a := boot(t, dir, laid)
	root := signIn(t, a, "root")
	root.stands(t, "done half todo todo todo todo")
	if body := root.page(t, "/"); !strings.Contains(body, `href="/start?step=people#people"`) {
		t.Error("the empty overview does not lead to the set-up path")
	}
	if body := root.page(t, "/inbox"); !strings.Contains(body, `href="/start?step=people#people"`) {
		t.Error("the empty inbox does not lead to the set-up path")
	}

	if body := root.sends(t, "/start/test", url.Values{"do": {"channel"}, "channel": {"hook"}}); !strings.Contains(body, "对方已收下") && !strings.Contains(body, "已送出") {
		t.Error("the trial of the channel does not say that it was taken")
	}
	for _, id := range []string{"zhou", "an"} {
		body := root.sends(t, "/start/people", url.Values{"id": {id}, "name": {"值班" + id}, "role": {"officer"}, "channel": {"hook"}})
		if !strings.Contains(body, "/link/") {
			t.Errorf("no invitation for %s", id)
		}
	}
	root.stands(t, "done done todo todo todo todo")
	if status, body := root.form(t, "/start/people", url.Values{"do": {"contact"}, "id": {"root"}, "channel": {"hook"}}); status != http.StatusForbidden || !strings.Contains(body, "huiying.yaml") {
		t.Errorf("a contact of somebody whom the file defines: %d", status)
	}
	root.sends(t, "/start/people", url.Values{"do": {"contact"}, "id": {"an"}, "channel": {"hook"}, "address": {"an"}})

	source := url.Values{"way": {"auto"}, "address": {site.URL + "/feed.xml"}, "name": {"镇新闻"}, "do": {"try"}}
	body := root.sends(t, "/start/source", source)
	if !strings.Contains(body, "中卫市政务大厅排队两小时") || !strings.Contains(body, `<option value="feed" selected`) {
		t.Fatalf("the trial does not show what was read: %s", body)
	}
	root.stands(t, "done done todo todo todo todo")
	source.Set("do", "put")
	source.Set("way", "feed")
	root.sends(t, "/start/source", source)
	root.stands(t, "done done done todo todo todo")
	if status, body := root.form(t, "/start/source", source); status != http.StatusConflict {
		t.Errorf("the same source again: %d %s", status, problemOf(body))
	}
	if body := root.page(t, "/sources/register"); !strings.Contains(body, "镇新闻") {
		t.Error("the register lacks the source")
	}

	rule := url.Values{"name": {"大厅排队"}, "places": {"中卫"}, "about": {"大厅"}, "events": {"排队"}, "level": {"orange"}, "do": {"advise"}}
	if body := root.sends(t, "/start/rule", rule); !strings.Contains(body, "“中卫”要按整词匹配") || !strings.Contains(body, "word(中卫) AND 大厅 AND 排队") {
		t.Errorf("no advice on the place name: %s", body)
	}
	rule.Set("do", "draft")
	root.sends(t, "/start/rule", rule)
	root.stands(t, "done done done half todo todo")
	root.tried(t)
	draft := regexp.MustCompile(`name="draft" value="(\d+)"`).FindStringSubmatch(root.page(t, "/start?step=rule"))
	root.sends(t, "/start/rule", url.Values{"do": {"publish"}, "draft": {draft[1]}, "note": {"开通"}})
	root.stands(t, "done done done done todo todo")
	root.takenUp(t, "huiying_analyzer_rules 1")

	root.sends(t, "/start/roster", url.Values{"name": {"总值班"}, "first": {"zhou"}, "second": {"an"}, "over": {"00:00"}})
	root.stands(t, "done done done done done todo")

	root.sends(t, "/start/test", url.Values{"do": {"drill"}, "rule": {"first-1"}})
	root.stands(t, "done done done done done done")
	told := hook.with("【演练】大厅排队")
	if len(told) != 1 {
		t.Fatalf("the receiver has %d drills: %v", len(told), hook.sent)
	}
	link := regexp.MustCompile(`"link":"([^"]+)"`).FindStringSubmatch(told[0])
	if link == nil {
		t.Fatalf("the drill has no link: %s", told[0])
	}
	acknowledge(t, link[1])
	if body := root.page(t, "/start"); !strings.Contains(body, "已签收") || !strings.Contains(body, "在值班") || !strings.Contains(body, "六步都已就绪") {
		t.Error("the page does not show the receipt of the drill")
	}
	root.drillCountsNowhere(t)
	root.administers(t)
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	again := boot(t, dir, nil) // what was registered on a page outlives the start
	signIn(t, again, "root").stands(t, "done done done done done done")
}

// A trial of a source keeps to the budget that its host has for the day: what
// was asked before counts, whoever asked.
func TestTrialKeepsTheDaysBudget(t *testing.T) {
	site := column(t)
	a := boot(t, t.TempDir(), files{office: `
data: data
listen: 127.0.0.1:0
crawler: {host_delay: 1ms, allow_private: [127.0.0.1], hosts: [{host: 127.0.0.1, per_day: 2}]}
users: [{id: root, name: 管理, roles: [admin]}]
`})
	root := signIn(t, a, "root")
	source := url.Values{"way": {"feed"}, "address": {site.URL + "/feed.xml"}, "do": {"try"}}
	if body := root.sends(t, "/start/source", source); !strings.Contains(body, "中卫市政务大厅排队两小时") {
		t.Fatal("the first trial reads nothing")
	}
	if body := root.sends(t, "/start/source", source); strings.Contains(body, "中卫市政务大厅排队两小时") {
		t.Error("the second trial asks beyond the day's budget of the host")
	}
}

// tried waits for the end of the trial of the draft.
func (b *browser) tried(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		if strings.Contains(b.page(t, "/start?step=rule"), `class="figures"`) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the trial of the draft does not end")
		}
	}
}

// administers looks at the administrator's page and has the record checked.
func (b *browser) administers(t *testing.T) {
	t.Helper()
	body := b.page(t, "/admin")
	for _, want := range []string{`href="/admin/units"`, "huiying.yaml:", "keys/master.key", "crawler.host_delay", "1ms", "还没有在这里核验过"} {
		if !strings.Contains(body, want) {
			t.Errorf("the administration lacks %q", want)
		}
	}
	if strings.Contains(body, "开通还有") {
		t.Error("the administration says that steps are left")
	}
	if body := b.page(t, "/admin/units"); !strings.Contains(body, "大厅") || !strings.Contains(body, "huiying.yaml:5") {
		t.Error("the units lack the line of the file")
	}
	b.sends(t, "/admin/check", nil)
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(b.page(t, "/admin"), "完好"); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the check of the record does not end")
		}
	}
	if body := b.page(t, "/admin/access"); !strings.Contains(body, "核验台账") || !strings.Contains(body, "发演练预警") || !strings.Contains(body, "登记采集源") {
		t.Error("the access log lacks what was done")
	}
}

// takenUp waits until the running service says so among its metrics: what is
// changed on a page needs no restart.
func (b *browser) takenUp(t *testing.T, line string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(b.page(t, "/metrics"), "\n"+line+"\n"); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the service does not come to %q", line)
		}
	}
}

// drillCountsNowhere checks that a drill opens no case and stands in no list.
func (b *browser) drillCountsNowhere(t *testing.T) {
	t.Helper()
	for path, list := range map[string]string{"/api/v1/alerts": `"alerts":[]`, "/api/v1/cases": `"cases":[]`} {
		if status, raw := b.do(t, http.MethodGet, path, nil); status != http.StatusOK || !strings.Contains(strings.ReplaceAll(string(raw), " ", ""), list) {
			t.Errorf("%s after a drill: %d %s", path, status, raw)
		}
	}
}

// A place of a private network that is registered on a page is not asked, unless
// the configuration allows it: whoever may write into a form may not reach what
// stands behind the firewall.
func TestPrivatePlacesAreNotRead(t *testing.T) {
	asked := make(chan string, 100)
	inside := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.URL.Path }))
	t.Cleanup(inside.Close)
	a := boot(t, t.TempDir(), files{office: `
data: data
listen: 127.0.0.1:0
crawler: {host_delay: 1ms}
users: [{id: root, name: 管理, roles: [admin]}]
`})
	root := signIn(t, a, "root")
	source := url.Values{"way": {"feed"}, "address": {inside.URL + "/feed.xml"}, "do": {"try"}}
	if body := root.sends(t, "/start/source", source); !strings.Contains(body, "内部地址") || strings.Contains(body, `value="put"`) {
		t.Error("the trial does not say why nothing was read")
	}
	source.Set("do", "put")
	root.sends(t, "/start/source", source)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		_, raw := root.do(t, http.MethodGet, "/api/v1/sources", nil)
		if strings.Contains(string(raw), `"visits":1`) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the source was not visited: %s", raw)
		}
	}
	select {
	case path := <-asked:
		t.Errorf("the machine inside was asked for %s", path)
	default:
	}
	root.sends(t, "/start/source", url.Values{"do": {"drop"}, "id": {"127-0-0-1"}})
	if body := root.page(t, "/start?step=source"); !strings.Contains(body, "还没有采集源") {
		t.Error("the source is still read")
	}
}
