package intake_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/intake"
)

var zone = time.FixedZone("CST", 8*3600)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, zone)

// rig is a watched folder with what came out of it.
type rig struct {
	t      tester
	dir    string
	cursor json.RawMessage
	since  time.Time
	posts  map[string]huiying.Post // by message id
	times  map[string]int          // accepted, by message id
	kept   [][]byte
	now    time.Time
	budget int // posts that may still be accepted; < 0 = all
	reader crawler.Reader
}

type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

func newRig(t tester, dir string) *rig {
	return &rig{t: t, dir: dir, posts: map[string]huiying.Post{}, times: map[string]int{}, now: noon, budget: -1, reader: intake.Kind().Reader}
}

var errFull = huiying.Errorf(huiying.Unavailable, "bus.full", "x")

func (r *rig) Accept(_ context.Context, p huiying.Post) error {
	if r.budget == 0 {
		return errFull
	}
	r.budget--
	if err := p.Validate(); err != nil {
		r.t.Fatal(err)
	}
	r.posts[p.MessageID()] = p
	r.times[p.MessageID()]++
	return nil
}

func (r *rig) visit(options string) (crawler.Report, error) {
	r.t.Helper()
	report, err := r.reader.Read(context.Background(), crawler.Visit{
		Source: huiying.Source{ID: "hotline", Options: json.RawMessage(fmt.Sprintf(`{"platform":"hotline","folder":%q%s}`, r.dir, options))},
		Cursor: r.cursor, Sink: r, Now: func() time.Time { return r.now }, Zone: zone, Since: r.since,
		Keep: func(_ context.Context, raw []byte) string {
			r.kept = append(r.kept, bytes.Clone(raw))
			return huiying.Digest(string(raw))
		},
	})
	r.cursor = report.Cursor
	r.now = r.now.Add(time.Minute)
	return report, err
}

// twice visits until a new file is taken.
func (r *rig) twice() crawler.Report {
	r.t.Helper()
	if _, err := r.visit(""); err != nil {
		r.t.Fatal(err)
	}
	report, err := r.visit("")
	if err != nil {
		r.t.Fatal(err)
	}
	return report
}

func (r *rig) lay(name string, body []byte) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.WriteFile(path, body, 0o600); err != nil {
		r.t.Fatal(err)
	}
	if err := os.Chtimes(path, r.now, r.now); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) names(sub string) []string {
	r.t.Helper()
	entries, err := os.ReadDir(filepath.Join(r.dir, sub))
	if err != nil {
		r.t.Fatal(err)
	}
	out := []string{}
	for _, e := range entries {
		if !e.IsDir() {
			out = append(out, e.Name())
		}
	}
	return out
}

