package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"huiying"
	apppapers "huiying/internal/app/papers"
	"huiying/internal/casefile"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/store/access"
	"huiying/internal/store/record"
	"huiying/internal/store/views"
	"huiying/notifier"
	replies "huiying/notifier/reply"
)

// openPapers wires what lies beside the record as the application does.
func (w *world) openPapers(reader *apppapers.Reader) {
	w.t.Helper()
	words, err := locale.Load()
	w.must(err)
	w.desk = notifier.NewDesk(notifier.DeskOptions{
		Cases: w.engine, Directory: directory{people()}, Now: w.clock, Zone: w.zone,
		Ledger: notifier.LedgerFunc(func(ctx context.Context, f func(notifier.Tx) error) error {
			return w.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
		}),
	})
	office := apppapers.Office{
		Name: "示例市政务服务中心", Zone: w.zone, Program: "test", Units: units(), People: func(context.Context) ([]huiying.Person, error) { return people(), nil },
	}
	w.papers = apppapers.Desk{
		Store: w.store, Views: views.New(w.store), Cases: w.desk, Key: []byte(strings.Repeat("k", 32)), Words: words, Office: office, Reader: reader,
		KeepFor: 24 * time.Hour,
		Limits:  query.Retention{File: "office.yaml", Settings: []query.Setting{{Key: "record.posts_for", Value: "730d", Line: 7, Retention: true}}},
	}
	w.drafting = apppapers.Drafting{Engine: w.engine, Store: w.store, Office: office, Templates: []replies.Template{
		{ID: "queue", Name: "排队", Text: "您好，关于{item}（{case_no}），{unit}答复如下："}, {ID: "policy", Name: "政策", Kind: "policy", Text: "x"},
	}}
}

// upload sends a file as a browser does.
func (b *browser) upload(path, name string, body []byte) answer {
	b.t.Helper()
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	part, err := m.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(body)
	}
	if err == nil {
		err = m.Close()
	}
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.base+path, &form)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", m.FormDataContentType())
	return b.do(r)
}

var letterFile = []byte("%PDF-1.7\n回函\n%%EOF\n")

// A file is brought in on the page or by the API, listed, and saved by who sees
// the case; it never runs in our origin, and whoever took it is on the log.
func TestAttachments(t *testing.T) {
	s := newSeeded(t)
	b := s.as("hall")
	if res := b.upload("/cases/"+s.handling+"/files", "回函.pdf", letterFile); res.status != http.StatusSeeOther {
		t.Fatalf("upload: %d %s", res.status, res.body)
	}
	if res := b.upload("/api/v1/cases/"+s.handling+"/files", "附表.txt", []byte("附表一")); res.status != http.StatusOK {
		t.Fatalf("upload by the API: %d %s", res.status, res.body)
	}
	page := b.get("/cases/" + s.handling).body
	for _, want := range []string{"回函.pdf", "附表.txt", "application/pdf"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for name, file := range map[string][]byte{
		"page.html": []byte("<html>"), "picture.svg": []byte("<svg/>"), "回函.pdf": []byte("<html><script>1</script>"), "x.txt": []byte("<!DOCTYPE html>"), "y.pdf": nil,
		"z.exe": []byte("MZ\x00"), "a.docx": []byte("PK\x03\x04 no archive"), "b.png": letterFile,
	} {
		for _, path := range []string{"/cases/", "/api/v1/cases/"} {
			if res := b.upload(path+s.handling+"/files", name, file); res.status != http.StatusUnprocessableEntity {
				t.Errorf("%s%s: %d", path, name, res.status)
			}
		}
	}
	if res := b.upload("/cases/"+s.handling+"/files", "回函.pdf", letterFile); res.status != http.StatusConflict {
		t.Errorf("the same file twice: %d", res.status)
	}
	if res := b.upload("/cases/"+s.handling+"/files", "large.pdf", append([]byte("%PDF-"), make([]byte, 22<<20)...)); res.status != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d", res.status)
	}
	digest := huiying.Digest(string(letterFile))
	for _, res := range []answer{b.post("/cases/"+s.handling+"/files/"+digest, nil), b.get("/api/v1/cases/" + s.handling + "/files/" + digest)} {
		h := res.header
		if res.status != http.StatusOK || res.body != string(letterFile) || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") ||
			h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Type") != "application/pdf" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%d %v", res.status, h)
		}
	}
	for _, id := range []string{"hrss", "admin"} {
		if res := s.as(id).post("/cases/"+s.handling+"/files/"+digest, nil); res.status != http.StatusForbidden {
			t.Errorf("%s: %d", id, res.status)
		}
	}
	log, err := s.access.Of(t.Context(), s.handling, access.FileOpened, 10)
	if err != nil || len(log) != 2 || log[0].Actor != "hall" {
		t.Errorf("%+v, %v", log, err)
	}
}

