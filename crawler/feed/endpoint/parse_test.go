package endpoint_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/feed/endpoint"
	"huiying/crawler/surfacetest"
	"huiying/internal/locale"
)

func document(body string) crawler.Document {
	return crawler.Document{Body: []byte(body), FetchedAt: surfacetest.Fetched(), Zone: surfacetest.Zone(), Source: surfacetest.Source}
}

func read(tb testing.TB, name string) string {
	tb.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return string(body)
}

func profile(tb testing.TB, yaml string) endpoint.Profile {
	tb.Helper()
	p, err := endpoint.ParseProfile([]byte(yaml))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func TestAnswers(t *testing.T) {
	p := profile(t, "name: x\nsite: https://x.example\nsuccess: {path: code, is: ['0', 'ok']}\nitems: data\nskip: {path: ad, is: 'true'}\nfields: {title: t}\n")
	for body, want := range map[string]crawler.Answer{
		``:                             crawler.AnswerMalformed,
		`<html><body>没有</body></html>`: crawler.AnswerMalformed,
		`<html><title>访问受限</title><body>访问受限</body></html>`: crawler.AnswerBlocked,
		`{"code":0,"data":[]}`:                crawler.AnswerEmpty,
		`{"code":"ok","data":null}`:           crawler.AnswerEmpty,
		`{"code":0,"list":[]}`:                crawler.AnswerMalformed,
		`{"code":0,"data":[{"x":1}]}`:         crawler.AnswerMalformed,
		`{"code":0,"data":[{"ad":true}]}`:     crawler.AnswerEmpty,
		`{"code":7,"data":[{"t":"x"}]}`:       crawler.AnswerMalformed,
		`{"code":0,"data":[{"t":"x"}`:         crawler.AnswerMalformed,
		`{"code":0,"data":[{"t":"x"}]}`:       crawler.AnswerOK,
		`/**/cb({"code":0,"data":[{"t":1}]})`: crawler.AnswerOK,
		`{"code":0,"data":"[{\"t\":\"x\"}]"}`: crawler.AnswerOK,
		`{"code":5,"msg":"访问过于频繁"}`:           crawler.AnswerRateLimited,
		`{"code":5,"msg":"请先登录"}`:             crawler.AnswerLoginWall,
	} {
		got := p.Read(document(body), "")
		if got.Answer != want || (want == crawler.AnswerOK) != (len(got.Posts) == 1) {
			t.Errorf("%s: %s with %d posts, want %s", body, got.Answer, len(got.Posts), want)
		}
	}
}

func TestPaths(t *testing.T) {
	row := `{"rows":[{"a":{"b":["x","y"]},"c.d":"dotted","n":12345678901234567890,"f":false,"nul":null,"list":[{"t":""},{"t":"second"}]}]}`
	for pick, want := range map[string]string{
		`a.b[0]`: "x", `a.b[-1]`: "y", `a.b[9]`: "", `'["c.d"]'`: "dotted", `n`: "12345678901234567890", `f`: "false", `nul`: "",
		`list[*].t`: "second", `[nul, a.b]`: "", `[none, c, n]`: "12345678901234567890", `'{a.b[1]}-{n}'`: "y-12345678901234567890",
		`'{n}{none}'`: "", `{path: n, match: '^(\d{3})'}`: "123", `{path: n, match: z}`: "",
	} {
		p := profile(t, "name: x\nsite: https://x.example\nitems: rows\nfields:\n  title: f\n  author: "+pick+"\n")
		got := p.Read(document(row), "")
		if len(got.Posts) != 1 || got.Posts[0].Author.Name != want {
			t.Errorf("%s: %+v, want %q", pick, got.Posts, want)
		}
	}
}

func TestTimes(t *testing.T) {
	for _, c := range []struct{ clock, value, want string }{
		{"", `1795190400`, "2026-11-21T00:00:00+08:00 second"},
		{"", `"2026-11-20T01:00:00Z"`, "2026-11-20T09:00:00+08:00 second"},
		{"", `"5分钟前"`, "2026-11-20T09:55:00+08:00 minute"},
		{"time: {format: unix-ms}", `1795190400123`, "2026-11-21T00:00:00+08:00 second"},
		{"time: {format: unix}", `1795190400.5`, "2026-11-21T00:00:00+08:00 second"},
		{"time: {format: DD/MM/YYYY HH:mm}", `"03/11/2026 08:15"`, "2026-11-03T08:15:00+08:00 minute"},
		{"time: {format: DD/MM/YYYY}", `"03/11/2026"`, "2026-11-03T00:00:00+08:00 day"},
		{"time: {zone: UTC}", `"2026-11-20 01:00:00"`, "2026-11-20T09:00:00+08:00 second"},
		{"", `"soon"`, "0001-01-01T00:00:00Z "},
	} {
		p := profile(t, "name: x\nsite: https://x.example\nfields: {title: t, time: at}\n"+c.clock+"\n")
		got := p.Read(document(`[{"t":"x","at":`+c.value+`}]`), "")
		if len(got.Posts) != 1 {
			t.Fatalf("%+v", got)
		}
		if s := got.Posts[0].PublishedAt.Format(time.RFC3339) + " " + got.Posts[0].PublishedPrecision; s != c.want {
			t.Errorf("%s %s: %s, want %s", c.clock, c.value, s, c.want)
		}
	}
}

func TestPaging(t *testing.T) {
	base := "name: x\nsite: https://x.example\nurl: /l?p={page}&o={offset}&c={cursor}\nitems: rows\nfields: {title: t}\npaging: "
	two := `{"rows":[{"t":"a"},{"t":"b"}],"more":true,"total":5,"cur":"k2","href":"/l?k=2"}`
	for _, c := range []struct{ paging, body, token, want string }{
		{"{by: page}", two, "", "2"},
		{"{by: page, first: 0}", two, "", "1"},
		{"{by: page, size: 3}", two, "", ""},
		{"{by: page, size: 2, total: total}", two, "2", "3"},
		{"{by: page, size: 2, total: total}", two, "3", ""},
		{"{by: page, more: more}", two, "7", "8"},
		{"{by: page, more: none}", two, "", ""},
		{"{by: page}", `{"rows":[]}`, "", ""},
		{"{by: offset, size: 2}", two, "", "2"},
		{"{by: offset, size: 2, total: total}", two, "4", ""},
		{"{by: cursor, next: cur}", two, "", "k2"},
		{"{by: cursor, next: cur}", two, "k2", ""},
		{"{by: cursor, next: none}", two, "", ""},
		{"{by: link, next: href}", two, "", "https://x.example/l?k=2"},
		{"{by: link, next: href}", strings.Replace(two, "/l?k", "//evil.example/l?k", 1), "", ""},
	} {
		if got := profile(t, base+c.paging+"\n").Read(document(c.body), c.token); got.Next != c.want {
			t.Errorf("%s after %q: %q, want %q", c.paging, c.token, got.Next, c.want)
		}
	}
}

// TestMistakes: each has its line and column.
func TestMistakes(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	good := "name: x\nsite: https://x.example\nfields: {title: t}\n"
	for yaml, want := range map[string][]string{
		good + "colour: red\n":                                                        {"line 4 column 1"},
		good + "kind: poem\n":                                                         {`line 4 column 7: kind "poem"`},
		good + "platform: weibo\n":                                                    {`line 4 column 11: platform "weibo"`},
		good + "items: a..b\n":                                                        {`line 4 column 8: path "a..b"`},
		good + "paging: {by: offset, size: 0}\n":                                      {"paging.size"},
		good + "paging:\n  by: cursor\n  next: a[\n":                                  {`line 6 column 9: path "a["`},
		good + "url: /list\npaging: {by: page}\n":                                     {"{page}"},
		good + "headers: {Cookie: a=b}\n":                                             {"header Cookie"},
		good + "time:\n  format: [unix, soon]\n":                                      {`"soon"`},
		good + "time: {zone: Nowhere/Land}\n":                                         {"Nowhere/Land"},
		"name: X Y\nsite: nowhere\nfields: {url: u}\n":                                {"line 1 column 7", "line 2 column 7", "line 3 column"},
		"name: x\nsite: https://x.example\nfields:\n  title: {path: t, match: '('}\n": {"line 4 column"},
		"name: [\n": {"line"},
	} {
		_, err := endpoint.ParseProfile([]byte(yaml))
		if err == nil {
			t.Errorf("%q is taken", yaml)
			continue
		}
		said := sentences(words, err)
		for _, part := range want {
			if !strings.Contains(said, part) {
				t.Errorf("%q: %s, want %s", yaml, said, part)
			}
		}
	}
}

func TestUnknown(t *testing.T) {
	for _, name := range []string{"", "nowhere", "testdata/none.yaml"} {
		d := document("{}")
		d.Profile = name
		if _, err := endpoint.Parse(d); err == nil {
			t.Errorf("%q is known", name)
		}
	}
	if len(endpoint.Builtin()) < 2 {
		t.Error("built-in descriptions are missing")
	}
}

// described is the surface, reading by a description of testdata.
func described(name string) map[string]crawler.Parse {
	return map[string]crawler.Parse{"json": func(d crawler.Document) (crawler.Parsed, error) {
		d.Profile = filepath.Join("testdata", name)
		return endpoint.Parse(d)
	}}
}

// TestGoldens reads own answers by own descriptions, named by their files as
// on the command line.
func TestGoldens(t *testing.T) {
	surfacetest.Goldens(t, described("news.yaml"), [][3]string{{"news.json", "json", ""}})
	surfacetest.Goldens(t, described("hot.yaml"), [][3]string{{"hot.json", "json", ""}})
}

func FuzzParse(f *testing.F) {
	surfaces := map[string]crawler.Parse{}
	for _, name := range []string{"news.yaml", "hot.yaml"} {
		p := profile(f, read(f, name))
		surfaces[name] = func(d crawler.Document) (crawler.Parsed, error) { return p.Read(d, ""), nil }
	}
	surfacetest.Fuzz(f, surfaces, `cb([{"rank":"[{}]"}])`)
}

func FuzzParseProfile(f *testing.F) {
	f.Add(read(f, "news.yaml"))
	f.Add(read(f, "hot.yaml"))
	f.Add(`{"name":"x","site":"https://x.example","fields":{"title":["a","b[*]"]}}`)
	f.Fuzz(func(t *testing.T, yaml string) {
		p, err := endpoint.ParseProfile([]byte(yaml))
		if err != nil && huiying.ErrorCode(err) != huiying.Invalid {
			t.Fatal(err)
		}
		if err == nil {
			p.Read(document(`{"a":[1]}`), "")
		}
	})
}

// sentences are those of every error that was joined.
func sentences(words *locale.Catalogue, err error) string {
	var many interface{ Unwrap() []error }
	if !errors.As(err, &many) {
		return words.Sentence(locale.English, err)
	}
	var out []string
	for _, e := range many.Unwrap() {
		out = append(out, sentences(words, e))
	}
	return strings.Join(out, "\n")
}
