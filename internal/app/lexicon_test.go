package app_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/app"
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
  - {id: mailbox, kind: intake, name: 信箱}
`, "rules.yaml": `rules:
  - {id: r-word, name: 整词, level: blue, when: 'word(拍平台)'}
  - {id: r-whole, name: 全词, level: blue, when: 'word(随手拍平台)'}
`}
	a := boot(t, dir, config)
	w := words{t: t, app: a, wang: signIn(t, a, "wang"), gao: signIn(t, a, "gao")}
	before := w.judged("1")
	if slices.Contains(before.Keywords, "随手拍平台") {
		t.Fatalf("the dictionary knows the word already: %+v", before)
	}
	w.wang.form("/lexicon/words", url.Values{"version": {"0"}, "do": {"add"}, "text": {"随手拍平台"}, "note": {"本地应用"}})
	w.until("2", func(e found) bool { return slices.Contains(e.Keywords, "随手拍平台") && slices.Contains(e.Rules, "r-whole") })
	w.wang.form("/lexicon/places", url.Values{"version": {"0"}, "do": {"add"}, "text": {"示例大桥"}, "note": {"新桥"}})
	w.until("3", func(e found) bool { return slices.Contains(e.Places, "示例大桥") })
	w.wang.form("/lexicon/stops", url.Values{"version": {"0"}, "do": {"add"}, "text": {"随手拍平台"}, "note": {"每条都有"}})
	w.until("4", func(e found) bool { return !slices.Contains(e.Keywords, "随手拍平台") && slices.Contains(e.Rules, "r-whole") })
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}

	a = boot(t, dir, nil)
	w = words{t: t, app: a, wang: signIn(t, a, "wang"), gao: signIn(t, a, "gao"), n: w.n}
	if e := w.judged("5"); slices.Contains(e.Keywords, "随手拍平台") || !slices.Contains(e.Rules, "r-whole") || !slices.Contains(e.Places, "示例大桥") {
		t.Errorf("after a restart: %+v", e)
	}
	w.gao.form("/lexicon/words/return", url.Values{"version": {"1"}, "back": {"0"}, "note": {"回退"}})
	w.until("6", func(e found) bool { return !slices.Contains(e.Rules, "r-whole") })
	if err := a.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}
