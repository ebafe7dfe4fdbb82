package analyzer_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"huiying"
	"huiying/analyzer"
	"huiying/analyzer/rule"
	"huiying/internal/locale"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// monday is the time of all events in these tests.
var monday = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

func now() time.Time { return monday }

func shanghai() *time.Location { return time.FixedZone("+08", 8*3600) }

func mustRules(t testing.TB, yaml string) *rule.File {
	t.Helper()
	f, err := analyzer.LoadRules([]byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func newAnalyzer(t testing.TB, o analyzer.Options) *analyzer.Analyzer {
	t.Helper()
	o.Now, o.Zone, o.DictDir = now, shanghai(), t.TempDir()
	a, err := analyzer.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

func post(id, text string) huiying.Post {
	return huiying.Post{ID: "weibo:" + id, Source: "weibo-mentions", Platform: "weibo", Kind: "post", Text: text, CollectedAt: monday}
}

const cityRules = `
sets:
  球: [国足, 中超, 后卫, 球队]
rules:
  - id: r-zhongwei
    name: 中卫
    level: orange
    notify: u-press
    when: word(中卫) NOT set(球)
  - id: r-queue
    name: 排队
    when: 排队 NEAR/5 /[\d一二三]+小时/
  - {id: r-seen, name: 大厅, level: none, when: 大厅}
`

func TestCityOrPlayer(t *testing.T) {
	a := newAnalyzer(t, analyzer.Options{Rules: mustRules(t, `
rules:
  - {id: r-zhongwei, name: 中卫, when: word(中卫) NOT (国足 OR 中超 OR 后卫 OR 球队)}
`)})
	for text, want := range map[string]struct {
		holds bool
		why   string
	}{
		"国足中卫受伤":       {false, "文中有要排除的 国足 OR 中超 OR 后卫 OR 球队。"},
		"集中卫生整治":       {false, "“中卫”只出现在“集中|卫生”里，不是完整的词。"},
		"中卫市政务大厅排队三小时": {true, "各部分都成立。"},
	} {
		if got := len(a.Analyze(post("1", text)).Data.Tags) > 0; got != want.holds {
			t.Errorf("%s: tagged %v, want %v", text, got, want.holds)
		}
		why, err := a.Explain(post("1", text), "r-zhongwei")
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(why)
		if err != nil || why[0].Holds != want.holds || !strings.Contains(string(raw), want.why) {
			t.Errorf("%s: %s, %v; want %q in it", text, raw, err, want.why)
		}
	}
	if _, err := a.Explain(post("1", "x"), "r-none"); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("an unknown rule: %v", err)
	}
	if all, err := a.Explain(post("1", "x"), ""); err != nil || len(all) != 1 {
		t.Errorf("every rule: %v, %v", all, err)
	}
}

// An event as it goes out, with everything the analyzer finds.
func TestEvent(t *testing.T) {
	a := newAnalyzer(t, analyzer.Options{
		Rules:  mustRules(t, cityRules),
		Policy: []rule.Raise{{When: "reposts>=100", By: 1, Why: "转发超过一百"}, {When: "学校", By: 1, Why: "涉及学校"}},
		Places: []string{"沙坡头区", "中宁县"},
	})
	p := post("1", "中衛市沙坡头区政务大厅排队三小时[怒]，系统又崩溃！联系我13800001234")
	p.Title, p.Engagement.Reposts = "大厅", 120
	raw, err := json.MarshalIndent(a.Analyze(p).In(shanghai()), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "event.golden.json")
	if *update {
		if err := os.WriteFile(golden, append(raw, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(raw)+"\n"); diff != "" {
		t.Error(diff)
	}
}

func TestLevels(t *testing.T) {
	a := newAnalyzer(t, analyzer.Options{
		Rules: mustRules(t, cityRules),
		Policy: []rule.Raise{
			{When: "reposts>=100", By: 1, Why: "转发超过一百"},
			{When: "老人", By: 3, Why: "涉及老人"},
		},
	})
	for _, c := range []struct {
		text    string
		reposts int64
		level   huiying.Level
		why     string
	}{
		{"闲话", 0, huiying.LevelNone, ""},
		{"闲话老人", 500, huiying.LevelNone, ""}, // what no rule calls urgent is not raised
		{"大厅老人", 500, huiying.LevelNone, ""},
		{"排队三小时", 0, huiying.LevelBlue, "规则“排队”定为蓝。"},
		{"排队三小时", 100, huiying.LevelYellow, "规则“排队”定为蓝。|转发超过一百，由蓝升为黄。"},
		{"中卫排队三小时", 0, huiying.LevelOrange, "规则“中卫”定为橙。|规则“排队”定为蓝。"},
		{"中卫的老人", 100, huiying.LevelRed, "规则“中卫”定为橙。|转发超过一百，由橙升为红。"},
		{"排队三小时老人", 0, huiying.LevelRed, "规则“排队”定为蓝。|涉及老人，由蓝升为红。"},
	} {
		p := post("1", c.text)
		p.Engagement.Reposts = c.reposts
		got := a.Analyze(p).Data
		if got.Level != c.level || strings.Join(got.LevelWhy, "|") != c.why {
			t.Errorf("%s, %d reposts: %s, %q", c.text, c.reposts, got.Level, got.LevelWhy)
		}
	}
}

// Bytes that are not text and posts of 5 MB are analysed like any other.
func TestOddPosts(t *testing.T) {
	a := newAnalyzer(t, analyzer.Options{Rules: mustRules(t, cityRules)})
	for name, text := range map[string]string{
		"invalid UTF-8": "\xff\xfe中卫市\xc3(",
		"NUL":           "\x00中卫市\x00排队",
		"5 MB":          strings.Repeat("没有什么可说的，", 210_000) + "中卫市",
		"5 MB unbroken": strings.Repeat("没有什么可说的", 240_000) + "。中卫市",
	} {
		ev := a.Analyze(post("1", text)).Data
		if len(ev.Failed) > 0 || len(ev.Tags) == 0 || ev.Tags[0].Rule != "r-zhongwei" {
			t.Errorf("%s: failed %v, tags %v", name, ev.Failed, ev.Tags)
			continue
		}
		m := ev.Tags[0].Matches[0]
		if got := string([]rune(text)[m.Start:m.End]); got != "中卫" || m.Text != "中卫" {
			t.Errorf("%s: the offsets lead to %q, the match says %q", name, got, m.Text)
		}
	}
	if ev := a.Analyze(huiying.Post{}); len(ev.Data.Failed) > 0 || ev.Data.Tags == nil || ev.Data.Keywords == nil || ev.Data.LevelWhy == nil {
		t.Errorf("an empty post: %+v", ev.Data)
	}
}

// Rules and dictionary are exchanged while posts are analysed; no post is
// without tags for it.
func TestReload(t *testing.T) {
	a := newAnalyzer(t, analyzer.Options{Rules: mustRules(t, "rules: [{id: r-one, when: 排队}]")})
	stop := make(chan struct{})
	var analysing sync.WaitGroup
	for w := range 2 {
		analysing.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				ev := a.Analyze(post(fmt.Sprintf("%d-%d", w, i), "政务大厅排队三小时")).Data
				if len(ev.Tags) != 1 || len(ev.Failed) != 0 {
					t.Errorf("tags %v, failed %v", ev.Tags, ev.Failed)
					return
				}
			}
		})
	}
	for i := range 20 {
		if err := a.Reload(mustRules(t, fmt.Sprintf("rules: [{id: r-%d, when: 排队}]", i))); err != nil {
			t.Error(err)
		}
	}
	words := filepath.Join(t.TempDir(), "words.txt")
	if err := os.WriteFile(words, []byte("政务大厅 50000 n\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := a.ReloadDictionary(words); err != nil {
		t.Error(err)
	}
	close(stop)
	analysing.Wait()
	why, err := a.Explain(post("1", "政务大厅排队"), "r-19")
	if err != nil || why[0].Tokens[0].Tokens[0] != "政务大厅" {
		t.Errorf("the new rules and the new words are not in force: %+v, %v", why, err)
	}
	if err := os.WriteFile(words, []byte("政务大厅 很多 n\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := a.ReloadDictionary(words); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("a bad line: %v", err)
	}
	if ev := a.Analyze(post("2", "政务大厅排队")).Data; len(ev.Tags) != 1 || len(ev.Failed) != 0 {
		t.Errorf("after a refused dictionary: %+v", ev)
	}
}

// After Close an event says that the text was not cut; the rest is done.
func TestClosed(t *testing.T) {
	a := newAnalyzer(t, analyzer.Options{Rules: mustRules(t, cityRules)})
	a.Close()
	ev := a.Analyze(post("1", "政务大厅排队三小时")).Data
	if len(ev.Failed) != 1 || ev.Failed[0].Step != "cut" || ev.Failed[0].Why != "分析器已关闭，没有分词。" {
		t.Errorf("failed steps: %+v", ev.Failed)
	}
	if len(ev.Tags) != 2 || ev.Level != huiying.LevelBlue {
		t.Errorf("tags %+v, level %s", ev.Tags, ev.Level)
	}
	if _, err := a.Explain(post("1", "x"), ""); huiying.ErrorCode(err) != huiying.Unavailable {
		t.Errorf("explain: %v", err)
	}
	if err := a.Reload(nil); huiying.ErrorCode(err) != huiying.Unavailable {
		t.Errorf("reload: %v", err)
	}
}

func TestBadOptions(t *testing.T) {
	words := filepath.Join(t.TempDir(), "words.txt")
	if err := os.WriteFile(words, []byte("好词 5\n坏词 x5\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		o    analyzer.Options
		want string
	}{
		"no such folder":  {analyzer.Options{Dictionary: filepath.Join(t.TempDir(), "none")}, "none/jieba.dict.utf8 不存在或读不了"},
		"a bad user word": {analyzer.Options{UserDictionary: words}, "第 2 行：词频 \"x5\" 不对"},
		"no user words":   {analyzer.Options{UserDictionary: words + "x"}, "读不了用户词典"},
		"a bad raise":     {analyzer.Options{Policy: []rule.Raise{{When: "甲 乙", By: 1, Why: "x"}}}, "级别表第 1 条的 when 第 3 字"},
	} {
		c.o.DictDir = t.TempDir()
		a, err := analyzer.New(c.o)
		if a != nil || err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		w, _ := locale.Load()
		if got := w.Sentence(locale.Chinese, err); !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

func TestMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	a := newAnalyzer(t, analyzer.Options{Rules: mustRules(t, cityRules), Registerer: reg})
	a.Analyze(post("1", "排队三小时"))
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		if c := f.GetMetric()[0]; c.GetCounter() != nil {
			got[f.GetName()] = c.GetCounter().GetValue()
		} else if c.GetGauge() != nil {
			got[f.GetName()] = c.GetGauge().GetValue()
		}
	}
	if got["huiying_analyzer_posts_total"] != 1 || got["huiying_analyzer_rules"] != 3 {
		t.Errorf("got %v", got)
	}
	var twice prometheus.AlreadyRegisteredError
	if _, err := analyzer.New(analyzer.Options{DictDir: t.TempDir(), Registerer: reg}); !errors.As(err, &twice) {
		t.Errorf("the same registry twice: %v", err)
	}
}
