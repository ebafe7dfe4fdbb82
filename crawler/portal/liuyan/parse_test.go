package liuyan_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiying/crawler"
	"huiying/crawler/portal/liuyan"
)

var update = flag.Bool("update", false, "write the goldens")

// office is the zone of the tests.
var (
	office  = time.FixedZone("CST", 8*60*60)
	fetched = time.Date(2026, 11, 20, 12, 0, 0, 0, office)
)

func document(body string) crawler.Document {
	return crawler.Document{Body: []byte(body), FetchedAt: fetched, Zone: office, Source: "town-board"}
}

func read(tb testing.TB, name string) string {
	tb.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return string(body)
}

func parse(tb testing.TB, d crawler.Document) crawler.Parsed {
	tb.Helper()
	got, err := liuyan.Parse(d)
	if err != nil {
		tb.Fatal(err)
	}
	return got
}

func TestGolden(t *testing.T) {
	for _, name := range []string{"threads", "signed"} {
		d := document(read(t, name+".json"))
		d.URL = "https://x.example/?topic_url=https%3A%2F%2Fnews.linhe.example%2F1.html"
		out, err := json.MarshalIndent(parse(t, d), "", " ")
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", "golden", name+".json")
		if *update {
			if err := os.WriteFile(file, append(out, '\n'), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(bytes.TrimSpace(want)), string(out)); diff != "" {
			t.Error(diff)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"threads", "signed"} {
		f.Add(read(f, name+".json"))
	}
	f.Fuzz(func(t *testing.T, body string) {
		got := parse(t, document(body))
		if (got.Answer == crawler.AnswerOK) != (len(got.Posts) > 0) {
			t.Fatalf("%s with %d posts", got.Answer, len(got.Posts))
		}
		for _, p := range got.Posts {
			if err := p.Validate(); err != nil {
				t.Fatalf("%v %+v", err, p)
			}
		}
	})
}

func TestAnswers(t *testing.T) {
	for body, want := range map[string]crawler.Answer{
		``:                                       crawler.AnswerMalformed,
		`{"result":"success","responseData":[]}`: crawler.AnswerEmpty,
		`{"result":"success","responseData":null}`:          crawler.AnswerEmpty,
		`{"result":"success","responseData":[{"tid":"x"}]}`: crawler.AnswerMalformed,
		`{"result":"error","resultDesc":"访问过于频繁"}`:          crawler.AnswerRateLimited,
		`{"result":"error","resultDesc":"签名错误"}`:            crawler.AnswerForbidden,
		`{"other":1}`: crawler.AnswerMalformed,
		`<html><title>访问受限</title><body>访问受限</body></html>`: crawler.AnswerBlocked,
	} {
		if got := parse(t, document(body)); got.Answer != want || len(got.Posts) > 0 {
			t.Errorf("%s: %s with %d posts, want %s", body, got.Answer, len(got.Posts), want)
		}
	}
}