// Remarks come while the reply is written; one that stops keeps it from review,
// others are ticked as read.
func TestReplyIsInspected(t *testing.T) {
	s := newSeeded(t)
	b := s.as("hall")
	var out struct {
		Remarks []struct {
			Kind, Say string
			Stops     bool
		} `json:"remarks"`
	}
	res := b.call(http.MethodPost, "/api/v1/cases/"+s.handling+"/inspect", map[string]string{"text": "此事与我单位无关，请致电 13900001234。"}, &out)
	if len(out.Remarks) < 2 || out.Remarks[0].Kind != "personal_data" || !out.Remarks[0].Stops || strings.Contains(res.body, "13900001234") {
		t.Errorf("%s", res.body)
	}
	fragment := func(text string) string {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.base+"/cases/"+s.handling+"/inspect", strings.NewReader(url.Values{"f.text": {text}}.Encode()))
		s.must(err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("HX-Request", "true")
		r.Header.Set("HX-Target", "part-remarks")
		return b.do(r).body
	}
	if got := fragment("请致电 13900001234"); !strings.HasPrefix(strings.TrimSpace(got), `<div id="part-remarks"`) || !strings.Contains(got, "必须修改") || strings.Contains(got, "13900001234") {
		t.Errorf("%s", got)
	}
	if got := fragment(better); !strings.Contains(got, "没有发现") {
		t.Errorf("%s", got)
	}
	if got := b.post("/cases/"+s.handling+"/inspect", url.Values{"f.text": {""}}).body; !strings.Contains(got, "还没有写") || !strings.Contains(got, "<nav") {
		t.Error("without a script the remarks are a page")
	}
	submit := func(fields ...string) int {
		form := url.Values{"action": {"submit"}, "version": {itoa(s.version(s.handling))}}
		for i := 0; i+1 < len(fields); i += 2 {
			form.Set(fields[i], fields[i+1])
		}
		return b.post("/cases/"+s.handling, form).status
	}
	if got := submit("f.text", "请致电 13900001234，"+better, "f.checked", "true"); got != http.StatusUnprocessableEntity {
		t.Errorf("personal data went to review: %d", got)
	}
	if got := submit("f.text", better+"绝对不会再发生。"); got != http.StatusConflict {
		t.Errorf("unread remarks: %d", got)
	}
	if got := submit("f.text", better+"绝对不会再发生。", "f.checked", "true"); got != http.StatusSeeOther {
		t.Errorf("read remarks: %d", got)
	}
}

const better = "您好，大厅今天上午加开了三个社保窗口，安排专人引导取号，平均等候时间已降到十五分钟以内。"

func (w *world) version(no string) int {
	c, err := w.ledger.Case(w.t.Context(), no)
	w.must(err)
	return c.Version
}

func TestTemplatesAndDrafts(t *testing.T) {
	s := newSeeded(t)
	b := s.as("hall")
	list := b.get("/api/v1/cases/" + s.handling + "/templates").body
	if !strings.Contains(list, "您好，关于大厅排队（"+s.handling+"），政务大厅管理科答复如下：") || strings.Contains(list, `"policy"`) {
		t.Error(list)
	}
	if page := b.get("/cases/" + s.handling + "?template=queue").body; !strings.Contains(page, ">您好，关于大厅排队（"+s.handling+"）") {
		t.Error("the template does not stand in the form")
	}
	s.step(s.handling, "hall", "draft", map[string]string{"text": better})
	s.step(s.handling, "hall", "draft", map[string]string{"text": strings.Replace(better, "三个", "四个", 1)})
	var out struct {
		Drafts []struct {
			N       int
			Text    string
			Changes []struct{ Op, Text string }
		} `json:"drafts"`
	}
	s.must(json.Unmarshal([]byte(b.get("/api/v1/cases/"+s.handling+"/drafts").body), &out))
	if len(out.Drafts) != 2 || len(out.Drafts[1].Changes) != 0 || fmt.Sprint(out.Drafts[0].Changes[1:3]) != "[{delete 三} {insert 四}]" {
		t.Errorf("%+v", out)
	}
	if page := b.get("/cases/" + s.handling).body; !strings.Contains(page, "<del>三</del><ins>四</ins>") {
		t.Error("the page does not show what changed")
	}
}

