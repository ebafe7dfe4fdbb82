package dialect_test

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"huiying/crawler/portal/dialect"
)

func TestRecords(t *testing.T) {
	for body, want := range map[string]dialect.Fragment{
		`<datastore><totalrecord>12</totalrecord><recordset><record><![CDATA[<li>a & b</li>]]></record></recordset></datastore>`: {HTML: "<li>a & b</li>\n", Total: 12},
		`<recordset></recordset>`:                                      {},
		`<record>&lt;tr&gt;&lt;td&gt;1&lt;/td&gt;&lt;/tr&gt;</record>`: {HTML: "<table><tr><td>1</td></tr>\n</table>"},
	} {
		if got, ok := dialect.Records(body); !ok || got != want {
			t.Errorf("%s: %+v %v", body, got, ok)
		}
	}
	if _, ok := dialect.Records("<html></html>"); ok {
		t.Error("a page is no answer")
	}
}

func TestUnit(t *testing.T) {
	if f, _, ok := dialect.Unit(`{"data":{"html":"<ul count=\"92\"><li>x<\/li></ul>"}}`); !ok || f.Total != 92 || !strings.Contains(f.HTML, "<li>x</li>") {
		t.Errorf("%+v %v", f, ok)
	}
	if _, said, ok := dialect.Unit(`{"success":false,"message":"参数错误","data":null}`); ok || said != "参数错误" {
		t.Error(said, ok)
	}
	if _, _, ok := dialect.Unit("<html>"); ok {
		t.Error("a page is no answer")
	}
}

func TestForm(t *testing.T) {
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(`<form><input type="hidden" name="__VIEWSTATE" value="s">
<a href="javascript:__doPostBack('P','2')">[2]</a><a href="javascript:__doPostBack(&#39;P&#39;,&#39;9&#39;)">下一页</a></form>
<form><input type="password"><input type="hidden" name="back" value="x"></form>`))
	if err != nil {
		t.Fatal(err)
	}
	if h := dialect.Hidden(doc); h.Get("__VIEWSTATE") != "s" || h.Has("back") {
		t.Error(h)
	}
	for n, want := range map[int]string{2: "P 2", 3: "P 9"} {
		if target, argument := dialect.PostBack(doc, n); target+" "+argument != want {
			t.Error(n, target, argument)
		}
	}
	for body, want := range map[string]string{"s<li>": "<li> ", "0|<tr>": "<table><tr></table> ", "2|ab<li>": "<li> ab", "<p>": "<p> "} {
		if html, v, ok := dialect.Callback(body); !ok || html+" "+v != want {
			t.Errorf("%s: %q %q", body, html, v)
		}
	}
	if _, _, ok := dialect.Callback("eError"); ok {
		t.Error("an error is no answer")
	}
}

func TestNumbered(t *testing.T) {
	for _, c := range []struct {
		first string
		n     int
		want  string
	}{
		{"/xw/", 1, "/xw/"}, {"/xw/", 3, "/xw/index_2.html"}, {"/xw/list.shtml?a=1", 2, "/xw/list_1.shtml?a=1"}, {"https://a.example/x", 2, "https://a.example/x_1"},
	} {
		if got := dialect.Numbered(c.first, c.n); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
	if dialect.Pages(`createPageHTML(50, 0, "index", "html");`) != 50 || dialect.Pages("") != 0 {
		t.Error("Pages")
	}
}

func FuzzEnvelopes(f *testing.F) {
	for _, s := range []string{
		`<datastore><record><![CDATA[<li>]]></record></datastore>`, `{"data":{"html":"<tr>"}}`, `3|abc<tr>`, "s<li>", `createPageHTML(2, 0,`,
		`<form><input type="hidden" name="a"><a href="javascript:__doPostBack('P','2')">2</a></form>`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if r, _ := dialect.Records(s); r.Total < 0 {
			t.Error(r.Total)
		}
		if r, _, _ := dialect.Unit(s); r.Total < 0 {
			t.Error(r.Total)
		}
		dialect.Callback(s)
		if dialect.Pages(s) < 0 || dialect.Numbered(s, 1) != s {
			t.Error("TRS")
		}
		if doc, err := goquery.NewDocumentFromReader(strings.NewReader(s)); err == nil {
			dialect.Hidden(doc)
			dialect.PostBack(doc, 2)
		}
	})
}
