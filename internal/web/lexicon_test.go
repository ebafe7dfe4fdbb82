package web_test

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
)

// wordDesk stands for the desk of the lexicon.
type wordDesk struct {
	empty     bool
	changes   []query.WordChange
	imported  []string
	returned  []query.WordReturn
	asked     []query.WordQuestion
	exported  []string
	refuse    error
	conflicts []query.WordConflict
}

func (d *wordDesk) list(id string) query.WordList {
	l := query.WordList{ID: id, Editable: id != query.ListSentiment && id != query.ListSynonyms}
	if d.empty || !l.Editable {
		return l
	}
	at := time.Date(2026, 11, 20, 2, 0, 0, 0, time.UTC)
	l.Version = 3
	l.Words = []query.Word{
		{Text: "随手拍平台", Frequency: 20000, Tag: "n", Why: "本地应用 <新>", By: "officer", At: at},
		{Text: "服雾", Right: "服务", Level: "serious", Except: []string{"服雾器"}, Why: "常见错别字", By: "admin", At: at},
	}
	l.Sources = []query.WordSource{{Key: "dictionary", File: "jieba.dict.utf8", Of: 348982, Found: 2, Rows: []query.Word{{Text: "平台"}, {Text: "平台期"}}}}
	l.Versions = []query.WordVersion{
		{Version: 3, At: at, By: "officer", Note: "加一个词", Added: []string{"随手拍平台"}, Words: 2}, {Version: 2, At: at, By: "admin", Note: "改错", Changed: []string{"服雾"}, Words: 1},
	}
	return l
}

func lists() []string {
	return []string{query.ListWords, query.ListStops, query.ListPlaces, query.ListWrong, query.ListSensitive, query.ListSentiment, query.ListSynonyms}
}

func (d *wordDesk) Lexicon(context.Context) (out []query.WordList, err error) {
	for _, id := range lists() {
		out = append(out, d.list(id))
	}
	return out, nil
}

func (d *wordDesk) List(_ context.Context, id, _ string) (query.WordList, error) {
	if !slices.Contains(lists(), id) {
		return query.WordList{}, huiying.Errorf(huiying.NotFound, "lexicon.no_list", id)
	}
	return d.list(id), nil
}

func (d *wordDesk) Export(_ context.Context, list string, who huiying.Actor) (query.WordFile, error) {
	d.exported = append(d.exported, list+" "+who.ID)
	return query.WordFile{Name: "lexicon-" + list + ".csv", Body: []byte("text\n")}, d.refuse
}

func (d *wordDesk) Change(_ context.Context, c query.WordChange) (int, error) {
	d.changes = append(d.changes, c)
	if len(d.conflicts) > 0 && !c.Accept {
		return 0, &query.AtOdds{Conflicts: d.conflicts}
	}
	return c.Seen + 1, d.refuse
}

func (d *wordDesk) Import(_ context.Context, file io.Reader, c query.WordChange) (int, int, error) {
	raw, err := io.ReadAll(file)
	d.imported = append(d.imported, c.List+" "+c.Note+" "+string(raw))
	if err == nil && len(d.conflicts) > 0 && !c.Accept {
		return 0, 0, &query.AtOdds{Conflicts: d.conflicts}
	}
	if err == nil {
		err = d.refuse
	}
	return c.Seen + 1, 1, err
}

func (d *wordDesk) Return(_ context.Context, r query.WordReturn) (int, error) {
	d.returned = append(d.returned, r)
	return r.Seen + 1, d.refuse
}

func (d *wordDesk) Try(_ context.Context, q query.WordQuestion) (query.WordAnswer, error) {
	d.asked = append(d.asked, q)
	return query.WordAnswer{
		Before: query.WordEffect{Tokens: []string{"随手", "拍", "平台"}, Rules: []string{"r-app"}}, After: query.WordEffect{Tokens: []string{"随手拍平台"}, Keywords: []string{"随手拍平台"}},
		Lost: []string{"r-app"}, Conflicts: []query.WordConflict{{Word: "随手拍平台", Rule: "r-app", Name: "随手拍", Term: "随手拍", Kind: query.ConflictSwallows, Text: "随手拍平台"}},
	}, d.refuse
}