// The case file goes out on the page and by the API, and verifies.
func TestCaseFile(t *testing.T) {
	s := newSeeded(t)
	b := s.as("officer")
	for _, format := range []string{"html", "docx", "json"} {
		res := b.post("/cases/"+s.closed+"/file", url.Values{"format": {format}})
		if res.status != http.StatusOK || !strings.Contains(res.header.Get("Content-Disposition"), s.closed+"."+format) {
			t.Errorf("%s: %d %v", format, res.status, res.header)
		}
	}
	raw := b.get("/api/v1/cases/" + s.closed + "/file?format=json").body
	report, err := casefile.Verify([]byte(raw), apppapers.Rules([]byte(strings.Repeat("k", 32))))
	if err != nil || !report.Clean() {
		t.Errorf("%+v, %v", report.Findings, err)
	}
	if res := s.as("hrss").post("/cases/"+s.closed+"/file", url.Values{"format": {"json"}}); res.status != http.StatusForbidden {
		t.Errorf("another unit's case: %d", res.status)
	}
	log, err := s.access.Of(t.Context(), s.closed, access.CaseExported, 10)
	if err != nil || len(log) != 4 {
		t.Errorf("%+v, %v", log, err)
	}
}

// Several cases move by one form, each for itself, or by one call, all or none.
func TestTogether(t *testing.T) {
	s := newSeeded(t)
	second, _ := s.open(utterance{text: "取号机又坏了，排队两小时。", rule: "r-queue", ruleName: "大厅排队", level: huiying.LevelOrange, hit: "排队"}, "u-hall", "hall")
	s.step(second, "hall", "ack", nil)
	b := s.as("hall")
	list := b.get("/cases?view=all&pick=1").body
	if !strings.Contains(list, `name="no" value="`+second+`"`) {
		t.Error("nothing to tick in the list")
	}
	page := b.get("/cases/together?no=" + s.handling + "&no=" + second).body
	if !strings.Contains(page, `value="submit"`) || strings.Contains(page, `value="ack"`) {
		t.Error("the page does not offer what both cases offer")
	}
	form := url.Values{"action": {"submit"}, "no": {s.handling, second}, "f.text": {better}, "f.checked": {"true"},
		"version." + s.handling: {itoa(s.version(s.handling))}, "version." + second: {itoa(s.version(second))}}
	if res := b.post("/cases/together", form); res.status != http.StatusOK || !strings.Contains(res.body, "“送审”已办 2 件") {
		t.Fatalf("%d %s", res.status, res.body)
	}
	m := s.as("manager")
	body := map[string]any{"action": "approve", "fields": map[string]string{"secrecy": "true", "business": "true"}, "cases": []map[string]any{{"no": s.handling}, {"no": second}, {"no": s.pending}}}
	if res := m.call(http.MethodPost, "/api/v1/cases/together", body, nil); res.status != http.StatusConflict || !strings.Contains(res.body, s.pending) {
		t.Errorf("%d %s", res.status, res.body)
	}
	for _, no := range []string{s.handling, second} {
		if c, err := s.ledger.Case(t.Context(), no); err != nil || c.State != huiying.StateInReview {
			t.Errorf("%s is %s, %v", no, c.State, err)
		}
	}
	body["cases"] = []map[string]any{{"no": s.handling}, {"no": second}}
	if res := m.call(http.MethodPost, "/api/v1/cases/together", body, nil); res.status != http.StatusOK {
		t.Fatalf("%d %s", res.status, res.body)
	}
	s.pass(time.Minute)
	at := s.clock().Format("2006-01-02T15:04")
	form = url.Values{"action": {"publish"}, "no": {s.handling, second}, "f.at": {at}, "f.digest": {"taken from the case"},
		"version." + s.handling: {itoa(s.version(s.handling))}, "version." + second: {itoa(s.version(second))},
		"f.url." + s.handling: {"https://example.org/a"}, "f.url." + second: {"https://example.org/b"}}
	if res := b.post("/cases/together", form); res.status != http.StatusOK {
		t.Fatalf("%d %s", res.status, res.body)
	}
	for no, place := range map[string]string{s.handling: "https://example.org/a", second: "https://example.org/b"} {
		if c, err := s.ledger.Case(t.Context(), no); err != nil || c.Response.URL != place || len(c.Clocks) == 0 {
			t.Errorf("%s: %+v, %v", no, c.Response, err)
		}
	}
	if res := b.get("/cases/together?no=" + s.handling + "&no=" + s.overdue); res.status != http.StatusForbidden {
		t.Errorf("another unit's case: %d", res.status)
	}
}

