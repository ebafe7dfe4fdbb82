package backtest_test

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiying"
	"huiying/analyzer"
	"huiying/analyzer/backtest"
)

func judge(t *testing.T, rules string) *analyzer.Analyzer {
	t.Helper()
	f, err := analyzer.LoadRules([]byte(rules))
	if err != nil {
		t.Fatal(err)
	}
	a, err := analyzer.New(analyzer.Options{Rules: f, DictDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

func posts(texts ...string) iter.Seq2[huiying.Post, error] {
	return func(yield func(huiying.Post, error) bool) {
		at := time.Date(2026, 3, 7, 14, 0, 0, 0, time.UTC)
		for i, text := range texts {
			p := huiying.Post{ID: fmt.Sprintf("weibo:%d", i), Platform: "weibo", Kind: "post", Text: text, PublishedAt: at, CollectedAt: at, Held: strings.HasPrefix(text, "旧")}
			if !yield(p, nil) {
				return
			}
			at = at.Add(time.Hour)
		}
	}
}

func TestRun(t *testing.T) {
	trial := backtest.Trial{
		Old:  judge(t, "rules: [{id: r-zw, level: orange, when: 中卫}, {id: r-gone, level: blue, when: 停水}]"),
		New:  judge(t, "rules: [{id: r-zw, level: orange, when: word(中卫)}, {id: r-new, level: red, when: 排队}]"),
		Zone: time.FixedZone("", 8*3600), Samples: 1,
	}
	got, err := trial.Run(posts(
		"中卫政务大厅今天排队三个小时还没有轮到", // 22:00
		"街道集中卫生整治，电话13800138000",
		"中卫政务大厅今天排队三个小时还没有轮到！", // the next day; the same matter
		"小区停水两天了没有人管",
		"旧帖子说中卫",
	))
	if err != nil {
		t.Fatal(err)
	}
	if got.Posts != 4 || got.Skipped != 1 || got.Tagged != (backtest.Pair{New: 2, Old: 4}) || got.Alerts != (backtest.Pair{New: 1, Old: 3}) {
		t.Errorf("%+v", got)
	}
	days := []backtest.Day{
		{Day: "2026-03-07", Posts: 2, Tagged: backtest.Pair{New: 1, Old: 2}, Alerts: backtest.Pair{New: 1, Old: 2}},
		{Day: "2026-03-08", Posts: 2, Tagged: backtest.Pair{New: 1, Old: 2}, Alerts: backtest.Pair{Old: 1}},
	}
	if diff := cmp.Diff(days, got.Days); diff != "" {
		t.Error(diff)
	}
	var lines []string
	for _, r := range got.Rules {
		lines = append(lines, fmt.Sprintf("%s %d/%d +%d -%d", r.Rule, r.Hits.New, r.Hits.Old, r.Gained, r.Lost))
		for _, s := range r.Sample {
			lines = append(lines, s.Sign+s.Post+" "+s.Text)
		}
	}
	want := []string{
		"r-new 2/0 +2 -0", "+weibo:0 中卫政务大厅今天排队三个小时还没有轮到",
		"r-gone 0/1 +0 -1", "-weibo:3 小区停水两天了没有人管",
		"r-zw 2/3 +0 -1", "-weibo:1 街道集中卫生整治，电话***********", "=weibo:0 中卫政务大厅今天排队三个小时还没有轮到",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	if got.Rules[0].ByDay["2026-03-08"] != 1 {
		t.Errorf("by day: %v", got.Rules[0].ByDay)
	}
}

func TestErrorOfPosts(t *testing.T) {
	a := judge(t, "rules: [{id: r, when: 甲}]")
	broken := func(yield func(huiying.Post, error) bool) { yield(huiying.Post{}, errors.New("disk")) }
	if _, err := (backtest.Trial{New: a, Old: a, Zone: time.UTC}).Run(broken); err == nil {
		t.Error("no error")
	}
}
