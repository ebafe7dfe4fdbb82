package replica_test

import (
	"bytes"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/text/encoding/simplifiedchinese"

	"huiying/internal/drill/replica"
)

func letterStage(t *testing.T) *stage {
	s := newStage(t, 10)
	s.apply(replica.Change{Letter: &replica.Letter{Key: "one", Kind: replica.LetterComplain, Title: "路灯'不亮'", Text: "巷子里的路灯坏了。\n请来修。"}})
	s.apply(replica.Change{Letter: &replica.Letter{Key: "two", Kind: replica.LetterConsult, Title: "几点开门", Text: "周末几点开门？", GBK: true}})
	for range 6 {
		s.apply(replica.Change{Letter: &replica.Letter{Kind: replica.LetterSuggest, Title: "多种树", Text: "街边多种些树。"}})
	}
	return s
}

func (s *stage) page(address string) []byte {
	s.t.Helper()
	resp := get(s.t, s.site, address, "")
	raw := body(s.t, resp)
	if resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: status %d", address, resp.StatusCode)
	}
	return raw
}

func document(t *testing.T, raw []byte) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

var ids = regexp.MustCompile(`originalId:'(ZW\d{11})'`)

func letterIDs(raw []byte) []string {
	var out []string
	for _, m := range ids.FindAllSubmatch(raw, -1) {
		out = append(out, string(m[1]))
	}
	return out
}

func TestLetterListIsObjectText(t *testing.T) {
	s := letterStage(t)
	list := func(page string) []byte {
		return s.page(replica.LettersPath + "?keyword=&startDate=&endDate=&letterType=0&page.pageNo=" + page + "&page.pageSize=6&orgtitleLength=26")
	}
	first := list("1")
	if !bytes.HasPrefix(first, []byte("{page:{pageNo:1,totalCount:8,totalPages:2,pageSize:6},result:[{letterType:'2',letterTypeName:'建议',")) {
		t.Errorf("list begins %.200s", first)
	}
	second := list("2")
	if !bytes.Contains(second, []byte(`letterTitle:'路灯\'不亮\''`)) || !bytes.Contains(second, []byte("writeDate:'2026-11-23'")) {
		t.Errorf("second page %s", second)
	}
	if n := len(letterIDs(first)) + len(letterIDs(second)); n != 8 {
		t.Errorf("%d letters on two pages, want 8", n)
	}
	if empty := list("3"); !bytes.HasSuffix(empty, []byte("result:[]}")) {
		t.Errorf("past the end: %s", empty)
	}
	if len(s.world.Served()) != 0 {
		t.Error("a row of the list counts as a served letter")
	}
}

func TestLetterPage(t *testing.T) {
	s := letterStage(t)
	id := letterIDs(s.page(replica.LettersPath + "?page.pageSize=50"))[7]
	address := "/hudong/hdjl/com.web.complain.complainDetail.flow?originalId=" + id
	doc := document(t, s.page(address))
	for selector, want := range map[string]string{
		".o-font4 strong":          "路灯'不亮'",
		"div.p-2.text-muted.mx-2":  "巷子里的路灯坏了。\n请来修。",
		"div.my-3 div:last-child":  "时间：2026-11-23",
		"div.my-3 div:first-child": "来信人：匿名用户",
	} {
		if got := strings.TrimSpace(doc.Find(selector).First().Text()); got != want {
			t.Errorf("%s: %q, want %q", selector, got, want)
		}
	}
	if n := doc.Find("div.p-4.text-muted.my-3").Length(); n != 0 {
		t.Errorf("%d answers before any was given", n)
	}
	s.apply(replica.Change{At: s.at.Add(24 * time.Hour), Answer: &replica.Answer{Letter: "one", Org: "路灯所", Text: "已修好。"}})
	s.apply(replica.Change{At: s.at.Add(48 * time.Hour), Answer: &replica.Answer{Letter: "one", Org: "街道办", Text: "已回访。"}})
	blocks := document(t, s.page(address)).Find("div.o-border-bottom")
	if blocks.Length() != 2 {
		t.Fatalf("%d answers, want 2", blocks.Length())
	}
	last := blocks.Eq(1)
	if org, at, text := strings.TrimSpace(last.Find("strong").Text()), strings.TrimSpace(last.Find("div.my-2").Eq(1).Text()), last.Find("div.p-4.text-muted.my-3").Text(); org != "街道办" || at != "答复时间：2026-11-25" || text != "已回访。" {
		t.Errorf("second answer: %q %q %q", org, at, text)
	}
	if served := s.world.Served(); len(served) != 1 || served[0].ID != "portal:l"+id || served[0].Answers != 2 || served[0].Times != 2 {
		t.Errorf("served %+v", served)
	}
	for _, wrong := range []string{"/hudong/hdjl/com.web.consult.consultDetail.flow?originalId=" + id, address + "9"} {
		if resp := get(t, s.site, wrong, ""); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d", wrong, resp.StatusCode)
		}
	}
}

func TestGBKPageSaysUTF8(t *testing.T) {
	s := letterStage(t)
	id := letterIDs(s.page(replica.LettersPath + "?page.pageSize=50"))[6]
	resp := get(t, s.site, "/hudong/hdjl/com.web.consult.consultDetail.flow?originalId="+id, "")
	raw := body(t, resp)
	if got := resp.Header.Get("Content-Type"); got != "text/html" {
		t.Errorf("Content-Type %q tells the charset", got)
	}
	if !bytes.Contains(raw, []byte("charset=UTF-8")) || bytes.Contains(raw, []byte("几点开门")) {
		t.Error("the page is no GBK under a utf-8 meta tag")
	}
	decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw)
	if err != nil || !bytes.Contains(decoded, []byte("周末几点开门？")) {
		t.Errorf("decoded: %v", err)
	}
}

func TestArticles(t *testing.T) {
	s := newStage(t, 10)
	s.apply(replica.Change{Article: &replica.Article{Column: "公告", Title: "搬家公告", Source: "试验局", Text: "本周搬家。\n请看路牌。"}})
	row := document(t, s.page(replica.ArticlesPath)).Find("ul.doclist li")
	href := row.Find("a").AttrOr("href", "")
	if href != "./202611/t20261123_600001.html" || row.Find(".date").Text() != "2026-11-23" {
		t.Fatalf("row %q %q", href, row.Text())
	}
	base, err := url.Parse(replica.ArticlesPath)
	if err != nil {
		t.Fatal(err)
	}
	link, err := base.Parse(href)
	if err != nil {
		t.Fatal(err)
	}
	doc := document(t, s.page(link.String()))
	for name, want := range map[string]string{
		"ArticleTitle": "搬家公告", "PubDate": "2026-11-23 12:00", "contentSource": "试验局", "ColumnName": "公告", "SiteName": replica.SiteName,
	} {
		if got := doc.Find(`meta[name="`+name+`"]`).Last().AttrOr("content", ""); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if n := doc.Find("div.TRS_Editor p").Length(); n != 2 {
		t.Errorf("%d paragraphs, want 2", n)
	}
	if served := s.world.Served(); len(served) != 1 || served[0].ID != "portal:a600001" {
		t.Errorf("served %+v", served)
	}
	if resp := get(t, s.site, "/zwxx/tzgg/202611/t20261123_1.html", ""); resp.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown article: status %d", resp.StatusCode)
	}
}
