package analyzer_test

import (
	"strings"
	"testing"

	"huiying"
	"huiying/analyzer"
)

// What the service found out by itself has the level of its norm, with its
// figures as the reason, and goes to whom the finding names; one that is over
// asks nobody.
func TestFinding(t *testing.T) {
	a := newAnalyzer(t, analyzer.Options{Rules: mustRules(t, cityRules)})
	p := post("home-stale-1", "首页最近一次更新是 11 月 1 日。")
	p.Kind, p.Title = huiying.KindFinding, "首页逾期未更新"
	p.Finding = &huiying.Finding{
		Check: "home-stale", Level: huiying.LevelOrange, Found: "22 天", Limit: "14 天", Basis: "国办秘函〔2019〕19号", Notify: []string{"u-office"},
	}
	got := a.Analyze(p).Data
	tag, ok := got.TopTag()
	if !ok || tag.Rule != "finding-home-stale" || tag.Name != p.Title || got.Level != huiying.LevelOrange || len(tag.Notify) != 1 || len(got.Failed) != 0 {
		t.Errorf("got %+v", got)
	}
	if why := strings.Join(got.LevelWhy, "|"); why != "发现：22 天；限值：14 天；依据：国办秘函〔2019〕19号。" {
		t.Errorf("why %q", why)
	}
	p.Finding.Over = true
	if got := a.Analyze(p).Data; got.Level != huiying.LevelNone || len(got.Tags) != 1 || len(got.LevelWhy) != 0 {
		t.Errorf("over: %+v", got)
	}
}
