package analyzer_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"huiying"
	"huiying/analyzer"
	"huiying/analyzer/rule"
)

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

const football = `
rules:
  - id: r-zhongwei
    name: 中卫
    level: orange
    notify: u-press
    when: word(中卫) NOT (国足 OR 中超 OR 后卫 OR 球队)
`

func TestCityOrPlayer(t *testing.T) {
	a := newAnalyzer(t, analyzer.Options{Rules: mustRules(t, football)})
	for text, want := range map[string]bool{
		"国足中卫受伤":       false,
		"集中卫生整治":       false,
		"中卫市政务大厅排队三小时": true,
	} {
		ev := a.Analyze(post("1", text))
		if got := len(ev.Data.Tags) > 0; got != want {
			t.Errorf("%s: tagged %v, want %v", text, got, want)
		}
		why, err := a.Explain(post("1", text), "r-zhongwei")
		if err != nil {
			t.Fatal(err)
		}
		t.Log(text, why[0].Holds, why[0].Why, why[0].Root.Parts[0].Why, why[0].Root.Parts[1].Why)
	}
}

var _ = strings.Repeat
var _ sync.Mutex
