package surfacetest

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"huiying"
	"huiying/crawler"
)

// Refusals checks that bodies which are no content are classified so by these
// surfaces, and give no post.
func Refusals(t *testing.T, surfaces map[string]crawler.Parse, bodies map[string]crawler.Answer) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(surfaces)) {
		for body, want := range bodies {
			got := Parse(t, surfaces, name, Body(body, ""))
			if got.Answer != want || len(got.Posts) > 0 {
				t.Errorf("%s of %.80q: answer %s with %d posts, want %s and none", name, body, got.Answer, len(got.Posts), want)
			}
		}
	}
}

// Odd checks that nothing that is no answer of the site is content.
func Odd(t *testing.T, surfaces map[string]crawler.Parse) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(surfaces)) {
		for what, body := range oddBodies() {
			got := Parse(t, surfaces, name, Body(body, ""))
			if got.Answer == crawler.AnswerOK || len(got.Posts) > 0 {
				t.Errorf("%s of %s: answer %s with %d posts", name, what, got.Answer, len(got.Posts))
			}
			if got.Answer == crawler.AnswerEmpty && !strings.Contains(what, "empty") {
				t.Errorf("%s of %s was taken for an empty answer", name, what)
			}
		}
	}
}

func oddBodies() map[string]string {
	return map[string]string{
		"nothing": "", "spaces": " \n", "a number": "17", "an array of numbers": "[1,2]", "a string": `"ok"`, "cut": `{"ok":1,"data":{"list":[`,
		"NUL": "\x00\x00", "invalid UTF-8": "{\"ok\":1,\"msg\":\"\xff\xfe\"}", "html": "<html><body><p>hello</p></body></html>",
		"data is a number": `{"ok":1,"data":3}`, "lists are numbers": `{"ok":1,"data":{"realtime":3}}`,
		"deep brackets": strings.Repeat("[", 20000), "deep tags": strings.Repeat("<div><b>", 20000), "deep lists": strings.Repeat("<ul><li>", 20000),
		"an unknown refusal": `{"ok":0,"msg":"十二点"}`, "an object": `{}`, "null": "null", "another code": `{"code":"100999","msg":"","data":{}}`,
		"cards without ids": `<div class="card-wrap"><p class="txt">字</p></div><div class="c" id="M_"></div><div comment_id="x"></div>`,
	}
}

// Sound checks what must hold of anything a parser gives out.
func Sound(tb testing.TB, got crawler.Parsed) {
	tb.Helper()
	if len(got.Posts) > 0 && got.Answer != crawler.AnswerOK && got.Answer != crawler.AnswerDeleted {
		tb.Errorf("%d posts from an answer %s", len(got.Posts), got.Answer)
	}
	if got.Answer == crawler.AnswerOK && len(got.Posts) == 0 {
		tb.Error("an answer ok without posts")
	}
	if got.Total < 0 || len(got.Next) > maxToken || !utf8.ValidString(got.Next) {
		tb.Errorf("total %d, next %.200q", got.Total, got.Next)
	}
	seen := map[string]bool{}
	for _, p := range got.Posts {
		if seen[p.ID] && p.ID != "" {
			tb.Errorf("%s is there twice", p.ID)
		}
		seen[p.ID] = true
		sound(tb, p)
	}
}

// maxToken bounds the token of a next page, which becomes part of an address.
const maxToken = 4096

func sound(tb testing.TB, p huiying.Post) {
	tb.Helper()
	words := p.Title + p.Text + p.Author.Name + p.Author.ID + p.Region + p.URL + p.ID
	for _, a := range p.Answers {
		words += a.Org + a.Text
	}
	e := p.Engagement
	switch {
	case p.ID != "" && !strings.HasPrefix(p.ID, p.Platform+":"):
		tb.Errorf("id %q of another form", p.ID)
	case p.ID != "" && p.Validate() != nil:
		tb.Errorf("%v: %+v", p.Validate(), p)
	case p.Kind == "" || p.Platform == "" || p.Author.Verified == "":
		tb.Errorf("incomplete: %+v", p)
	case p.Deleted && (p.Text != "" || p.Truncated):
		tb.Errorf("a tombstone speaks: %+v", p)
	case !utf8.ValidString(words) || strings.ContainsAny(p.Title+p.Text, "\x00\u200b"):
		tb.Errorf("unseen characters in %q", words)
	case p.ParentID == p.ID && p.ID != "":
		tb.Errorf("%s is its own parent", p.ID)
	case e.Likes < 0 || e.Comments < 0 || e.Reposts < 0 || e.Views < 0:
		tb.Errorf("counts below zero: %+v", p)
	case p.PublishedAt.IsZero() != (p.PublishedPrecision == ""):
		tb.Errorf("time %v is known to the %q", p.PublishedAt, p.PublishedPrecision)
	}
}

// Fuzz feeds a parser what mutates from the files of testdata, and from more.
// What comes out is sound, no larger than what went in accounts for, and the
// same when it is read again.
func Fuzz(f *testing.F, surfaces map[string]crawler.Parse, more ...string) {
	names := slices.Sorted(maps.Keys(surfaces))
	files, err := filepath.Glob(filepath.Join("testdata", "*.*"))
	if err != nil || len(files)+len(more) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		more = append(more, string(body))
	}
	for _, body := range more {
		for i := range names {
			f.Add(byte(i), []byte(body), "https://weibo.com/ajax/x?id=5367253432270859&page=2")
		}
	}
	f.Fuzz(func(t *testing.T, which byte, body []byte, url string) {
		url = strings.ToValidUTF8(url, "") // the fetcher writes addresses so
		d := crawler.Document{Body: slices.Clone(body), URL: url, FetchedAt: Fetched(), Zone: Zone(), Source: Source}
		got := Parse(t, surfaces, names[int(which)%len(names)], d)
		Sound(t, got)
		bounded(t, got, len(body)+len(url))
		if string(d.Body) != string(body) {
			t.Error("the parser changed what it was given")
		}
		if again := Parse(t, surfaces, names[int(which)%len(names)], d); !reflect.DeepEqual(got, again) {
			t.Errorf("read again it is %+v, not %+v", again, got)
		}
	})
}

// bounded checks that a parser makes no more words than it was given: a byte
// may be written out as an entity or in another encoding, and a title, a place
// or an address may stand on every post of a page.
func bounded(tb testing.TB, got crawler.Parsed, given int) {
	tb.Helper()
	size := 0
	for _, p := range got.Posts {
		size += len(p.Text)
		for _, a := range p.Answers {
			size += len(a.Text)
		}
	}
	if size > 8*given+1024 || len(got.Posts) > given {
		tb.Errorf("%d posts with %d bytes of text from %d bytes", len(got.Posts), size, given)
	}
}
