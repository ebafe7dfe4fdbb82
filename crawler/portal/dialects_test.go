package portal_test

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"huiying"
	"huiying/crawler"
)

// board is a small site that shows one list of articles or letters in one of
// the dialects. It forgets nothing of what it was asked.
type board struct {
	dialect string
	rows    int // newest first: rows, rows-1 … 1
	size    int
	gbk     bool
	endless bool // behind the last page it shows the last page again
	walls   int  // questions after which it answers 403, 0 for never
	asked   []string
	closed  map[int]bool // rows taken off public
	answers map[int]bool
}

func (b *board) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	b.asked = append(b.asked, r.Method+" "+r.URL.Path+" "+r.Form.Encode())
	if b.walls > 0 && len(b.asked) > b.walls {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	body := ""
	switch {
	case strings.HasPrefix(r.URL.Path, "/d/"):
		body = b.detail(r)
	default:
		body = b.list(r)
	}
	if body == "" {
		http.NotFound(w, r)
		return
	}
	if b.gbk {
		body, _ = simplifiedchinese.GBK.NewEncoder().String(body)
	}
	_, _ = io.WriteString(w, body)
}

func day(n int) time.Time { return time.Date(2026, 11, 20, 0, 0, 0, 0, office).AddDate(0, 0, n-40) }

func (b *board) page(n int) []int {
	last := (b.rows + b.size - 1) / b.size
	if b.endless {
		n = min(n, last)
	}
	var out []int
	for i := b.rows - (n-1)*b.size; i > 0 && i > b.rows-n*b.size; i-- {
		out = append(out, i)
	}
	return out
}

func (b *board) html(rows []int, tag string) string {
	var out strings.Builder
	for _, i := range rows {
		fmt.Fprintf(&out, `<%[1]s><a href="/d/t%[2]s_%[3]d.html">第%[3]d件事情的标题</a><span>%[4]s</span></%[1]s>`, tag, day(i).Format("20060102"), i, day(i).Format(time.DateOnly))
	}
	return out.String()
}

func (b *board) list(r *http.Request) string {
	ask := func(key string) int { n, _ := strconv.Atoi(r.Form.Get(key)); return n }
	switch b.dialect {
	case "jcms":
		if r.Method != http.MethodPost || r.PostForm.Get("columnid") != "77" {
			return ""
		}
		n := (ask("startrecord")-1)/b.size + 1
		var out strings.Builder
		fmt.Fprintf(&out, "<?xml version='1.0' encoding='UTF-8'?><datastore><totalrecord>%d</totalrecord><totalpage>9</totalpage><recordset>", b.rows)
		for _, i := range b.page(n) {
			out.WriteString("<record><![CDATA[" + b.html([]int{i}, "li") + "]]></record>")
		}
		return out.String() + "</recordset></datastore>"
	case "jpaas":
		n := 0
		_, _ = fmt.Sscanf(r.Form.Get("paramJson"), `{"pageNo":%d,`, &n)
		return fmt.Sprintf(`{"success":true,"data":{"html":%q}}`, `<ul>`+b.html(b.page(n), "li")+`</ul>`)
	case "trs":
		n := 1
		if r.URL.Path != "/xw/" {
			_, _ = fmt.Sscanf(r.URL.Path, "/xw/index_%d.html", &n)
			n++
		}
		if rows := b.page(n); len(rows) > 0 {
			return "<html><body><ul>" + strings.ReplaceAll(b.html(rows, "li"), "2026-", "") + "</ul></body></html>"
		}
		return ""
	case "postback", "callback":
		return b.form(r, ask)
	}
	return ""
}

// form plays ASP.NET: a page is only given for the state of the page before.
func (b *board) form(r *http.Request, ask func(string) int) string {
	n := 1
	if r.Method == http.MethodPost {
		if n = ask("__EVENTARGUMENT"); b.dialect == "callback" {
			n, _ = strconv.Atoi(strings.TrimPrefix(r.Form.Get("__CALLBACKPARAM"), "Load|*|"))
		}
		state := "state1"
		if b.dialect == "postback" {
			state = fmt.Sprintf("state%d", n-1)
		}
		if r.Form.Get("__VIEWSTATE") != state || r.Form.Get("__CSRFTOKEN") != "tok" {
			return "<html><body>error</body></html>"
		}
	}
	rows := b.html(b.page(n), "tr")
	rows = strings.NewReplacer("<tr><a", "<tr><td><a", "</a><span>", "</a></td><td>", "</span></tr>", "</td><td>办理中</td></tr>").Replace(rows)
	if r.Method == http.MethodPost && b.dialect == "callback" {
		return "0|" + rows
	}
	more := ""
	if n*b.size < b.rows && b.dialect == "postback" {
		more = fmt.Sprintf(`<a href="javascript:__doPostBack('Pager','%d')">下一页</a>`, n+1)
	}
	return fmt.Sprintf(`<html><body><form><input type="hidden" name="__VIEWSTATE" value="state%d"><input type="hidden" name="__CSRFTOKEN" value="tok"><table>%s</table>%s</form></body></html>`, n, rows, more)
}

