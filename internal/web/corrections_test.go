package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store/access"
	"huiying/internal/store/cases"
	"huiying/internal/store/posts"
	"huiying/internal/store/views"
)

// opinion is one field of the card of judgements.
func opinion(t *testing.T, body, field string) (section *html.Node) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	walk(doc, func(n *html.Node) {
		if id, _ := attr(n, "id"); id == "correct-"+field {
			for section = n; section != nil; section = section.Parent {
				if class, _ := attr(section, "class"); class == "opinion" {
					return
				}
			}
		}
	})
	if section == nil {
		t.Fatalf("no form to put %s right", field)
	}
	return section
}

// A press officer says what a judgement should have been; the page shows it
// beside what the model said, and the judgement itself stays as it was.
func TestCorrect(t *testing.T) {
	s := newSeeded(t)
	b := s.as("officer")
	path := "/posts/" + s.post
	before, err := posts.Get(t.Context(), s.store.Reader(), s.post)
	s.must(err)
	for _, c := range []struct{ field, value, said, becomes string }{
		{"intent", "enquiry", "投诉", "咨询"}, {"sentiment", "neutral", "负面", "中性"}, {"unit", "u-hall", "人社窗口", "政务大厅管理科"},
	} {
		if said := text(opinion(t, b.get(path).body, c.field)); !strings.Contains(said, c.said) || !strings.Contains(said, "判断不对？改为…") {
			t.Errorf("%s before: %q", c.field, said)
		}
		res := b.post(path, url.Values{"field": {c.field}, "value": {c.value}})
		if res.status != http.StatusSeeOther || !strings.HasSuffix(res.header.Get("Location"), "?done=corrected") {
			t.Fatalf("%s: %d %s", c.field, res.status, res.body)
		}
		page := b.get(res.header.Get("Location")).body
		shown := text(opinion(t, page, c.field))
		for _, want := range []string{c.said, "人工改正为 " + c.becomes, "周值班", "今天 14:20"} {
			if !strings.Contains(shown, want) {
				t.Errorf("%s after: %q lacks %q", c.field, shown, want)
			}
		}
		if !strings.Contains(page, "已改正，下次训练时采用。") {
			t.Errorf("%s: nothing says that it is done", c.field)
		}
	}
	after, err := posts.Get(t.Context(), s.store.Reader(), s.post)
	s.must(err)
	if after.Judgement.Intent.Label != before.Judgement.Intent.Label || after.Revision != before.Revision {
		t.Error("the judgement itself was changed")
	}
	log, err := s.access.Of(t.Context(), s.post, access.Corrected, 10)
	s.must(err)
	if len(log) != 3 || log[2].Actor != "officer" || log[2].Detail != "intent: complaint → enquiry" {
		t.Errorf("the log says %+v", log)
	}
}

// A later correction counts; the page shows that there was another.
func TestCorrectAgain(t *testing.T) {
	s := newSeeded(t)
	path := "/posts/" + s.post
	s.must(postErr(s.as("officer").post(path, url.Values{"field": {"intent"}, "value": {"enquiry"}})))
	s.must(postErr(s.as("manager").post(path, url.Values{"field": {"intent"}, "value": {"help"}})))
	shown := text(opinion(t, s.as("officer").get(path).body, "intent"))
	for _, want := range []string{"人工改正为 求助 林主任", "先前改为 咨询 · 周值班", "再改为…"} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q lacks %q", shown, want)
		}
	}
}

// Who may not correct sees what was corrected and no form; what is no answer
// is refused in words, on the page itself.
func TestCorrectRefuses(t *testing.T) {
	s := newSeeded(t)
	path := "/posts/" + s.post
	for _, c := range []struct {
		who, field, value string
		status            int
		says              string
	}{
		{"officer", "intent", "burn", http.StatusUnprocessableEntity, "答案须为以下之一"},
		{"officer", "colour", "red", http.StatusUnprocessableEntity, "只能改正以下几项"},
		{"officer", "unit", "u-none", http.StatusUnprocessableEntity, "答案须为以下之一"},
		{"officer", "intent", "complaint", http.StatusConflict, "已经是这个"},
		{"reviewer", "intent", "help", http.StatusForbidden, ""},
		{"hall", "intent", "help", http.StatusForbidden, ""},
	} {
		res := s.as(c.who).post(path, url.Values{"field": {c.field}, "value": {c.value}})
		if res.status != c.status || !strings.Contains(res.body, c.says) || c.says != "" && !strings.Contains(res.body, `id="correct-intent"`) {
			t.Errorf("%+v: %d", c, res.status)
		}
	}
	if res := s.as("officer").post("/posts/weibo:1", url.Values{"field": {"intent"}, "value": {"help"}}); res.status != http.StatusNotFound {
		t.Errorf("a post that is not there: %d", res.status)
	}
	s.must(postErr(s.as("officer").post(path, url.Values{"field": {"intent"}, "value": {"help"}})))
	body := s.as("reviewer").get(path).body
	if !strings.Contains(body, "人工改正为") || strings.Contains(body, `id="correct-intent"`) {
		t.Error("a reviewer does not see the correction, or has the form")
	}
}

