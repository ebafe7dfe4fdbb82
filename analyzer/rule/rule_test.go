package rule_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"huiying"
	"huiying/analyzer/analyzertest"
	"huiying/analyzer/fold"
	"huiying/analyzer/rule"
	"huiying/analyzer/segment"
	"huiying/internal/locale"
)

// document cuts a text whose title stands before ⏎.
func document(t testing.TB, c segment.Cutter, text string) *rule.Document {
	t.Helper()
	title, body, found := strings.Cut(text, "⏎")
	if !found {
		title, body = "", text
	}
	d := &rule.Document{Post: &huiying.Post{
		Platform: "weibo", Kind: "post", Region: "宁夏", Author: huiying.Author{Verified: "media"},
		Engagement:  huiying.Engagement{Reposts: 100, Comments: 5, Likes: 1, Views: 5000},
		PublishedAt: time.Date(2026, 3, 7, 15, 10, 0, 0, time.UTC),
	}, Places: []string{"宁夏回族自治区/中卫市/沙坡头区"}, Zone: time.FixedZone("", 8*3600)}
	for f, s := range map[*rule.Field]string{&d.Title: title, &d.Text: body} {
		f.Text = fold.New(s)
		tokens, err := c.Cut(nil, f.Text)
		if err != nil {
			t.Fatal(err)
		}
		f.Tokens = tokens
	}
	return d
}

// file makes a rules file with the sets of the cases.
func file(t testing.TB, whens ...string) *rule.File {
	t.Helper()
	f := &rule.File{Sets: map[string][]string{"球": {"国足", "中超", "后卫", "球队"}, "地": {"大厅", "窗口"}}}
	var b strings.Builder
	b.WriteString("sets:\n  球: [国足, 中超, 后卫, 球队]\n  地: [大厅, 窗口]\nrules:\n")
	for i, when := range whens {
		b.WriteString("  - id: r-" + string(rune('a'+i/26%26)) + string(rune('a'+i%26)) + string(rune('a'+i/676)) + "\n    when: '" + strings.ReplaceAll(strings.ReplaceAll(when, "'", "''"), "\n", "\n\n      ") + "'\n")
	}
	f, err := rule.ParseFile([]byte(b.String()))
	if err != nil {
		t.Fatalf("%s\n%v", b.String(), sentences(t, err))
	}
	return f
}

