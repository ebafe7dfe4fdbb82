package reports_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiying"
	"huiying/internal/app/reports"
	"huiying/internal/query"
	"huiying/internal/report/periodic"
	"huiying/internal/store"
	book "huiying/internal/store/reports"
	"huiying/internal/store/storetest"
)

func (o *office) draft(a query.ReportAsk) query.Report {
	o.t.Helper()
	a.Account = account("wen")
	r, err := o.desk.Draft(o.t.Context(), a)
	o.must(err)
	return r
}

func (o *office) do(r query.Report, who, action string, more ...func(*query.ReportDo)) query.Report {
	o.t.Helper()
	d := query.ReportDo{Account: account(who), ID: r.ID, Version: r.Version, Action: action, Note: "数字口径请再核对。"}
	for _, f := range more {
		f(&d)
	}
	r, err := o.desk.Do(o.t.Context(), d)
	o.must(err)
	return r
}

func code(t *testing.T, what string, err error, want huiying.Code) {
	t.Helper()
	if huiying.ErrorCode(err) != want || err == nil {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

// Nobody releases what they had a hand in, nothing goes out without review, and
// nobody changes it while it is reviewed.
func TestReview(t *testing.T) {
	o := aDay(t)
	r := o.draft(query.ReportAsk{Kind: query.ReportDaily, From: day})
	try := func(who, action string) error {
		_, err := o.desk.Do(t.Context(), query.ReportDo{Account: account(who), ID: r.ID, Version: r.Version, Action: action, Note: "n", Texts: map[string]string{}})
		return err
	}
	code(t, "a responder writes", try("he", query.ReportWrite), huiying.Forbidden)
	code(t, "a reviewer writes", try("gu", query.ReportWrite), huiying.Forbidden)
	code(t, "an officer releases", try("wen", query.ReportRelease), huiying.Forbidden)
	code(t, "a draft is released", try("gu", query.ReportRelease), huiying.Conflict)
	r = o.do(r, "lu", query.ReportWrite, func(d *query.ReportDo) { d.Texts = map[string]string{periodic.PlaceSummary: "大厅排队集中。"} })
	stale := r
	r = o.do(r, "wen", query.ReportSubmit)
	code(t, "it is written in under review", try("wen", query.ReportWrite), huiying.Conflict)
	code(t, "released by who wrote in it", try("lu", query.ReportRelease), huiying.Forbidden)
	r = o.do(r, "gu", query.ReportReturn)
	_, err := o.desk.Do(t.Context(), query.ReportDo{Account: account("wen"), ID: r.ID, Version: stale.Version, Action: query.ReportWrite})
	code(t, "an old version is written in", err, huiying.Conflict)
	r = o.do(r, "wen", query.ReportSubmit)
	r = o.do(r, "gu", query.ReportRelease)
	if r.State != query.ReportReleased || r.ReleasedBy != "gu" || r.HeadHash == "" {
		t.Fatalf("%+v", r)
	}
	code(t, "a released one is returned", try("gu", query.ReportReturn), huiying.Conflict)
	for _, statement := range []string{`UPDATE reports SET texts = '{}'`, `DELETE FROM reports`} {
		err := o.store.Write(t.Context(), store.Urgent, execute(statement))
		if err == nil || !strings.Contains(err.Error(), "released report") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	if _, err := o.desk.Open(t.Context(), account("he"), r.ID); huiying.ErrorCode(err) != huiying.Forbidden {
		t.Errorf("a responder who was not told reads it: %v", err)
	}
}

// What is written goes to its place; places that are not named stay, an empty
// text empties one. Lists have neither texts nor figures.
func TestWriteByPlace(t *testing.T) {
	o := aDay(t)
	r := o.draft(query.ReportAsk{Kind: query.ReportDaily, From: day})
	for _, step := range []struct{ told, want map[string]string }{
		{map[string]string{periodic.PlaceSummary: "大厅排队集中。"}, map[string]string{periodic.PlaceSummary: "大厅排队集中。"}},
		{map[string]string{periodic.PlaceNote: "另见专报。"}, map[string]string{periodic.PlaceSummary: "大厅排队集中。", periodic.PlaceNote: "另见专报。"}},
		{nil, map[string]string{periodic.PlaceSummary: "大厅排队集中。", periodic.PlaceNote: "另见专报。"}},
		{map[string]string{periodic.PlaceSummary: ""}, map[string]string{periodic.PlaceNote: "另见专报。"}},
	} {
		r = o.do(r, "wen", query.ReportWrite, func(d *query.ReportDo) { d.Texts = step.told })
		kept, err := o.book.Get(t.Context(), r.ID)
		o.must(err)
		if diff := cmp.Diff(step.want, kept.Texts); diff != "" || len(kept.Facts) == 0 {
			t.Errorf("after %v: %s", step.told, diff)
		}
	}
	_, err := o.desk.Do(t.Context(), query.ReportDo{Account: account("wen"), ID: r.ID, Version: r.Version, Action: query.ReportWrite, Texts: map[string]string{"nowhere": ""}})
	code(t, "a place that there is not", err, huiying.Invalid)
	kept, err := o.book.Get(t.Context(), r.ID)
	o.must(err)
	list, err := o.desk.List(t.Context(), account("lu"), query.ReportFilter{})
	o.must(err)
	kept.Facts, kept.Texts = nil, nil
	if diff := cmp.Diff([]query.Report{kept}, list.Rows); diff != "" {
		t.Errorf("the list: %s", diff)
	}
}

// An event that nobody named is called by its first case, without one by what its
// first post says, masked, and by its id only where nothing of it is known.
func TestSpecialWithoutTitle(t *testing.T) {
	o := aDay(t)
	o.say(said{id: "weibo:5230000000000011", platform: "weibo", kind: "post", verified: "none", topic: "t-5", level: huiying.LevelBlue, at: day.Add(10 * time.Hour), text: "打 13900001234 问车位，没人接，停车场满了还在放车进来。"})
	for event, want := range map[string]string{"t-1": "大厅排队", "t-5": "打 ＊＊＊＊＊＊＊＊＊＊＊ 问车位，没人接，停车…", "t-9": "t-9"} {
		got, err := o.counter.Count(t.Context(), reports.Ask{Kind: query.ReportSpecial, Event: event, From: day, To: day.AddDate(0, 0, 1), At: o.now})
		if err != nil || got.Facts.EventName != want {
			t.Errorf("%s is called %q, want %q, %v", event, got.Facts.EventName, want, err)
		}
	}
}

// A special report whose advice nobody wrote does not go out; what is too long is
// refused in its own words; what people wrote outlives a new count.
func TestSpecial(t *testing.T) {
	o := aDay(t)
	r := o.draft(query.ReportAsk{Kind: query.ReportSpecial, Event: "t-1", Title: "大厅排队"})
	page, err := o.desk.Open(t.Context(), account("wen"), r.ID)
	o.must(err)
	text := flat(page)
	for _, must := range []string{"待填写", "“大厅排队”自 11月26日09:00", "共有相关信息 3 条，其中批评、投诉类 66.6%（2/3）", "官方（0 条）：无", "媒体（1 条）", "首次预警", "立案 HY20261126-0001", "级别：橙"} {
		if !strings.Contains(text, must) {
			t.Errorf("the special report lacks %q:\n%s", must, text)
		}
	}
	golden(t, "special.txt", text)
	submit := func() error {
		_, err := o.desk.Do(t.Context(), query.ReportDo{Account: account("wen"), ID: r.ID, Version: r.Version, Action: query.ReportSubmit})
		return err
	}
	if err := submit(); huiying.ErrorCode(err) != huiying.Conflict || o.words.Sentence("zh", err) != "处置建议待填写，填好才能送审和发布。" {
		t.Errorf("without advice: %v", err)
	}
	_, err = o.desk.Do(t.Context(), query.ReportDo{Account: account("wen"), ID: r.ID, Version: r.Version, Action: query.ReportWrite, Texts: map[string]string{periodic.PlaceCore: strings.Repeat("长", 201)}})
	code(t, "a conclusion of 201 characters", err, huiying.Invalid)
	r = o.do(r, "wen", query.ReportWrite, func(d *query.ReportDo) { d.Texts = map[string]string{periodic.PlaceAdvice: "加开两个窗口。"} })
	r = o.do(r, "wen", query.ReportAdd, func(d *query.ReportDo) { d.Post = "portal:p.example.org/l7" })
	o.say(said{id: "weibo:5230000000000009", platform: "weibo", kind: "post", verified: "none", tone: "negative", topic: "t-1", level: huiying.LevelRed, at: o.now.Add(-time.Hour), text: "还在排。"})
	if page, err = o.desk.Open(t.Context(), account("wen"), r.ID); err != nil || page.Compared || page.Changed != 0 || flat(page) == "" {
		t.Errorf("it is counted again to be shown: %d %v", page.Changed, err)
	}
	if page, err = o.desk.Compare(t.Context(), account("wen"), r.ID); err != nil || page.Changed == 0 || !page.Compared || !marked(page) {
		t.Errorf("a changed figure is not marked: %d %v", page.Changed, err)
	}
	r = o.do(r, "wen", query.ReportRefresh)
	page, err = o.desk.Open(t.Context(), account("wen"), r.ID)
	o.must(err)
	text = flat(page)
	for _, must := range []string{"加开两个窗口。", "公积金窗口中午没有人", "共有相关信息 4 条", "级别：红"} {
		if !strings.Contains(text, must) {
			t.Errorf("after a new count it lacks %q", must)
		}
	}
	_, err = o.desk.Do(t.Context(), query.ReportDo{Account: account("wen"), ID: r.ID, Version: r.Version, Action: query.ReportDrop, Post: "weibo:5230000000000001"})
	code(t, "criticism that the rule chose is taken out", err, huiying.Conflict)
	if err := submit(); err == nil {
		r, err = o.book.Get(t.Context(), r.ID)
		o.must(err)
	}
	o.do(r, "gu", query.ReportRelease)
}

// What was released stays as it was, counts the same when it is counted again as
// far as the data were, and what changed since stands beside it. Words that are
// removed by law go from it.
func TestRestated(t *testing.T) {
	o := aDay(t)
	o.someCases(12)
	r := o.draft(query.ReportAsk{Kind: query.ReportDaily, From: day})
	r = o.do(o.do(r, "wen", query.ReportSubmit), "gu", query.ReportRelease)
	before, err := o.desk.File(t.Context(), account("lu"), r.ID, "html")
	o.must(err)
	o.now = o.now.Add(26 * time.Hour)
	o.move(10)
	o.someCases(3)
	o.say(said{id: "weibo:5230000000000077", platform: "weibo", kind: "post", verified: "none", tone: "negative", level: huiying.LevelBlue, at: day.Add(20 * time.Hour), text: "补采的一条。"})
	was, again, err := o.desk.AsReleased(t.Context(), r.ID, "")
	o.must(err)
	if d := periodic.Compare(was, again.Facts); len(d) > 0 {
		t.Errorf("counted again it differs: %+v", d)
	}
	kept, err := o.desk.Open(t.Context(), account("lu"), r.ID)
	o.must(err)
	page, err := o.desk.Compare(t.Context(), account("lu"), r.ID)
	o.must(err)
	if kept.Compared || kept.Restated != nil || !cmp.Equal(kept.Paper, page.Paper) {
		t.Error("the paper is not shown as it is kept")
	}
	if text := flat(page); page.Changed == 0 || !strings.Contains(text, "更正") || !strings.Contains(text, "相关信息 | 5 | 6") {
		t.Errorf("no restatement of %d:\n%s", page.Changed, text)
	}
	after, err := o.desk.File(t.Context(), account("lu"), r.ID, "html")
	o.must(err)
	if string(before.Body) != string(after.Body) {
		t.Error("the released paper has changed")
	}
	storetest.Exec(t, o.store, `UPDATE posts SET withdrawn = 1 WHERE id = 'weibo:5230000000000001'`)
	gone, err := o.desk.File(t.Context(), account("lu"), r.ID, "html")
	o.must(err)
	if s := string(gone.Body); strings.Contains(s, "排了两个小时队") || !strings.Contains(s, "原文已依法移除") {
		t.Error("words that were removed by law stand in the report")
	}
	for _, format := range query.ReportFormats() {
		f, err := o.desk.File(t.Context(), account("lu"), r.ID, format)
		if err != nil || len(f.Body) < 1000 {
			t.Errorf("%s: %d bytes, %v", format, len(f.Body), err)
		}
	}
}

// Words that are removed by law after they were read, and before the report is
// kept that quotes them, are not in it.
func TestRemovedMeanwhile(t *testing.T) {
	o := aDay(t)
	r := o.draft(query.ReportAsk{Kind: query.ReportDaily, From: day})
	read := func(id string) []query.ReportQuote {
		return []query.ReportQuote{{Post: id, Words: "排了两个小时队"}}
	}
	const withdrawn, gone, stays = "weibo:5230000000000001", "weibo:5230000000000003", "weibo:5230000000000004"
	storetest.Exec(t, o.store, `UPDATE posts SET withdrawn = 1 WHERE id = '`+withdrawn+`'`)
	storetest.Exec(t, o.store, `DELETE FROM posts WHERE id = '`+gone+`'`)
	check := func(id string) {
		t.Helper()
		list, err := o.book.Quotes(t.Context(), id)
		o.must(err)
		for _, q := range list {
			if (q.Words == "") != (q.Post == withdrawn || q.Post == gone) {
				t.Errorf("%s: %q", q.Post, q.Words)
			}
		}
	}
	for _, post := range []string{withdrawn, gone, stays} {
		made := r
		made.ID, made.From = "", r.From.Add(time.Second) // another one
		made, err := o.book.Add(t.Context(), made, read(post))
		o.must(err)
		check(made.ID)
		r, err = o.book.Do(t.Context(), book.Deed{ID: r.ID, Version: r.Version, By: "wen", Action: query.ReportAdd, Quotes: read(post)})
		o.must(err)
		check(r.ID)
		r, err = o.book.Do(t.Context(), book.Deed{ID: r.ID, Version: r.Version, By: "wen", Action: query.ReportRefresh, Quotes: read(post)})
		o.must(err)
		check(r.ID)
		o.now = o.now.Add(time.Minute)
	}
}

// marked reports a figure of the paper that has changed.
func marked(page query.ReportPage) bool {
	return slices.ContainsFunc(page.Paper, func(b query.PaperBlock) bool {
		return slices.ContainsFunc(b.Runs, func(r query.PaperRun) bool { return r.Mark == "changed" })
	})
}

// flat is a report as a page shows it, as lines.
func flat(page query.ReportPage) string {
	var b strings.Builder
	line := func(runs []query.PaperRun) (out string) {
		for _, r := range runs {
			out += r.Text
		}
		return out
	}
	for _, k := range slices.Concat(page.Paper, page.Restated) {
		switch k.Kind {
		case "table":
			b.WriteString(k.Caption + "\n" + strings.Join(k.Head, " | ") + "\n")
			for _, row := range k.Rows {
				var cells []string
				for _, c := range row {
					cells = append(cells, line(c))
				}
				b.WriteString(strings.Join(cells, " | ") + "\n")
			}
		case "list":
			for _, item := range k.Items {
				b.WriteString("- " + line(item) + "\n")
			}
		default:
			b.WriteString(line(k.Runs) + "\n")
		}
	}
	return b.String()
}