func xlsx(t tester, rows [][]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := f.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// read gives the cells of an error sheet.
func (r *rig) read(name string) [][]string {
	r.t.Helper()
	f, err := excelize.OpenFile(filepath.Join(r.dir, "errors", name))
	if err != nil {
		r.t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("Sheet1")
	if err != nil {
		r.t.Fatal(err)
	}
	return rows
}

func heads() []any {
	return []any{"工单编号", "标题", "诉求内容", "来电人", "联系电话", "受理时间", "办理期限", "承办单位", "答复内容", "状态"}
}

// bigSheet has n hand-overs of which every hundredth is bad, in five ways.
func bigSheet(n int) [][]any {
	rows := [][]any{{"某市热线转办单"}, {}, heads()}
	for i := range n {
		row := []any{
			fmt.Sprintf("RX2026%05d", i), "供热问题", fmt.Sprintf("第 %d 户家里暖气不热，请尽快处理", i), "赵某某", "13900000000",
			45000 + float64(i%1000) + .25, "2026-12-31", "城建局", "", "办理中",
		}
		if i%100 == 7 {
			switch i / 100 % 5 {
			case 0:
				row[0] = ""
			case 1:
				row[2] = ""
			case 2:
				row[5] = "昨天下午"
			case 3:
				row[6] = "尽快"
			case 4:
				row[0] = "1.2345678901E+17"
			}
		}
		rows = append(rows, row)
	}
	return append(rows, []any{"合计", n})
}

// An xlsx of 5,000 hand-overs with 50 bad rows gives 4,950 posts and a sheet
// naming the 50 mistakes.
func TestFiveThousandWithFiftyMistakes(t *testing.T) {
	r := newRig(t, t.TempDir())
	r.lay("三月.xlsx", xlsx(t, bigSheet(5000)))
	report := r.twice()
	if len(r.posts) != 4950 || report.Entry.Posts != 4950 {
		t.Fatalf("%d posts, %+v", len(r.posts), report)
	}
	rows := r.read("三月-错误.xlsx")
	if len(rows) != 51 {
		t.Fatalf("%d rows in the error sheet", len(rows))
	}
	if diff := cmp.Diff([]string{"原行号", "错误说明", "工单编号", "标题"}, rows[0][:4]); diff != "" {
		t.Error(diff)
	}
	for i, row := range rows[1:] {
		if want := fmt.Sprint(i*100 + 7 + 4); row[0] != want || row[1] == "" || !strings.HasPrefix(row[4]+"第", "第") {
			t.Errorf("row %d: %v, want number %s", i, row, want)
		}
	}
	if diff := cmp.Diff([]string{"三月.xlsx"}, r.names("done")); diff != "" {
		t.Error(diff)
	}
	if report.Answer != crawler.AnswerOK || !strings.Contains(report.Entry.Detail, "三月.xlsx：收下 4950 条，退回 50 行") {
		t.Errorf("%+v", report)
	}
}

func TestPost(t *testing.T) {
	r := newRig(t, t.TempDir())
	row := []any{" ＲＸ001 ", "供热", "暖气不热<br>请处理", "赵小六", "13900000000", 46083.4375, "2026-03-09", "城建局", "已联系供热公司。", "已办结"}
	r.lay("a.xlsx", xlsx(t, [][]any{heads(), row}))
	r.twice()
	var got huiying.Post
	for _, p := range r.posts {
		got = p
	}
	want := huiying.Post{
		ID: "hotline:RX001", Source: "hotline", Platform: "hotline", Kind: "ticket", Title: "供热", Text: "暖气不热\n请处理",
		Author: huiying.Author{Name: "赵小六"}, PublishedAt: time.Date(2026, 3, 2, 10, 30, 0, 0, zone), PublishedPrecision: "second",
		CollectedAt: noon.Add(time.Minute), Answers: []huiying.Answer{{Org: "城建局", Text: "已联系供热公司。"}}, Status: "answered",
		Number: "RX001", DueAt: time.Date(2026, 3, 9, 23, 59, 59, 0, zone), Evidence: huiying.Digest(string(r.kept[0])),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(string(r.kept[0]), "13900000000") {
		t.Errorf("the evidence lacks the row as it was: %s", r.kept[0])
	}
	raw, err := json.Marshal(got)
	if err != nil || strings.Contains(string(raw), "13900000000") {
		t.Errorf("the phone number is carried: %s %v", raw, err)
	}
}

func text(comma rune, rows [][]string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Comma = comma
	_ = w.WriteAll(rows)
	return b.String()
}

func TestCSV(t *testing.T) {
	rows := [][]string{
		{"来信编号", "来信主题", "来信内容", "来信时间", "截止时间"},
		{"X1", "路灯", "第一行\n第二行，路灯不亮", "2026/1/5 8:30", "2026年1月12日"},
		{"", "", "", "", ""},
		{"X2", "", "井盖坏了", "20260105", ""},
		{"X3", "", "", "2026-01-05 10:00", ""},
	}
	utf8 := text(',', rows)
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(utf8)
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{
		"utf-8": utf8, "with a mark": "\ufeff" + utf8, "gbk": gbk, "tabs": text('\t', rows), "semicolons": text(';', rows),
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, t.TempDir())
			r.lay("信.csv", []byte(body))
			r.twice()
			got := map[string]string{}
			for _, p := range r.posts {
				got[p.ID] = p.Text + "|" + p.PublishedAt.Format(time.DateTime)
			}
			want := map[string]string{
				"hotline:X1": "第一行\n第二行，路灯不亮|2026-01-05 08:30:00", "hotline:X2": "井盖坏了|2026-01-05 00:00:00",
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			rows := r.read("信-错误.xlsx")
			if len(rows) != 2 || rows[1][0] != "5" || rows[1][2] != "X3" {
				t.Errorf("%q", rows)
			}
		})
	}
}

// A file that cannot be read as a whole gets one clear sentence, in the
// ledger, in the state of the source and beside the file.
func TestRefusedFiles(t *testing.T) {
	good := xlsx(t, [][]any{heads()})
	for name, c := range map[string]struct {
		body []byte
		want string
	}{
		"a.xls":  {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600)), "旧的 .xls"},
		"b.xls":  {[]byte("<html><table><tr><td>工单编号</td></tr></table></html>"), "其实是网页"},
		"c.xlsx": {[]byte("\ufeff <?xml version=\"1.0\"?><Workbook/>"), "其实是网页"},
		"locked.xlsx": {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 70000) +
			"E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"), "打开密码"},
		"cut.xlsx":   {good[:len(good)/2], "没有传完"},
		"empty.csv":  {nil, "空文件"},
		"note.pdf":   {[]byte("%PDF-1.4"), "不是 .xlsx 也不是 .csv"},
		"other.xlsx": {xlsx(t, [][]any{{"序号", "诉求内容"}, {1, "路灯"}}), "缺少这些列：工单编号、受理时间"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, t.TempDir())
			r.lay(name, c.body)
			report := r.twice()
			if report.Answer != crawler.AnswerMalformed || !strings.Contains(report.Detail, c.want) || report.Entry.Reason != "intake.file_refused" {
				t.Errorf("%+v", report)
			}
			stem := strings.TrimSuffix(name, filepath.Ext(name))
			if diff := cmp.Diff([]string{stem + "-错误.txt", name}, r.names("errors")); diff != "" && len(r.names("errors")) != 2 {
				t.Error(diff)
			}
			raw, err := os.ReadFile(filepath.Join(r.dir, "errors", stem+"-错误.txt"))
			if err != nil || !strings.Contains(string(raw), c.want) {
				t.Errorf("%s %v", raw, err)
			}
			if report, err := r.visit(""); err != nil || report.Answer != crawler.AnswerOK {
				t.Errorf("the next visit: %+v %v", report, err)
			}
		})
	}
}