func TestAPICorrections(t *testing.T) {
	s := newSeeded(t)
	officer := s.as("officer")
	path := "/api/v1/posts/" + url.PathEscape(s.post) + "/corrections"
	var out struct{ Corrections []query.Correction }
	for _, value := range []string{"enquiry", "help"} {
		if res := officer.call(http.MethodPost, path, map[string]string{"field": "intent", "value": value}, &out); res.status != http.StatusOK {
			t.Fatalf("%d %s", res.status, res.body)
		}
	}
	if res := s.as("reviewer").call(http.MethodGet, path, nil, &out); res.status != http.StatusOK || !strings.Contains(res.body, "+08:00") {
		t.Errorf("%d %s", res.status, res.body)
	}
	if n := len(out.Corrections); n != 2 || out.Corrections[1].Value != "help" || out.Corrections[1].Said != "complaint" || out.Corrections[1].By != "officer" || out.Corrections[0].Revision == "" {
		t.Errorf("%+v", out.Corrections)
	}
	var f failure
	for _, c := range []struct {
		who, path string
		body      map[string]string
		status    int
		code      string
	}{
		{"officer", path, map[string]string{"field": "level", "value": "red"}, 422, "invalid"},
		{"officer", path, map[string]string{"field": "intent", "value": "burn"}, 422, "invalid"},
		{"officer", path, map[string]string{"field": "intent", "value": "help"}, 409, "conflict"},
		{"hall", path, map[string]string{"field": "intent", "value": "other"}, 403, "forbidden"},
		{"officer", "/api/v1/posts/weibo%3A1/corrections", map[string]string{"field": "intent", "value": "help"}, 404, "not_found"},
	} {
		if res := s.as(c.who).call(http.MethodPost, c.path, c.body, &f); res.status != c.status || f.Code != c.code || f.Message == "" {
			t.Errorf("%+v: %d %+v", c, res.status, f)
		}
	}
	// A responder of another unit learns nothing of the post.
	if res := s.as("hall").call(http.MethodGet, path, nil, &f); res.status != http.StatusNotFound {
		t.Errorf("another unit's post: %d", res.status)
	}
}

// byHand sends the form that puts a level or a place right.
func byHand(b *browser, post, field, value, reason string) answer {
	return b.post("/posts/"+post, url.Values{"field": {field}, "value": {value}, "reason": {reason}})
}

