package reports_test

import (
	"flag"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiying"
	"huiying/internal/app/reports"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/report/document"
	"huiying/internal/store/record"
	"huiying/notifier/casework/machine"
)

var update = flag.Bool("update", false, "write the goldens anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// aDay is a day whose every number can be counted by hand.
func aDay(t testing.TB) *office {
	o := newOffice(t, 1)
	o.source("s-weibo", "微博关键词", day.AddDate(0, 0, -1), o.now, [2]time.Time{day.Add(2 * time.Hour), day.Add(4*time.Hour + 30*time.Minute)})
	o.source("s-portal", "门户来信", day.AddDate(0, 0, -1), o.now)
	at := func(h, m int) time.Time { return day.Add(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute) }
	o.say(
		said{id: "weibo:5230000000000001", platform: "weibo", kind: "post", verified: "none", tone: "negative", topic: "t-1", level: huiying.LevelOrange, at: at(9, 12), likes: 35, text: "排了两个小时队，窗口只开了一个，打 13900001234 没人接。"},
		said{id: "weibo:5230000000000002", platform: "weibo", kind: "repost", verified: "none", tone: "negative", topic: "t-1", level: huiying.LevelOrange, at: at(9, 40), likes: 3, text: "排了两个小时队，窗口只开了一个。", repeats: true},
		said{id: "weibo:5230000000000003", platform: "weibo", kind: "post", verified: "media", tone: "neutral", topic: "t-1", level: huiying.LevelYellow, at: at(10, 5), likes: 80, text: "记者到大厅走访，取号后平均等候一小时。@路人甲"},
		said{id: "portal:p.example.org/l7", platform: "portal", kind: "letter", verified: "none", intent: "complaint", level: huiying.LevelBlue, at: at(11, 30), text: "公积金窗口中午没有人。"},
		said{id: "weibo:5230000000000004", platform: "weibo", kind: "post", verified: "none", tone: "positive", level: huiying.LevelNone, at: at(15, 0), likes: 1, text: "今天办证很快，点赞。"},
		said{id: "weibo:5230000000000005", platform: "weibo", kind: "post", verified: "none", tone: "negative", level: huiying.LevelNone, at: at(-3, 0), text: "昨天的。"},
		said{id: "weibo:5230000000000006", platform: "weibo", kind: "post", verified: "none", tone: "negative", level: huiying.LevelNone, at: at(12, 0), held: true, text: "首次采集带来的旧帖。"},
	)
	o.warn(huiying.Alert{ID: "a-1", PostID: "weibo:5230000000000001", Platform: "weibo", Rule: "r-queue", Level: huiying.LevelOrange, CaseNo: "HY20261126-0001", AcceptedAt: at(9, 12), RaisedAt: at(9, 12)})
	o.must(o.ledger.InTx(t.Context(), func(tx *record.Tx) error {
		c, err := o.step(tx, huiying.Case{No: "HY20261126-0001"}, at(9, 13), machine.ActionDetect, map[string]string{
			"level": "orange", "post": "weibo:5230000000000001", "first_seen_at": machine.Stamp(at(9, 12)), "published_at": machine.Stamp(at(9, 11)), "title": "大厅排队", "topic": "t-1",
			"origin.platform": "weibo", "origin.kind": "post", machine.ClockStart + "yq.other.respond": machine.Span{Start: at(9, 12), Due: at(21, 12)}.String(),
		})
		if err == nil {
			_, err = o.step(tx, c, at(9, 20), machine.ActionAssign, map[string]string{"unit": "u-hall"})
		}
		return err
	}))
	return o
}

func (o *office) text(a reports.Ask) string {
	o.t.Helper()
	c, err := o.counter.Count(o.t.Context(), a)
	o.must(err)
	doc, err := o.desk.Paper(c, locale.Chinese)
	o.must(err)
	text, err := document.Text(doc)
	o.must(err)
	return text
}

// The daily as it is read, word for word; its sentences are some five hundred
// characters, no telephone number and no name of a citizen is in it, and the
// interruption stands with the very hours it covers.
func TestDailyText(t *testing.T) {
	o := aDay(t)
	text := o.text(reports.Ask{Kind: query.ReportDaily, From: day, To: day.AddDate(0, 0, 1), At: o.now})
	golden(t, "daily.txt", text)
	for _, never := range []string{"13900001234", "路人甲", "账号weibo:5230000000000001", "首次采集带来的旧帖"} {
		if strings.Contains(text, never) {
			t.Errorf("the report holds %q", never)
		}
	}
	for _, must := range []string{"排了两个小时队", "批评、投诉类 60.0%（3/5）", "【批评】", "自 11月26日02:"} {
		if !strings.Contains(text, must) {
			t.Errorf("the report lacks %q", must)
		}
	}
	english, err := o.counter.Count(t.Context(), reports.Ask{Kind: query.ReportDaily, From: day, To: day.AddDate(0, 0, 1), At: o.now})
	o.must(err)
	doc, err := o.desk.Paper(english, locale.English)
	o.must(err)
	if _, err := document.Text(doc); err != nil {
		t.Error(err)
	}
}

// A day on which nothing was said says so, and one on which nothing could be
// read says that.
func TestEmptyDays(t *testing.T) {
	o := newOffice(t, 2)
	o.source("s-weibo", "微博关键词", day.AddDate(0, 0, -2), o.now, [2]time.Time{day.Add(-10 * time.Minute), day.AddDate(0, 0, 1)})
	quiet := o.text(reports.Ask{Kind: query.ReportDaily, From: day.AddDate(0, 0, -1), To: day, At: o.now})
	dark := o.text(reports.Ask{Kind: query.ReportDaily, From: day, To: day.AddDate(0, 0, 1), At: o.now})
	if !strings.Contains(quiet, "相关信息 0 条（无）") {
		t.Errorf("a quiet day:\n%s", quiet)
	}
	if !strings.Contains(dark, "采集中断：微博关键词") || !strings.Contains(dark, "中断") {
		t.Errorf("a dark day:\n%s", dark)
	}
}

// large is how many posts REPORT_POSTS asks for; 0 = the short form.
func large(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("REPORT_POSTS"))
	if err != nil && os.Getenv("REPORT_POSTS") != "" {
		t.Fatal(err)
	}
	return n
}