func (b *board) detail(r *http.Request) string {
	i := 0
	var d string
	_, _ = fmt.Sscanf(r.URL.Path, "/d/t%8s_%d.html", &d, &i)
	if b.closed[i] {
		return "<html><body>信件不存在</body></html>"
	}
	answer := ""
	if b.answers[i] {
		answer = `<tr><td>回复内容</td><td>已经办好。</td></tr>`
	}
	return fmt.Sprintf(`<html><body><h1>第%d件事情的标题</h1><table><tr><td>标题</td><td>第%d件事情的标题</td></tr><tr><td>内容</td><td>路灯不亮已有三天，第%d次反映。</td></tr>%s</table></body></html>`, i, i, i, answer)
}

var dialects = map[string]string{
	"jcms":     `{"profile":"jcms-articles","site":"https://www.linhe.gov.example","params":{"columnid":"77"},"pages":50}`,
	"jpaas":    `{"profile":"jpaas-list","site":"https://www.linhe.gov.example","params":{"pageId":"9"},"pages":50}`,
	"trs":      `{"profile":"trs-articles","site":"https://www.linhe.gov.example","lists":["/xw/"],"pages":50}`,
	"postback": `{"profile":"aspnet-board","site":"https://www.linhe.gov.example","lists":["/list.aspx"],"pages":50,"recheck":0}`,
	"callback": `{"profile":"town-board","pages":50,"recheck":0}`,
}

const townBoard = `
name: town-board
site: https://www.linhe.gov.example
kind: letter
list:
  format: aspnet
  url: /list.aspx
  item: tr
  status: {select: 'td:last-child'}
  callback: {id: __Page, param: 'Load|*|{page}'}
detail:
  text: {select: tr, match: '^内容\s*(.+)'}
  answers: {item: 'tr:contains("回复内容")', text: {match: '回复内容\s*(.+)'}}
`

func newBoard(t *testing.T, b *board) *reading {
	t.Helper()
	return newReading(t, b, dialects[b.dialect], map[string]profileOf{"town-board": profile(t, townBoard)})
}

// TestDialects: every dialect is read to its end, only new rows afterwards,
// and what a wall cut off is made good.
func TestDialects(t *testing.T) {
	for name := range dialects {
		for _, gbk := range []bool{false, true} {
			t.Run(fmt.Sprint(name, gbk), func(t *testing.T) {
				b := &board{dialect: name, rows: 37, size: 15, gbk: gbk}
				if name == "jcms" {
					b.size = 45
				}
				r := newBoard(t, b)
				b.walls = 9
				if got := r.visit(t); got.Answer != crawler.AnswerForbidden || got.Entry.Accepted == 0 {
					t.Fatalf("wall: %+v", got)
				}
				b.walls = 0
				if got := r.visit(t); got.Answer != crawler.AnswerOK || len(r.basket.posts) != 37 || got.Entry.Capped {
					t.Fatalf("whole: %d posts, %+v, asked %q", len(r.basket.posts), got, b.asked)
				}
				for _, p := range r.basket.posts {
					if p.PublishedAt.IsZero() || p.Title == "" || !strings.Contains(p.Text, "路灯不亮") || (p.Kind == huiying.KindLetter && p.Status != "handling") {
						t.Fatalf("%+v", p)
					}
				}
				b.rows, b.asked = 39, nil
				if got := r.visit(t); got.Entry.Accepted != 2 || len(b.asked) > 4 {
					t.Errorf("new: %+v, asked %q", got, b.asked)
				}
			})
		}
	}
}

// TestEndless: a site that shows its last page for ever ends by that; one that
// always has more is capped.
func TestEndless(t *testing.T) {
	b := &board{dialect: "callback", rows: 37, size: 15, endless: true}
	r := newBoard(t, b)
	if got := r.visit(t); len(r.basket.posts) != 37 || got.Entry.Capped {
		t.Errorf("%d posts, %+v", len(r.basket.posts), got)
	}
	long := &board{dialect: "jpaas", rows: 9000, size: 15}
	r = newReading(t, long, strings.Replace(dialects["jpaas"], `"pages":50`, `"pages":2`, 1), nil)
	if got := r.visit(t); len(r.basket.posts) != 30 || !got.Entry.Capped {
		t.Errorf("%d posts, %+v", len(r.basket.posts), got)
	}
}

// TestBackfill: a past window is read past what is known and past the usual
// number of pages; the cursor stays.
func TestBackfill(t *testing.T) {
	b := &board{dialect: "jpaas", rows: 200, size: 15}
	r := newReading(t, b, strings.Replace(dialects["jpaas"], `"pages":50`, `"pages":1`, 1), nil)
	r.visit(t)
	r.window = crawler.Window{From: day(101), To: day(111)}
	got := r.visit(t)
	if got.Entry.Accepted != 10 || got.Entry.Capped {
		t.Fatalf("%+v", got)
	}
	for _, p := range r.basket.posts[15:] {
		if !r.window.Holds(p.PublishedAt) {
			t.Errorf("%+v", p)
		}
	}
	r.window = crawler.Window{From: day(-400), To: day(3)}
	if got := r.visit(t); got.Entry.Accepted != 2 || !got.Entry.Capped || got.Entry.Detail == "" {
		t.Errorf("the site ends before: %+v", got)
	}
	r.window = crawler.Window{}
	if got := r.visit(t); got.Entry.Accepted != 0 || got.Entry.Pages > 2 {
		t.Errorf("afterwards: %+v", got)
	}
}