// A file is left alone while it grows and while it has the name of an
// unfinished one.
func TestIncomplete(t *testing.T) {
	r := newRig(t, t.TempDir())
	body := []byte("编号,内容,时间\nA1,路灯不亮,2026-01-05\n")
	r.lay("a.csv.part", body)
	r.lay("~$a.xlsx", body)
	r.lay("a.csv", body)
	if _, err := r.visit(""); err != nil || len(r.posts) != 0 {
		t.Fatalf("taken at first sight: %v %v", r.posts, err)
	}
	r.lay("a.csv", append(body, "A2,井盖,2026-01-05\n"...))
	if _, err := r.visit(""); err != nil || len(r.posts) != 0 {
		t.Fatalf("taken while it grew: %v %v", r.posts, err)
	}
	if _, err := r.visit(""); err != nil || len(r.posts) != 2 {
		t.Fatalf("%v %v", r.posts, err)
	}
	if diff := cmp.Diff([]string{"a.csv.part", "~$a.xlsx"}, r.names(".")); diff != "" {
		t.Error(diff)
	}
}

// The same row again changes nothing, a changed one is a new revision of the
// same post.
func TestAgain(t *testing.T) {
	r := newRig(t, t.TempDir())
	first := "编号,内容,时间,状态\nA1,路灯不亮,2026-01-05,受理\nA1,路灯不亮,2026-01-05,受理\nA1,别的话,2026-01-05,受理\n"
	r.lay("a.csv", []byte(first))
	r.twice()
	if len(r.posts) != 1 || len(r.read("a-错误.xlsx")) != 2 {
		t.Fatalf("%v", r.posts)
	}
	r.lay("a.csv", []byte(first))
	r.twice()
	if len(r.posts) != 1 {
		t.Errorf("the same rows again: %v", r.posts)
	}
	r.lay("b.csv", []byte("编号,内容,时间,状态\nA1,路灯不亮,2026-01-05,已办结\n"))
	r.twice()
	if len(r.posts) != 2 {
		t.Errorf("a changed row: %v", r.posts)
	}
	if got := r.names("done"); len(got) != 3 {
		t.Errorf("%v", got)
	}
}