// A level that a person raises counts at once, opens the case that its level asks
// for, and the page says who raised it, when and why; what was judged stays.
func TestRaiseByHand(t *testing.T) {
	s := newSeeded(t)
	b := s.as("officer")
	if res := byHand(b, s.post, "level", "red", " "); res.status != http.StatusUnprocessableEntity || !strings.Contains(res.body, "要写明原因") {
		t.Errorf("without a reason: %d", res.status)
	}
	if res := byHand(b, s.post, "level", "pink", "看错"); res.status != http.StatusUnprocessableEntity {
		t.Errorf("to no level: %d", res.status)
	}
	if res := byHand(b, s.post, "level", "yellow", "看错"); res.status != http.StatusConflict {
		t.Errorf("to what it is: %d", res.status)
	}
	if strings.Contains(b.get("/stream?period=all&level=red").body, "/posts/"+s.post) {
		t.Fatal("it is red before")
	}
	res := byHand(b, s.post, "level", "red", "涉及老人安全")
	if res.status != http.StatusSeeOther || !strings.HasSuffix(res.header.Get("Location"), "?done=corrected_now") {
		t.Fatalf("%d %s", res.status, res.body)
	}
	body := b.get("/posts/" + s.post).body
	for _, want := range []string{"系统判定", "涉及老人安全", "周值班", "人工改正为"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if !strings.Contains(b.get("/stream?period=all&level=red").body, "/posts/"+s.post) || strings.Contains(b.get("/stream?period=all&level=yellow").body, "/posts/"+s.post) {
		t.Error("the filter of levels goes by what was judged")
	}
	page, err := views.New(s.store).Post(t.Context(), query.Scope{All: true}, s.post)
	s.must(err)
	if page.Judgement.Level != huiying.LevelRed || page.Judged.Level != huiying.LevelYellow || page.CaseNo == "" {
		t.Fatalf("it is %s, was judged %s, its case is %q", page.Judgement.Level, page.Judged.Level, page.CaseNo)
	}
	c, err := cases.Get(t.Context(), s.store.Reader(), page.CaseNo)
	s.must(err)
	if c.Level != huiying.LevelRed || c.State != huiying.StatePendingTriage {
		t.Errorf("the case is %s, %s", c.Level, c.State)
	}
	// Lowering is a person's as well; the case stays as it is.
	s.pass(time.Minute)
	if res := byHand(b, s.post, "level", "blue", "已核实无人受伤"); res.status != http.StatusSeeOther {
		t.Fatalf("%d %s", res.status, res.body)
	}
	if c, err = cases.Get(t.Context(), s.store.Reader(), page.CaseNo); err != nil || c.Level != huiying.LevelRed {
		t.Errorf("the case is %s, %v", c.Level, err)
	}
	// Raised again, the case is at least as urgent already.
	if res := byHand(b, s.post, "level", "orange", "仍有影响"); res.status != http.StatusSeeOther {
		t.Errorf("%d %s", res.status, res.body)
	}
	if res := byHand(s.as("reviewer"), s.post, "level", "none", "x"); res.status != http.StatusForbidden {
		t.Errorf("a reviewer: %d", res.status)
	}
}

// A post of a case that is raised grades the case higher, once.
func TestRaiseWithCase(t *testing.T) {
	s := newSeeded(t)
	b := s.as("officer")
	before, err := cases.Get(t.Context(), s.store.Reader(), s.handling) // orange
	s.must(err)
	post := before.Posts[0]
	if res := byHand(b, post, "level", "red", "人数增多"); res.status != http.StatusSeeOther {
		t.Fatalf("%d %s", res.status, res.body)
	}
	after, err := cases.Get(t.Context(), s.store.Reader(), s.handling)
	s.must(err)
	if after.Level != huiying.LevelRed || after.Version != before.Version+1 || after.State != before.State {
		t.Errorf("the case was %s %s v%d, is %s %s v%d", before.Level, before.State, before.Version, after.Level, after.State, after.Version)
	}
}

// A place that a person puts a post at counts in the filter of places at once; one
// that the table does not know is refused, and none takes the post out.
func TestPlaceByHand(t *testing.T) {
	s := newSeeded(t)
	b := s.as("officer")
	if res := byHand(b, s.post, "place", "火星", "看错"); res.status != http.StatusUnprocessableEntity || !strings.Contains(res.body, "地名表里没有“火星”") {
		t.Errorf("no such place: %d", res.status)
	}
	at := "/stream?period=all&place=" + url.QueryEscape("滨河街道")
	if res := byHand(b, s.post, "place", "滨河街道", "信里写明了街道"); res.status != http.StatusSeeOther {
		t.Fatalf("%d %s", res.status, res.body)
	}
	if !strings.Contains(b.get(at).body, "/posts/"+s.post) {
		t.Error("the filter of places does not find it")
	}
	var out struct{ Corrections []query.Correction }
	in := map[string]any{"field": "place", "value": "none", "reason": "说的是外地"}
	if res := b.call(http.MethodPost, "/api/v1/posts/"+url.PathEscape(s.post)+"/corrections", in, &out); res.status != http.StatusOK || len(out.Corrections) != 2 || out.Corrections[1].Reason != "说的是外地" {
		t.Errorf("by a program: %d %s", res.status, res.body)
	}
	if strings.Contains(b.get(at).body, "/posts/"+s.post) {
		t.Error("it is found where it is no more")
	}
	if body := b.get("/posts/" + s.post).body; !strings.Contains(body, "<b>不涉及本地</b>") || !strings.Contains(body, "先前改为 滨河街道") {
		t.Error("the page does not tell of both")
	}
}

// On the page no place of ours is a tick: with a place beside it is refused.
func TestNoPlaceByHand(t *testing.T) {
	s := newSeeded(t)
	b := s.as("officer")
	tick := func(place string) answer {
		return b.post("/posts/"+s.post, url.Values{"field": {"place"}, "value": {place}, "nowhere": {"1"}, "reason": {"说的是外地"}})
	}
	if res := byHand(b, s.post, "place", "滨河街道", "信里写明了街道"); res.status != http.StatusSeeOther {
		t.Fatalf("%d %s", res.status, res.body)
	}
	if res := tick("滨河街道"); res.status != http.StatusUnprocessableEntity || !strings.Contains(res.body, "请只留一样") {
		t.Errorf("both: %d", res.status)
	}
	if body := b.get("/posts/" + s.post).body; !strings.Contains(body, `name="nowhere"`) || strings.Contains(body, "<b>不涉及本地</b>") {
		t.Error("there is nothing to tick, or it is taken before it was said")
	}
	if res := tick(" "); res.status != http.StatusSeeOther {
		t.Fatalf("ticked: %d %s", res.status, res.body)
	}
	if !strings.Contains(b.get("/posts/"+s.post).body, "<b>不涉及本地</b>") || strings.Contains(b.get("/stream?period=all&place="+url.QueryEscape("滨河街道")).body, "/posts/"+s.post) {
		t.Error("the tick does not count")
	}
}