func (b *browser) bringIn(path string, file []byte, fields ...string) answer {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		if err := form.WriteField(fields[i], fields[i+1]); err != nil {
			b.t.Fatal(err)
		}
	}
	if file != nil {
		part, err := form.CreateFormFile("file", "words.csv")
		if err == nil {
			_, err = part.Write(file)
		}
		if err != nil {
			b.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		b.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.base+path, &body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	return b.do(r)
}

// The page shows the office's own words with who, when and why, what lies
// beneath read-only with its file, and to each what they may do.
func TestLexiconPage(t *testing.T) {
	s := newSeeded(t)
	page := s.as("officer").get("/lexicon").body
	for _, want := range []string{"随手拍平台", "本地应用 &lt;新&gt;", "周值班", "jieba.dict.utf8", "348,982", "只读", "第 3 版", "加一个词", `action="/lexicon/words"`, `action="/lexicon/words/export"`} {
		if !strings.Contains(page, want) {
			t.Errorf("an officer does not see %q", want)
		}
	}
	if strings.Contains(page, "/lexicon/words/return") {
		t.Error("an officer is offered to go back")
	}
	if page = s.as("admin").get("/lexicon").body; !strings.Contains(page, `action="/lexicon/words/return"`) || !strings.Contains(page, "回退到第 2 版") {
		t.Error("an administrator cannot go back")
	}
	if page = s.as("reviewer").get("/lexicon?list=wrong&q=服").body; strings.Contains(page, `value="add"`) || strings.Contains(page, "<b>随手拍平台</b>") || !strings.Contains(page, "→ 服务") {
		t.Error("a reviewer may write, or the words are not filtered")
	}
	if page = s.as("officer").get("/lexicon?list=sentiment").body; strings.Contains(page, `value="add"`) || !strings.Contains(page, "没有词表") {
		t.Error("what is no list is offered to be changed")
	}
	s.lexicon.empty = true
	if page = s.as("officer").get("/lexicon").body; !strings.Contains(page, "还没有本单位自己的词") {
		t.Error("an empty list does not say so")
	}
	if page = s.as("officer").get("/lexicon?q=没有").body; !strings.Contains(page, "没有含这个字样的词") {
		t.Error("a search without result does not say so")
	}
	if res := s.as("officer").get("/lexicon?list=none"); res.status != http.StatusNotFound {
		t.Errorf("%d", res.status)
	}
	if res := s.as("hall").get("/lexicon"); res.status != http.StatusForbidden || !strings.Contains(res.body, "值班员") {
		t.Errorf("a responder: %d", res.status)
	}
}

func TestLexiconSteps(t *testing.T) {
	s := newSeeded(t)
	officer, admin, reviewer, hall := s.as("officer"), s.as("admin"), s.as("reviewer"), s.as("hall")
	add := url.Values{"version": {"3"}, "do": {"add"}, "text": {" 服雾 "}, "right": {"服务"}, "level": {"serious"}, "except": {"服雾器，服雾机"}, "note": {"错别字"}}
	if res := officer.post("/lexicon/wrong", add); res.status != http.StatusSeeOther || !strings.HasPrefix(res.header.Get("Location"), "/lexicon?list=wrong") {
		t.Fatalf("%d %s", res.status, res.body)
	}
	c := s.lexicon.changes[0]
	if w := c.Add[0]; c.List != "wrong" || c.Seen != 3 || c.Note != "错别字" || c.Accept || c.Actor.ID != "officer" || w.Text != "服雾" || w.Right != "服务" || w.Level != "serious" || len(w.Except) != 2 {
		t.Errorf("%+v", c)
	}
	if res := officer.post("/lexicon/stops", url.Values{"version": {"0"}, "do": {"add"}, "text": {"请问、麻烦 谢谢"}, "note": {"x"}}); res.status != http.StatusSeeOther || len(s.lexicon.changes[1].Add) != 3 {
		t.Errorf("%d %+v", res.status, s.lexicon.changes)
	}
	if res := officer.post("/lexicon/words", url.Values{"version": {"3"}, "do": {"remove"}, "remove": {"甲", "乙"}, "note": {"不用"}}); res.status != http.StatusSeeOther || len(s.lexicon.changes[2].Remove) != 2 {
		t.Errorf("%d %+v", res.status, s.lexicon.changes)
	}
	if res := admin.bringIn("/lexicon/words", []byte("text\n词语\n"), "version", "3", "do", "import", "note", "导入"); res.status != http.StatusSeeOther || len(s.lexicon.imported) != 1 || s.lexicon.imported[0] != "words 导入 text\n词语\n" {
		t.Errorf("%d %v", res.status, s.lexicon.imported)
	}
	if res := admin.bringIn("/lexicon/words", nil, "version", "3", "do", "import", "note", "导入"); res.status != http.StatusUnprocessableEntity || !strings.Contains(res.body, "csv") {
		t.Errorf("%d", res.status)
	}
	if res := admin.post("/lexicon/words/return", url.Values{"version": {"3"}, "back": {"2"}, "note": {"回退"}}); res.status != http.StatusSeeOther || s.lexicon.returned[0].Back != 2 || s.lexicon.returned[0].Seen != 3 {
		t.Errorf("%d %+v", res.status, s.lexicon.returned)
	}
	if res := reviewer.post("/lexicon/words/export", nil); res.status != http.StatusOK || res.header.Get("Content-Disposition") != `attachment; filename="lexicon-words.csv"` || s.lexicon.exported[0] != "words reviewer" {
		t.Errorf("%d %v %v", res.status, res.header, s.lexicon.exported)
	}
	res := reviewer.post("/lexicon/words/try", url.Values{"try": {"随手拍平台"}, "with": {"随手拍平台 别的"}, "without": {"旧词"}})
	if q := s.lexicon.asked[0]; res.status != http.StatusOK || len(q.Add) != 2 || len(q.Remove) != 1 || !strings.Contains(res.body, "不再命中的规则") || !strings.Contains(res.body, "被更长的词吞掉") {
		t.Errorf("%d %+v", res.status, s.lexicon.asked)
	}
	for what, status := range map[string]int{
		"hall add": hall.post("/lexicon/words", add).status, "reviewer add": reviewer.post("/lexicon/words", add).status,
		"officer back": officer.post("/lexicon/words/return", url.Values{"version": {"3"}, "back": {"2"}}).status, "hall export": hall.post("/lexicon/words/export", nil).status,
	} {
		if status != http.StatusForbidden {
			t.Errorf("%s: %d", what, status)
		}
	}
	for what, form := range map[string]url.Values{"no version": {"do": {"add"}}, "no action": {"version": {"1"}}, "a bad figure": {"version": {"1"}, "do": {"add"}, "text": {"词语"}, "frequency": {"多"}}} {
		if got := officer.post("/lexicon/words", form).status; got != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", what, got)
		}
	}
}