// Who approves several replies together has them before the eyes, of the very
// versions that are approved; what was typed survives a refusal.
func TestTogetherIsReadAndKept(t *testing.T) {
	s := newSeeded(t)
	second, _ := s.open(utterance{text: "取号机又坏了，排队两小时。", rule: "r-queue", ruleName: "大厅排队", level: huiying.LevelOrange, hit: "排队"}, "u-hall", "hall")
	third, _ := s.open(utterance{text: "停车场又收费了。", rule: "r-parking", ruleName: "停车收费", level: huiying.LevelOrange, hit: "停车"}, "u-hall", "hall")
	for no, words := range map[string]string{second: better + "甲", third: better + "乙"} {
		s.step(no, "hall", "ack", nil)
		s.step(no, "hall", "submit", map[string]string{"text": words, "checked": "true"})
	}
	m := s.as("manager")
	page := m.get("/cases/together?no=" + second + "&no=" + third).body
	if !strings.Contains(page, better+"甲") || !strings.Contains(page, better+"乙") {
		t.Error("replies are approved that nobody sees")
	}
	form := url.Values{"action": {"approve"}, "no": {second, third}, "f.secrecy": {"true"}, "f.business": {"true"}}
	if res := m.post("/cases/together", form); res.status != http.StatusUnprocessableEntity {
		t.Errorf("the versions are missing: %d", res.status)
	}
	form.Set("version."+second, itoa(s.version(second)))
	form.Set("version."+third, itoa(s.version(third)))
	if res := m.post("/cases/together", form); res.status != http.StatusOK {
		t.Fatalf("%d %s", res.status, res.body)
	}
	form = url.Values{"action": {"publish"}, "no": {second, third}, "f.at": {"soon"}, "f.url." + second: {"https://example.org/one"}, "f.url." + third: {"https://example.org/two"},
		"version." + second: {itoa(s.version(second))}, "version." + third: {itoa(s.version(third))}}
	res := s.as("hall").post("/cases/together", form)
	if res.status != http.StatusUnprocessableEntity || !strings.Contains(res.body, `value="https://example.org/one"`) || !strings.Contains(res.body, `value="https://example.org/two"`) {
		t.Errorf("%d: addresses that were typed are gone", res.status)
	}
	if !strings.Contains(res.body, better+"乙") {
		t.Error("the page does not show what would be published")
	}
}

// Of several cases each says what became of it: one that moved meanwhile, one
// whose state lacks the step and one that left the person's unit are named with
// the reason and a link, the others move, and nothing is left out.
func TestTogetherTellsEach(t *testing.T) {
	s := newSeeded(t)
	open := func(text string) string {
		no, _ := s.open(utterance{text: text, rule: "r-queue", ruleName: "大厅排队", level: huiying.LevelOrange, hit: "排队"}, "u-hall", "hall")
		return no
	}
	well, stale, gone := open("排队一小时。"), open("排队两小时。"), open("排队三小时。")
	b := s.as("hall")
	page := b.get("/cases/together?no=" + well + "&no=" + stale + "&no=" + gone + "&no=" + s.handling).body
	if !strings.Contains(page, "所选 4 件中 1 件现在不能办") || !strings.Contains(page, `value="ack"`) {
		t.Error("the page does not say which of them lack the step")
	}
	form := url.Values{"action": {"ack"}, "no": {well, stale, gone, s.handling}}
	for _, no := range form["no"] {
		form.Set("version."+no, itoa(s.version(no)))
	}
	s.step(stale, "officer", "regrade", map[string]string{"level": "red", "reason": "人越来越多"})
	s.step(gone, "officer", "reassign", map[string]string{"unit": "u-hrss", "reason": "由人社窗口牵头"})
	res := b.post("/cases/together", form)
	refused, done, _ := strings.Cut(res.body, "“签收”已办 1 件")
	if res.status != http.StatusOK || !strings.Contains(res.body, "已办 1 件，未办 3 件") || !strings.Contains(done, `href="/cases/`+well+`"`) {
		t.Fatalf("%d %s", res.status, res.body)
	}
	for no, why := range map[string]string{stale: "刚被别人改动过", gone: gone, s.handling: "办理中"} {
		line := regexp.MustCompile(`<li>.*href="/cases/` + no + `".*<span class="gone">(.+)</span></li>`).FindStringSubmatch(refused)
		if line == nil || !strings.Contains(line[0], why) {
			t.Errorf("%s: %q", no, line)
		}
	}
	if strings.Contains(done, `value="`+gone+`"`) || !strings.Contains(done, `name="no" value="`+stale+`"`) {
		t.Error("those left are not offered again, or one is that is not the person's any more")
	}
	var out struct {
		Results []struct {
			No, State, Error string
			Done             bool
		}
	}
	b.call(http.MethodPost, "/api/v1/cases/together", map[string]any{"action": "ack", "each": true, "cases": []map[string]any{{"no": stale}, {"no": well}}}, &out)
	if len(out.Results) != 2 || !out.Results[0].Done || out.Results[0].State != "handling" || out.Results[1].Done || out.Results[1].Error == "" {
		t.Errorf("%+v", out)
	}
	if res := b.post("/cases/together", url.Values{"action": {"ack"}}); res.status != http.StatusUnprocessableEntity {
		t.Errorf("no case: %d", res.status)
	}
}

