// Package surfacetest is what the tests of Weibo's parsers share: documents of
// one moment and zone, goldens, bytes that are no answer, and what must hold of
// anything a parser gives out. Only tests import it; it asks no site and holds
// no saved words of anybody.
package surfacetest

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"huiying/crawler"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Zone is the office zone of the tests.
func Zone() *time.Location { return time.FixedZone("CST", 8*60*60) }

// Fetched is when the test pages were fetched.
func Fetched() time.Time { return time.Date(2026, 11, 20, 10, 0, 0, 0, Zone()) }

// Document is a file as a response of url.
func Document(tb testing.TB, file, url string) crawler.Document {
	tb.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	return Body(string(body), url)
}

// Body is a text as a response of url.
func Body(body, url string) crawler.Document {
	return crawler.Document{Body: []byte(body), URL: url, FetchedAt: Fetched(), Zone: Zone(), Source: "town-weibo"}
}

// Saved is the path of a saved real answer, which is kept beside the
// repository and not shipped: without it the test is skipped.
func Saved(t *testing.T, name string) string {
	t.Helper()
	file := filepath.Join("..", "..", "..", "..", "shared", "fixtures", name)
	if _, err := os.Stat(file); err != nil {
		t.Skipf("skipped: %s is not here; real answers are kept outside the repository", name)
	}
	return file
}

// Parse reads a document by a surface and fails the test on an error.
func Parse(tb testing.TB, surfaces map[string]crawler.Parse, name string, d crawler.Document) crawler.Parsed {
	tb.Helper()
	parse := surfaces[name]
	if parse == nil {
		tb.Fatalf("no surface %s", name)
	}
	got, err := parse(d)
	if err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	return got
}

// Goldens compares what each file is parsed to with testdata/golden/FILE.golden.
// A case is a file of testdata, the surface it is read by, and the address it
// came from.
func Goldens(t *testing.T, surfaces map[string]crawler.Parse, cases [][3]string) {
	for _, c := range cases {
		file, surface, address := c[0], c[1], c[2]
		t.Run(file, func(t *testing.T) {
			got := Parse(t, surfaces, surface, Document(t, filepath.Join("testdata", file), address))
			Sound(t, got)
			golden(t, filepath.Join("testdata", "golden", file+".golden"), got)
		})
	}
}

func golden(t *testing.T, file string, got crawler.Parsed) {
	t.Helper()
	for i := range got.Posts {
		got.Posts[i] = got.Posts[i].In(Zone())
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(got); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

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
	seen := map[string]bool{}
	for _, p := range got.Posts {
		switch {
		case p.ID != "" && (!strings.HasPrefix(p.ID, "weibo:") || seen[p.ID]):
			tb.Errorf("id %q of another form, or twice", p.ID)
		case p.Kind == "" || p.Platform != "weibo" || p.Author.Verified == "":
			tb.Errorf("incomplete: %+v", p)
		case p.Deleted && (p.Text != "" || p.Truncated):
			tb.Errorf("a tombstone speaks: %+v", p)
		case !utf8.ValidString(p.Text) || strings.ContainsAny(p.Text, "\x00\u200b"):
			tb.Errorf("unseen characters in %q", p.Text)
		case p.ParentID == p.ID && p.ID != "":
			tb.Errorf("%s is its own parent", p.ID)
		case p.Engagement.Likes < 0 || p.Engagement.Comments < 0 || p.Engagement.Reposts < 0 || p.Engagement.Views < 0:
			tb.Errorf("counts below zero: %+v", p)
		}
		seen[p.ID] = true
	}
}

// Fuzz feeds a parser what mutates from the files of testdata.
func Fuzz(f *testing.F, surfaces map[string]crawler.Parse) {
	names := slices.Sorted(maps.Keys(surfaces))
	files, err := filepath.Glob(filepath.Join("testdata", "*.*"))
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for i := range names {
			f.Add(byte(i), body, "https://weibo.com/ajax/x?id=5367253432270859&page=2")
		}
	}
	f.Fuzz(func(t *testing.T, which byte, body []byte, url string) {
		d := crawler.Document{Body: body, URL: url, FetchedAt: Fetched(), Zone: Zone(), Source: "s"}
		Sound(t, Parse(t, surfaces, names[int(which)%len(names)], d))
	})
}