// Two rows of headings, of which the upper one groups; an own name for a
// column; a sheet by name.
func TestHeadings(t *testing.T) {
	r := newRig(t, t.TempDir())
	r.lay("a.xlsx", xlsx(t, [][]any{
		{"转办情况表"}, {"编 号", "市民", "", "事由（必填）", "受理时间"}, {"", "姓名", "电话", "", ""},
		{"A1", "钱七", "1", "路灯不亮", "2026-01-05 08:00"},
	}))
	for range 2 {
		if _, err := r.visit(`,"columns":{"text":["事由","缘由"]}`); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.posts) != 1 {
		t.Fatalf("%v", r.posts)
	}
	for _, p := range r.posts {
		if p.Author.Name != "钱七" || p.Text != "路灯不亮" {
			t.Errorf("%+v", p)
		}
	}
}

func asCSV(rows [][]any) []byte {
	var out [][]string
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = fmt.Sprint(c)
		}
		out = append(out, cells)
	}
	return []byte(text(',', out))
}

// Interrupted after any accepted row and run again, by a process that
// remembers its cursor or by one that does not, nothing is lost, and what is
// offered twice is the same message.
func TestInterrupted(t *testing.T) {
	rows := bigSheet(120)
	bodies := map[string][]byte{"a.xlsx": xlsx(t, rows), "a.csv": asCSV(rows)}
	base := t.TempDir()
	n, reader := 0, intake.Kind().Reader
	rapid.Check(t, func(t *rapid.T) {
		n++
		dir := filepath.Join(base, fmt.Sprint(n))
		if err := os.Mkdir(dir, 0o750); err != nil {
			t.Fatal(err)
		}
		r := newRig(t, dir)
		r.reader = reader
		name := rapid.SampledFrom([]string{"a.csv", "a.csv", "a.csv", "a.xlsx"}).Draw(t, "file")
		r.lay(name, bodies[name])
		for range rapid.IntRange(1, 4).Draw(t, "interruptions") {
			before := r.cursor
			r.budget = rapid.IntRange(0, 130).Draw(t, "accepted before the end")
			if _, err := r.visit(""); err != nil && !errors.Is(err, errFull) {
				t.Fatal(err)
			}
			if rapid.Bool().Draw(t, "killed") {
				r.cursor, r.since = before, r.now.Add(-time.Hour)
			}
		}
		r.budget = -1
		r.twice()
		if len(r.posts) != 118 {
			t.Fatalf("%d posts", len(r.posts))
		}
		if got := r.read("a-错误.xlsx"); len(got) != 3 {
			t.Fatalf("%q", got)
		}
		if diff := cmp.Diff([]string{name}, r.names("done")); diff != "" {
			t.Fatal(diff)
		}
	})
}

// What was done shortly before an unclean end is offered again.
func TestUnclean(t *testing.T) {
	r := newRig(t, t.TempDir())
	r.lay("a.csv", []byte("编号,内容,时间\nA1,路灯不亮,2026-01-05\n"))
	r.twice()
	r.since = noon
	if _, err := r.visit(""); err != nil {
		t.Fatal(err)
	}
	for id, times := range r.times {
		if times != 2 {
			t.Errorf("%s was offered %d times", id, times)
		}
	}
}

func TestSettle(t *testing.T) {
	for name, c := range map[string]struct{ options, key string }{
		"good":         {`{"platform":"mailbox","folder":"x"}`, ""},
		"unknown key":  {`{"platform":"mailbox","watch":"x"}`, "intake.options_unreadable"},
		"no platform":  {`{"folder":"x"}`, "intake.bad_platform"},
		"short secret": {`{"platform":"consult","secret":"abc"}`, "intake.secret_short"},
		"no file":      {`{"platform":"consult","secret_file":"/none"}`, "intake.secret_unread"},
		"both":         {`{"platform":"consult","secret":"0123456789abcdef","secret_file":"/none"}`, "intake.secret_twice"},
		"field":        {`{"platform":"consult","columns":{"deadline":"x"}}`, "intake.no_field"},
		"no heading":   {`{"platform":"consult","columns":{"due":[]}}`, "intake.no_heading"},
	} {
		_, err := intake.Settle(huiying.Source{ID: "s", Options: json.RawMessage(c.options)})
		if c.key == "" != (err == nil) || err != nil && !strings.Contains(err.Error(), c.key) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