func program(t testing.TB, c segment.Cutter, whens ...string) *rule.Program {
	t.Helper()
	p, err := rule.Compile(rule.Options{Rules: file(t, whens...), Known: c})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// catalogue is read once for all tests.
var catalogue = sync.OnceValues(locale.Load)

func words(t testing.TB) *locale.Catalogue {
	t.Helper()
	w, err := catalogue()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func sentences(t testing.TB, err error) string {
	t.Helper()
	return words(t).Sentence(locale.Chinese, err)
}

// Every case by itself, then all of them as one program: rules do not disturb
// each other.
func TestMatch(t *testing.T) {
	c := analyzertest.Cutter(t)
	cases := matchCases()
	if len(cases) < 200 {
		t.Fatalf("only %d cases", len(cases))
	}
	whens := make([]string, len(cases))
	for i, mc := range cases {
		whens[i] = mc.when
		if got := len(program(t, c, mc.when).Match(document(t, c, mc.text)).Tags) > 0; got != mc.want {
			t.Errorf("%s on %q: got %v, want %v", mc.when, mc.text, got, mc.want)
		}
	}
	f := file(t, whens...)
	all, err := rule.Compile(rule.Options{Rules: f, Known: c})
	if err != nil {
		t.Fatal(err)
	}
	for i, mc := range cases {
		held := false
		for _, tag := range all.Match(document(t, c, mc.text)).Tags {
			held = held || tag.Rule == f.Rules[i].ID
		}
		if held != mc.want {
			t.Errorf("among all: %s on %q: got %v, want %v", mc.when, mc.text, held, mc.want)
		}
	}
}

// Matches are the places that count, in the string as received.
func TestMatches(t *testing.T) {
	c := analyzertest.Cutter(t)
	for _, tc := range []struct{ when, text, want string }{
		{"投诉", "我要投訴！投诉！", "text[2:4]投訴 text[5:7]投诉"},
		{"排队 NEAR/2 系统", "排队，很远很远的地方又排队因为系统", "text[11:13]排队 text[15:17]系统"},
		{"排队 AND (系统 OR 停电)", "排队系统", "text[0:2]排队 text[2:4]系统"},
		{"排队 NOT 银行", "排\u200b队", "text[0:3]排\u200b队"},
		{"排队", "排队⏎又排队", "title[0:2]排队 text[1:3]排队"},
		{"sentence(排队, 系统)", "排队。排队系统。系统", "text[3:5]排队 text[5:7]系统"},
		{"word(中卫)", "集中卫生在中卫", "text[5:7]中卫"},
		{`/\d+小时/`, "排了１２小时", "text[2:6]１２小时"},
		{"atleast(2, 哈)", "哈x哈", "text[0:1]哈 text[2:3]哈"},
		{"platform:weibo", "随便", ""},
		{"中卫 OR 中卫市", "中卫市", "text[0:2]中卫 text[0:3]中卫市"},
		{"排队", "😡坏\xff排队", "text[3:5]排队"},
	} {
		tags := program(t, c, tc.when).Match(document(t, c, tc.text)).Tags
		if len(tags) != 1 {
			t.Errorf("%s on %q: %d tags", tc.when, tc.text, len(tags))
			continue
		}
		if got := showMatches(tags[0].Matches); got != tc.want {
			t.Errorf("%s on %q:\n got %s\nwant %s", tc.when, tc.text, got, tc.want)
		}
	}
}

func showMatches(matches []huiying.Match) string {
	var parts []string
	for _, m := range matches {
		parts = append(parts, m.Field+"["+itoa(m.Start)+":"+itoa(m.End)+"]"+m.Text)
	}
	return strings.Join(parts, " ")
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

// Conditions on what an earlier step found hold only when it found it.
func TestAbout(t *testing.T) {
	c := analyzertest.Cutter(t)
	p := program(t, c, "intent:complaint", "sentiment:(negative OR neutral)", "verified:none")
	d := document(t, c, "随便")
	d.Intent, d.Sentiment, d.Post.Author.Verified = "complaint", "neutral", ""
	if n := len(p.Match(d).Tags); n != 3 {
		t.Errorf("%d of 3 hold", n)
	}
	d.Intent, d.Sentiment = "", ""
	if n := len(p.Match(d).Tags); n != 1 {
		t.Errorf("%d of 1 hold", n)
	}
}

func TestPlaces(t *testing.T) {
	c := analyzertest.Cutter(t)
	p, err := rule.Compile(rule.Options{
		Rules:  file(t, "排队"),
		Places: []string{"沙坡头区", "中宁县"}, Known: c,
	})
	if err != nil {
		t.Fatal(err)
	}
	got := p.Match(document(t, c, "沙坡頭區排队"))
	if len(got.Places) != 1 || got.Places[0] != "沙坡头区" || len(got.Tags) != 1 {
		t.Errorf("got %+v", got)
	}
}

// The table of levels asks about the post, its rules and its topic.
func TestLevels(t *testing.T) {
	c := analyzertest.Cutter(t)
	rows := []rule.Raise{
		{When: "reposts>=100", By: 1, Why: "转发多"}, {When: "老人", By: 2, Why: "涉及老人"}, {When: "level:orange AND voices>=20", To: huiying.LevelRed, Why: "多人"},
		{When: "burst:yes OR speed>30", By: 1, Why: "突增"}, {When: "set(球)", To: huiying.LevelBlue, Why: "球"},
	}
	l, err := rule.NewLevels(rows, map[string][]string{"球": {"国足"}}, c)
	if err != nil {
		t.Fatal(err)
	}
	d := document(t, c, "排队")
	d.Late = rule.Late{Level: huiying.LevelOrange, Voices: 20, Speed: 3}
	var why []string
	for _, r := range l.Hold(d) {
		why = append(why, r.Why)
	}
	if got := strings.Join(why, " "); got != "转发多 多人" {
		t.Errorf("got %s", got)
	}
	_, err = rule.NewLevels([]rule.Raise{{When: "老人 (", By: 1, Why: "x"}, {When: "老人", By: 9, Why: "x"}, {When: "老人", By: 1, To: huiying.LevelRed, Why: "x"}}, nil, c)
	for _, n := range []string{"第 1 条", "第 2 条", "第 3 条"} {
		if text := sentences(t, err); !strings.Contains(text, n) {
			t.Errorf("no %s in %s", n, text)
		}
	}
	_, problems := rule.ParseWhen("排队 AND voices>=20", nil)
	if len(problems) != 1 || problems[0].Key != "rule.only_levels" {
		t.Errorf("a rule may ask for voices: %v", problems)
	}
}

// A rule without a term it cannot do without is asked of every post; the rest
// only where a term is met.
func TestAlways(t *testing.T) {
	c := analyzertest.Cutter(t)
	p := program(t, c, "NOT 排队", "reposts>=1", "排队 OR NOT 系统", "/\\d/")
	if n := len(p.Match(document(t, c, "第1号")).Tags); n != 4 {
		t.Errorf("%d of 4 hold", n)
	}
}

// Texts that hold a million terms end, and say that not all was looked at.
func TestMillionsOfHits(t *testing.T) {
	if testing.Short() {
		t.Skip("a long text: not with -short")
	}
	c := analyzertest.Cutter(t)
	p := program(t, c, "哈 NEAR/3 哈哈", "atleast(1000, 哈哈哈)", "sentence(哈, 哈哈)", "(哈 OR 嘻) NEAR/100 (哈哈 OR 嘻嘻)", "/哈+/")
	began := time.Now()
	got := p.Match(document(t, c, strings.Repeat("哈哈哈哈。", 330_000)))
	if len(got.Tags) != 5 || !got.Partial {
		t.Errorf("%d tags of 5, partial %v", len(got.Tags), got.Partial)
	}
	for _, tag := range got.Tags {
		if len(tag.Matches) == 0 || len(tag.Matches) > 100 {
			t.Errorf("%s shows %d places", tag.Rule, len(tag.Matches))
		}
	}
	t.Logf("5 MB with a million hits: %v", time.Since(began))
}

// One program serves many goroutines.
func TestConcurrent(t *testing.T) {
	c := analyzertest.Cutter(t)
	p := program(t, c, "word(中卫) NOT 国足", "排队 NEAR/3 系统", "/\\d+小时/", "sentence(排队, 系统)")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			d := document(t, c, "中卫市排队因为系统坏了3小时")
			for range 200 {
				if n := len(p.Match(d).Tags); n != 4 {
					t.Errorf("%d tags of 4", n)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestJoin(t *testing.T) {
	one, two := file(t, "排队"), file(t, "系统")
	if _, err := rule.Join(one, nil, two); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("the same id twice: %v", err)
	}
	two.Rules[0].ID = "r-other"
	all, err := rule.Join(one, two)
	if err != nil || len(all.Rules) != 2 {
		t.Errorf("got %v, %v", all, err)
	}
	var e *huiying.Error
	if _, err := rule.Join(one, one); !errors.As(err, &e) || e.Key != "rule.twice_in_files" {
		t.Errorf("got %v", err)
	}
}
