package app_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"huiying"
)

// TestAddedWordCutsTheNextPost adds a word, a stop word and a place on the page
// of a running service: the next post is cut by them, so that a rule which asks
// for whole words changes; after a restart it still is; going back undoes it.
// No post is lost on the way.
func TestAddedWordCutsTheNextPost(t *testing.T) {
	dir := t.TempDir()
	config := files{office: `
data: data
listen: 127.0.0.1:0
rules: [rules.yaml]
users:
  - {id: wang, name: 值班, roles: [officer]}
  - {id: gao, name: 管理, roles: [admin]}
sources:
  - {id: hotline, kind: intake, every: 1h, options: {platform: hotline, folder: folder}}
`, "rules.yaml": `rules:
  - {id: r-word, name: 整词, level: blue, when: 'word(拍平台)'}
`}
	a := boot(t, dir, config)
	w := words{t: t, wang: signIn(t, a, "wang"), gao: signIn(t, a, "gao")}
	before := w.judged()
	if slices.Contains(before.Keywords, "随手拍平台") || !slices.Contains(before.Rules, "r-word") {
		t.Fatalf("the dictionary knows the word already: %+v", before)
	}
	w.form(w.wang, "/lexicon/words", url.Values{"version": {"0"}, "do": {"add"}, "text": {"随手拍平台"}, "note": {"本地应用"}, "accept": {"1"}})
	w.until(func(e found) bool {
		return slices.Contains(e.Keywords, "随手拍平台") && !slices.Contains(e.Rules, "r-word")
	})
	w.form(w.wang, "/lexicon/places", url.Values{"version": {"0"}, "do": {"add"}, "text": {"示例大桥"}, "note": {"新桥"}})
	w.until(func(e found) bool { return slices.Contains(e.Places, "示例大桥") })
	w.form(w.wang, "/lexicon/stops", url.Values{"version": {"0"}, "do": {"add"}, "text": {"随手拍平台"}, "note": {"每条都有"}})
	w.until(func(e found) bool {
		return !slices.Contains(e.Keywords, "随手拍平台") && !slices.Contains(e.Rules, "r-word")
	})
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}

	a = boot(t, dir, nil)
	w = words{t: t, wang: signIn(t, a, "wang"), gao: signIn(t, a, "gao"), n: w.n}
	if e := w.judged(); slices.Contains(e.Keywords, "随手拍平台") || slices.Contains(e.Rules, "r-word") || !slices.Contains(e.Places, "示例大桥") {
		t.Errorf("after a restart: %+v", e)
	}
	w.form(w.wang, "/rules/new", url.Values{"draft": {"0"}, "do": {"save"}, "id": {"r-new"}, "name": {"照片"}, "when": {"照片"}, "level": {"blue"}})
	w.form(w.gao, "/rules/publication", url.Values{"draft": {"1"}, "note": {"新规则"}})
	w.until(func(e found) bool { return slices.Contains(e.Rules, "r-new") }) // rules go the same way
	w.form(w.gao, "/lexicon/words/return", url.Values{"version": {"1"}, "back": {"0"}, "note": {"回退"}})
	w.until(func(e found) bool { return slices.Contains(e.Rules, "r-word") })
	if err := a.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// words hands posts over to a running service and reads how they were judged.
type words struct {
	t         *testing.T
	wang, gao *browser
	n         int
}

// found is what a post was judged to be.
type found struct{ Keywords, Places, Rules []string }

// form sends a form that must work.
func (w *words) form(b *browser, path string, form url.Values) {
	w.t.Helper()
	resp, err := b.client.PostForm(b.base+path, form)
	if err != nil {
		w.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		w.t.Fatalf("%s: %s", path, resp.Status)
	}
}

// judged hands one post over and waits for what it is judged to be.
func (w *words) judged() found {
	w.t.Helper()
	w.n++
	number := "W" + strconv.Itoa(w.n)
	status, raw := w.wang.do(w.t, http.MethodPost, "/api/v1/handovers?source=hotline", []map[string]string{
		{"number": number, "text": "随手拍平台第" + number + "次提交示例大桥的照片", "time": time.Now().Format("2006-01-02 15:04")},
	})
	if status != http.StatusOK {
		w.t.Fatalf("hand over: %d %s", status, raw)
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		status, raw = w.wang.do(w.t, http.MethodGet, "/api/v1/posts/hotline:"+number, nil)
		if status != http.StatusOK {
			continue
		}
		var got struct {
			Post struct {
				Keywords []huiying.Keyword
				Places   []string
				Tags     []huiying.Tag
			}
		}
		if err := json.Unmarshal(raw, &got); err != nil {
			w.t.Fatal(err)
		}
		f := found{Places: got.Post.Places}
		for _, k := range got.Post.Keywords {
			f.Keywords = append(f.Keywords, k.Word)
		}
		for _, tag := range got.Post.Tags {
			f.Rules = append(f.Rules, tag.Rule)
		}
		return f
	}
	w.t.Fatalf("the post %s is lost: %d %s", number, status, raw)
	return found{}
}

// until hands posts over until one is judged as wanted: analyzers take words up
// within a moment.
func (w *words) until(want func(found) bool) {
	w.t.Helper()
	var last found
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		if last = w.judged(); want(last) {
			return
		}
	}
	w.t.Fatalf("words are not taken up: %+v", last)
}
