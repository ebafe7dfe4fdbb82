package markup_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"huiying/crawler"
	"huiying/crawler/surfacetest"
	"huiying/crawler/weibo/markup"
)

func TestOpen(t *testing.T) {
	for body, want := range map[string]crawler.Answer{
		"<p>早</p>": crawler.AnswerOK, "": crawler.AnswerMalformed, "早": crawler.AnswerMalformed, `{"a":"<p>"}`: crawler.AnswerMalformed,
		`["<p>"]`: crawler.AnswerMalformed, strings.Repeat("<div>", 600): crawler.AnswerMalformed, strings.Repeat("<div></div>", 600): crawler.AnswerOK,
		"<html><title>访问受限</title></html>": crawler.AnswerBlocked,
	} {
		doc, got := markup.Open(surfacetest.Body(body, ""))
		if got != want || (doc == nil) != (want != crawler.AnswerOK) {
			t.Errorf("%.40q: %s, want %s", body, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for html, want := range map[string]string{
		"<p>一\n  行</p>": "一 行", "<p>两<br/>行</p>": "两\n行", `<p>词<i class="W_ficon">c</i><img alt="[赞]"></p>`: "词[赞]",
		`<p>长文<a>收起<i class="wbicon">d</i></a></p>`: "长文", "<p>1 &lt; 2 &amp; 3</p>": "1 < 2 & 3", "<p></p>": "",
	} {
		doc, _ := markup.Fragment(html)
		if got := markup.Words(doc.Find("p")); got != want {
			t.Errorf("%s: %q, want %q", html, got, want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for href, want := range map[string]string{
		"//weibo.com/7/Rsdzh9wKL?refer_flag=1": "Rsdzh9wKL", "/u/7": "7", "https://weibo.com/": "", "": "", "::": "", "7": "7", "/a/b/#x": "b",
	} {
		if got := markup.Last(href); got != want {
			t.Errorf("%s: %q, want %q", href, got, want)
		}
	}
	for _, c := range [][3]string{
		{"mid=7", "mid", "7"}, {"/x?page=2#a", "page", "2"}, {"/x?a=1&amp;uid=7", "uid", "7"}, {"id=7&usercardkey=k", "id", "7"}, {"/x?q=%zz", "q", "%zz"},
		{"/weibo/%25E6&page=2", "page", "2"}, {"", "id", ""}, {"name=%E7%94%B2", "name", "甲"},
	} {
		if got := markup.Query(c[0], c[1]); got != c[2] {
			t.Errorf("%s of %s: %q, want %q", c[1], c[0], got, c[2])
		}
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"<p>甲<br>乙</p>", `<a href="//x?id=7">丙</a>`, "<svg><p></svg>", "&#0;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, html string) {
		doc, answer := markup.Fragment(html)
		if answer != crawler.AnswerOK {
			return
		}
		if got := markup.Words(doc.Selection); utf8.ValidString(html) && !utf8.ValidString(got) {
			t.Errorf("%q", got)
		}
		markup.Last(html)
		markup.Query(html, "id")
	})
}