// Several assisting units stay chosen when a form is refused.
func TestChosenUnitsStay(t *testing.T) {
	s := newSeeded(t)
	form := url.Values{"action": {"reassign"}, "version": {itoa(s.version(s.handling))}, "f.unit": {"u-hall"}, "f.helpers": {"u-hrss", "u-hall", "u-it"}}
	res := s.as("officer").post("/cases/"+s.handling, form)
	i := strings.Index(res.body, `id="reassign-helpers"`)
	if res.status != http.StatusUnprocessableEntity || i < 0 {
		t.Fatalf("%d", res.status)
	}
	list := res.body[i : i+strings.Index(res.body[i:], "</select>")]
	if strings.Count(list, " selected") != 3 {
		t.Error(list)
	}
}

// The administrator purges what is over; the case says so and stands.
func TestPurge(t *testing.T) {
	s := newSeeded(t)
	b := s.as("admin")
	if res := b.post("/admin/purges", url.Values{"no": {s.handling}, "basis": {"authority"}, "reason": {"来函"}}); res.status != http.StatusConflict {
		t.Errorf("an open case: %d", res.status)
	}
	if res := b.post("/admin/purges", url.Values{"no": {s.closed}, "basis": {"retention"}, "reason": {"到期"}}); res.status != http.StatusConflict {
		t.Errorf("too early: %d", res.status)
	}
	s.pass(25 * time.Hour)
	b = s.as("admin")
	if res := b.post("/admin/purges", url.Values{"no": {s.closed}, "basis": {"retention"}, "reason": {"到期"}}); res.status != http.StatusSeeOther {
		t.Fatalf("%d %s", res.status, res.body)
	}
	page := s.as("officer").get("/cases/" + s.closed).body
	// What other cases say as well is still needed there; the post is this one's.
	if !strings.Contains(page, "已依法清除") || strings.Contains(page, "取号机坏了两台") || !strings.Contains(page, "口径一致，可以发布") {
		t.Error("the case does not say what was purged")
	}
	if list := b.get("/admin/purges").body; !strings.Contains(list, s.closed) || !strings.Contains(list, "保存期满") {
		t.Error("the purge is not listed")
	}
	var full struct {
		Purges []struct {
			At     string   `json:"at"`
			Reason string   `json:"reason"`
			Texts  []string `json:"texts"`
		} `json:"purges"`
	}
	s.as("officer").call(http.MethodGet, "/api/v1/cases/"+s.closed, nil, &full)
	if len(full.Purges) != 1 || full.Purges[0].Reason != "到期" || !strings.HasSuffix(full.Purges[0].At, "+08:00") {
		t.Errorf("the API's case: %+v", full)
	}
	if list := b.get("/admin/purges").body; !strings.Contains(list, "office.yaml:7") || !strings.Contains(list, "730d") || !strings.Contains(list, "还没有到期清除过信息") {
		t.Error("the page does not say how long posts are kept")
	}
	if list := b.get("/api/v1/purges").body; !strings.Contains(list, "+08:00") || strings.Contains(list, `Z"`) {
		t.Errorf("times of purges: %s", list)
	}
	if res := b.call(http.MethodPost, "/api/v1/cases/"+s.closed+"/purge", map[string]string{"basis": "person", "reason": "来函"}, nil); res.status != http.StatusConflict {
		t.Errorf("again: %d %s", res.status, res.body)
	}
	if res := s.as("officer").call(http.MethodPost, "/api/v1/cases/"+s.closed+"/purge", map[string]string{"basis": "person", "reason": "来函"}, nil); res.status != http.StatusForbidden {
		t.Errorf("an officer: %d", res.status)
	}
}
