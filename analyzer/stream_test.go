package analyzer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/analyzer"
	"huiying/internal/locale"
)

func line(t testing.TB, p huiying.Post) string {
	t.Helper()
	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw) + "\n"
}

// An event of a stream has the bytes that encoding/json writes of what Analyze
// gives, whatever post's memory it uses again.
func TestStreamIsAnalyze(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 11, 23, 1, 0, 0, 5000, time.UTC) }
	fresh := func() *analyzer.Analyzer {
		return newAnalyzer(t, analyzer.Options{Rules: mustRules(t, cityRules), Zone: time.FixedZone("", 8*3600), Now: now})
	}
	posts := []huiying.Post{{}, {ID: "weibo:0"}}
	for i, text := range []string{
		"", "排队三小时没人管，工作人员态度太差，投诉！", "好", "谢谢政务大厅，办得真快，点个赞", "\xff<b>&\u2028", "13812345678 住滨河小区3号楼201", "国发〔2019〕12号怎么还不落实？请问社保窗口几点下班",
	} {
		p := post(fmt.Sprint(i), text)
		p.Answers = make([]huiying.Answer, i%3)
		posts = append(posts, p, post(fmt.Sprint(i, "-again"), text))
	}
	var in strings.Builder
	var want bytes.Buffer
	enc := json.NewEncoder(&want)
	enc.SetEscapeHTML(false)
	one := fresh()
	for _, p := range posts {
		in.WriteString(line(t, p))
		if err := json.Unmarshal([]byte(line(t, p)), &p); err != nil { // as it comes out of the line
			t.Fatal(err)
		}
		if err := enc.Encode(one.Analyze(p).In(time.FixedZone("", 8*3600))); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if _, err := fresh().AnalyzeStream(t.Context(), analyzer.Stream{In: strings.NewReader(in.String()), Out: &out, Workers: 1}); err != nil {
		t.Fatal(err)
	}
	got, wanted := strings.Split(out.String(), "\n"), strings.Split(want.String(), "\n")
	for i := range wanted {
		if i >= len(got) || got[i] != wanted[i] {
			t.Fatalf("line %d of %d:\ngot  %s\nwant %s", i, len(got), got[min(i, len(got)-1)], wanted[i])
		}
	}
}

// Events come in the order of the posts, however many work on them; lines that
// are no posts are told and left out.
func TestStream(t *testing.T) {
	a := newAnalyzer(t, analyzer.Options{Rules: mustRules(t, cityRules)})
	var in strings.Builder
	for i := range 300 {
		text := "闲话"
		if i%3 == 0 {
			text = "排队三小时 <b>&"
		}
		switch i {
		case 100:
			in.WriteString("这不是 JSON\n")
		case 200:
			in.WriteString("\n{\"id\": 5}\n")
		}
		in.WriteString(line(t, post(fmt.Sprint(i), text)))
	}
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	var bad []string
	stats, err := a.AnalyzeStream(t.Context(), analyzer.Stream{
		In: strings.NewReader(in.String()), Out: &out, Workers: 4,
		Bad: func(number int, err error) {
			bad = append(bad, words.Text(locale.Chinese, "analyzer.stream_line", number, err))
		},
	})
	if err != nil || stats != (analyzer.Stats{Posts: 300, Tagged: 100, Bad: 2}) {
		t.Errorf("%+v, %v", stats, err)
	}
	if len(bad) != 2 || !strings.HasPrefix(bad[0], "第 101 行：不是一条信息的 JSON") || !strings.HasPrefix(bad[1], "第 203 行：") {
		t.Errorf("told: %q", bad)
	}
	if !strings.Contains(out.String(), "<b>&") {
		t.Error("text is escaped for HTML")
	}
	dec := json.NewDecoder(&out)
	for i := range 300 {
		var ev huiying.Event
		if err := dec.Decode(&ev); err != nil {
			t.Fatal(err)
		}
		if ev.Subject != fmt.Sprint("weibo:", i) {
			t.Fatalf("event %d is about %s", i, ev.Subject)
		}
	}
}

func TestStreamLongLines(t *testing.T) {
	a := newAnalyzer(t, analyzer.Options{Rules: mustRules(t, cityRules)})
	in := io.MultiReader(
		strings.NewReader(line(t, post("1", strings.Repeat("没有什么可说的，", 210_000)+"中卫市"))),
		io.LimitReader(endless{}, 65<<20), strings.NewReader("\n"),
		strings.NewReader(strings.TrimSuffix(line(t, post("2", "中卫市")), "\n")),
	)
	var bad []int
	stats, err := a.AnalyzeStream(t.Context(), analyzer.Stream{In: in, Out: io.Discard, Bad: func(n int, _ error) { bad = append(bad, n) }})
	if err != nil || stats != (analyzer.Stats{Posts: 2, Tagged: 2, Bad: 1}) || len(bad) != 1 || bad[0] != 2 {
		t.Errorf("%+v, %v, bad %v", stats, err, bad)
	}
}

// endless gives the same letter for ever.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error)  { return 0, b.err }
func (b broken) Write([]byte) (int, error) { return 0, b.err }

func TestStreamEnds(t *testing.T) {
	a := newAnalyzer(t, analyzer.Options{})
	cause := errors.New("pipe is gone")
	if _, err := a.AnalyzeStream(t.Context(), analyzer.Stream{In: broken{cause}, Out: io.Discard}); !errors.Is(err, cause) {
		t.Errorf("reading: %v", err)
	}
	if _, err := a.AnalyzeStream(t.Context(), analyzer.Stream{In: strings.NewReader(line(t, post("1", "x"))), Out: broken{cause}}); !errors.Is(err, cause) {
		t.Errorf("writing: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	go func() {
		_, _ = io.WriteString(w, line(t, post("1", "x")))
		cancel()
	}()
	if _, err := a.AnalyzeStream(ctx, analyzer.Stream{In: r, Out: io.Discard}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled while waiting for input: %v", err)
	}
	_ = w.Close()
}

// Real posts go through without a failed step, where the public data sets are
// at hand.
func TestPublicData(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "shared", "data", "*.tsv"))
	if err != nil || len(files) == 0 {
		t.Skip("../shared/data is not on this machine")
	}
	if testing.Short() {
		t.Skip("reads thousands of posts: not with -short")
	}
	a := newAnalyzer(t, analyzer.Options{Rules: someRules(t, 1000)})
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitN(string(raw), "\n", 501)
		for i, text := range lines[:min(len(lines), 500)] {
			p := post(fmt.Sprint(filepath.Base(file), i), text)
			for _, f := range a.Analyze(p).Data.Failed {
				t.Errorf("%s line %d: %+v", filepath.Base(file), i+1, f)
			}
		}
	}
}
