package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store/access"
	"huiying/internal/store/posts"
)

// snapshot is the digest of a page.
const snapshot = "sha256:5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e"

// snapped is a post that was collected with its page; "" = that was not kept.
func (w *world) snapped(id, verified, hash string) {
	w.t.Helper()
	at := w.clock().Add(-time.Hour)
	p := huiying.Post{
		ID: id, Source: "forum-local", Platform: "forum", Kind: huiying.KindThread, Text: "请核实大厅停电原因", URL: "https://bbs.example.org/t/77", Evidence: hash,
		Author: huiying.Author{ID: "k-0123456789abcdef", Name: "某某发布", Verified: verified}, PublishedAt: at.Add(-time.Minute), PublishedPrecision: huiying.PrecisionSecond, CollectedAt: at,
	}
	w.must(posts.NewArchive(w.store).SaveEvents(w.t.Context(), []huiying.Event{huiying.NewEvent(huiying.Judgement{Post: p, Level: huiying.LevelNone}, at)}))
}

// The citation names platform, pseudonym or public account, times, address and
// the snapshot's digest, as text that needs no script.
func TestCitation(t *testing.T) {
	s := newSeeded(t)
	s.snapped("forum:bbs.example.org/t77", "none", snapshot)
	s.snapped("forum:bbs.example.org/t78", "government", snapshot)
	s.snapped("forum:bbs.example.org/t79", "none", "")
	b := s.as("officer")
	cited := func(id string) string {
		_, rest, _ := strings.Cut(b.get("/posts/"+id).body, `id="citation">`)
		text, _, _ := strings.Cut(rest, "</p>")
		return text
	}
	if got, want := cited("forum:bbs.example.org/t77"), "作者代号 k-01234567"; !strings.Contains(got, want) || strings.Contains(got, "某某发布") || !strings.Contains(got, snapshot) || !strings.Contains(got, "https://bbs.example.org/t/77") || !strings.Contains(got, "2026-11-23 13:19:00 发布") {
		t.Errorf("of a citizen: %q", got)
	}
	if got := cited("forum:bbs.example.org/t78"); !strings.Contains(got, "公开账号“某某发布”") {
		t.Errorf("of a public account: %q", got)
	}
	if got := cited("forum:bbs.example.org/t79"); !strings.Contains(got, "未留存快照") {
		t.Errorf("without a snapshot: %q", got)
	}
	if body := b.get("/posts/" + s.post).body; !strings.Contains(body, `data-copy="citation"`) || !strings.Contains(body, ` hidden>复制引用`) {
		t.Error("the button that needs a script is shown without one")
	}
}

// Preserving a post needs a reason, shows who, when and why, gives out a sheet
// with the digests and the head of the record, and is ended by a person; all of
// it is noted.
func TestPreserve(t *testing.T) {
	s := newSeeded(t)
	id := "forum:bbs.example.org/t77"
	s.snapped(id, "none", snapshot)
	s.snapped("forum:bbs.example.org/t79", "none", "")
	b := s.as("officer")
	do := func(action, reason string) answer {
		return b.post("/preserve/"+id, url.Values{"action": {action}, "reason": {reason}})
	}
	for name, c := range map[string]struct {
		res    answer
		status int
		says   string
	}{
		"no reason":        {do("preserve", " "), http.StatusUnprocessableEntity, "请写明保全或解除的原因"},
		"not preserved":    {do("sheet", ""), http.StatusConflict, "不在保全中"},
		"ends what is not": {do("end", "x"), http.StatusConflict, "不在保全中"},
		"nothing to keep":  {b.post("/preserve/forum:bbs.example.org/t79", url.Values{"action": {"preserve"}, "reason": {"核查"}}), http.StatusConflict, "没有留存快照"},
		"no action":        {do("burn", "x"), http.StatusUnprocessableEntity, ""},
	} {
		if c.res.status != c.status || !strings.Contains(c.res.body, c.says) {
			t.Errorf("%s: %d", name, c.res.status)
		}
	}
	if res := do("preserve", "行政复议需要"); res.status != http.StatusSeeOther {
		t.Fatalf("%d %s", res.status, res.body)
	}
	if res := do("preserve", "又一次"); res.status != http.StatusConflict {
		t.Errorf("twice: %d", res.status)
	}
	body := b.get("/posts/" + id).body
	for _, want := range []string{"保全中", "行政复议需要", "周值班", snapshot, "下载保全单", "解除保全"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	res := do("sheet", "")
	var sheet query.PreservationSheet
	if err := json.Unmarshal([]byte(res.body), &sheet); err != nil || res.header.Get("Content-Disposition") != `attachment; filename="preservation-forum-bbs.example.org-t77.json"` {
		t.Fatalf("%v, %q: %s", err, res.header.Get("Content-Disposition"), res.body)
	}
	if len(sheet.Pages) != 1 || "sha256:"+sheet.Pages[0].SHA256 != snapshot || len(sheet.Kept) != 1 || sheet.Kept[0].By != "officer" || sheet.Record.Seq == 0 || len(sheet.Record.Hash) != 64 || sheet.By != "officer" || sheet.Author != "k-0123456789abcdef" {
		t.Errorf("the sheet: %+v", sheet)
	}
	if strings.Contains(res.body, "停电") || strings.Contains(res.body, "某某发布") {
		t.Error("the sheet holds words or a name")
	}
	if res := s.as("reviewer").post("/preserve/"+id, url.Values{"action": {"end"}, "reason": {"x"}}); res.status != http.StatusForbidden {
		t.Errorf("a reviewer: %d", res.status)
	}
	if res := do("end", "复议已结束"); res.status != http.StatusSeeOther || !strings.Contains(b.get("/posts/"+id).body, "复议已结束") {
		t.Errorf("ended: %d", res.status)
	}
	for action, n := range map[string]int{access.EvidencePreserved: 1, access.EvidenceOpened: 1, access.PreservationEnded: 1} {
		if log, err := s.access.Of(t.Context(), id, action, 10); err != nil || len(log) != n || log[0].Actor != "officer" {
			t.Errorf("%s is noted as %+v, %v", action, log, err)
		}
	}
}