// Every row and every figure says what it is of, also of cases whose first post
// nobody knows.
func TestEveryRowHasAName(t *testing.T) {
	o := aDay(t)
	c, err := o.counter.Count(t.Context(), reports.Ask{Kind: query.ReportWeekly, From: day.AddDate(0, 0, -6), To: day.AddDate(0, 0, 1), At: o.now})
	o.must(err)
	c.Facts.Origins = append(c.Facts.Origins, "")
	doc, err := o.desk.Paper(c, locale.Chinese)
	o.must(err)
	rows := 0
	for _, b := range blocksOf(doc.Sections) {
		table, ok := b.(document.Table)
		if !ok {
			continue
		}
		for _, r := range table.Rows {
			if rows++; len(r[0].Runs) == 0 || strings.TrimSpace(r[0].Runs[0].Text) == "" {
				t.Errorf("%s: a row without a name", table.Caption)
			}
		}
	}
	if rows < 5 {
		t.Errorf("only %d rows were looked at", rows)
	}
	for _, f := range o.desk.Explain(c, locale.Chinese) {
		if f.Name == "" || f.Name == f.ID || strings.HasPrefix(f.Name, "·") || strings.Contains(f.Name, "%!") {
			t.Errorf("the figure %s is called %q", f.ID, f.Name)
		}
	}
}

func blocksOf(sections []document.Section) (out []document.Block) {
	for _, s := range sections {
		out = append(append(out, s.Blocks...), blocksOf(s.Sections)...)
	}
	return out
}