// A word at odds with rules is not added before that was read, and what was
// typed stays in the form.
func TestLexiconConflict(t *testing.T) {
	s := newSeeded(t)
	s.lexicon.conflicts = []query.WordConflict{{Word: "随手拍平台", Rule: "r-app", Name: "随手拍", Term: "随手拍", Kind: query.ConflictSwallows, Text: "随手拍平台"}}
	form := url.Values{"version": {"3"}, "do": {"add"}, "text": {"随手拍平台"}, "note": {"新平台"}}
	officer := s.as("officer")
	res := officer.post("/lexicon/words", form)
	for _, want := range []string{"没有加入", `href="/rules/r-app"`, `name="accept"`, `value="新平台"`, "被更长的词吞掉"} {
		if res.status != http.StatusConflict || !strings.Contains(res.body, want) {
			t.Errorf("%d, without %q", res.status, want)
		}
	}
	form.Set("accept", "1")
	if res = officer.post("/lexicon/words", form); res.status != http.StatusSeeOther || !s.lexicon.changes[1].Accept {
		t.Errorf("%d", res.status)
	}
	s.lexicon.refuse = huiying.Errorf(huiying.Conflict, "lexicon.changed", "officer")
	s.lexicon.conflicts = nil
	if res = officer.post("/lexicon/words", form); res.status != http.StatusConflict || !strings.Contains(res.body, "刚刚改过") {
		t.Errorf("%d", res.status)
	}
}

// A file at odds with rules is taken once that was read: nothing offers to
// accept what nobody has been shown.
func TestLexiconFileConflict(t *testing.T) {
	s := newSeeded(t)
	officer, file := s.as("officer"), []byte("text\n随手拍平台\n")
	if page := officer.get("/lexicon").body; strings.Contains(page, `name="accept"`) {
		t.Error("conflicts are offered to be accepted before there are any")
	}
	for i := range 300 {
		s.lexicon.conflicts = append(s.lexicon.conflicts, query.WordConflict{Word: "随手拍平台", Rule: "r-" + strconv.Itoa(i), Name: "随手拍", Term: "随手拍", Kind: query.ConflictSwallows, Text: "随手拍平台"})
	}
	res := officer.bringIn("/lexicon/words", file, "version", "3", "do", "import", "note", "一批")
	for _, want := range []string{"没有加入", `href="/rules/r-0"`, `id="x-file-accept"`, `name="note" value="一批"`, "被更长的词吞掉", "300 个", "显示前 200 个"} {
		if res.status != http.StatusConflict || !strings.Contains(res.body, want) {
			t.Errorf("%d, without %q", res.status, want)
		}
	}
	if strings.Contains(res.body, `id="x-accept"`) || strings.Contains(res.body, `href="/rules/r-200"`) {
		t.Error("the word that was not typed is offered to be accepted, or the list has no end")
	}
	if res = officer.bringIn("/lexicon/words", file, "version", "3", "do", "import", "note", "一批", "accept", "1"); res.status != http.StatusSeeOther {
		t.Errorf("%d", res.status)
	}
	res = officer.call(http.MethodPost, "/api/v1/lexicon/words", map[string]any{"version": 3, "note": "一批", "add": []map[string]string{{"text": "随手拍平台"}}}, nil)
	if res.status != http.StatusConflict || !strings.Contains(res.body, `"conflicts":[{"word":"随手拍平台","rule":"r-0"`) {
		t.Errorf("%d %.200s", res.status, res.body)
	}
}

// The API offers the same under the same rules.
func TestLexiconAPI(t *testing.T) {
	s := newSeeded(t)
	if res := s.as("officer").get("/api/v1/lexicon"); res.status != http.StatusOK || !strings.Contains(res.body, `"jieba.dict.utf8"`) {
		t.Errorf("%d %s", res.status, res.body)
	}
	if res := s.as("officer").get("/api/v1/lexicon/none"); res.status != http.StatusNotFound {
		t.Errorf("%d", res.status)
	}
	if res := s.as("hall").get("/api/v1/lexicon/words"); res.status != http.StatusForbidden {
		t.Errorf("%d", res.status)
	}
}
