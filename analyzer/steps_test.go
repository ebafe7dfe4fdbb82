package analyzer

import (
	"errors"
	"testing"
	"time"

	"huiying"
	"huiying/analyzer/rule"
)

// queueing has one rule.
func queueing(t *testing.T) *Analyzer {
	t.Helper()
	rules, err := rule.ParseFile([]byte("rules: [{id: r-queue, name: 排队, level: red, when: 排队}]"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(Options{DictDir: t.TempDir(), Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// A step that fails or panics is named, and the others are done.
func TestFailingSteps(t *testing.T) {
	a := queueing(t)
	for i, s := range a.steps {
		switch s.name {
		case "keywords":
			a.steps[i].run = func(*Analyzer, *work) error { panic("no table") }
		case "personal_data":
			a.steps[i].run = func(*Analyzer, *work) error { return errors.New("secret cause") }
		}
	}
	ev := a.Analyze(huiying.Post{ID: "weibo:1", Text: "政务大厅排队三小时"}).Data
	if len(ev.Failed) != 2 || ev.Failed[0].Step != "personal_data" || ev.Failed[1].Step != "keywords" {
		t.Fatalf("failed: %+v", ev.Failed)
	}
	if why := ev.Failed[0].Why; why != "内部错误，详情见日志。" {
		t.Errorf("the cause leaked: %s", why)
	}
	if ev.Level != huiying.LevelRed || ev.Topic == "" || len(ev.Tags) != 1 {
		t.Errorf("the rest was not done: %+v", ev)
	}
}

// Whichever step breaks, it alone is named and the post goes on.
func TestEveryStepMayFail(t *testing.T) {
	a := queueing(t)
	for i, s := range a.steps {
		a.steps[i].run = func(*Analyzer, *work) error { panic(s.name) }
		ev := a.Analyze(huiying.Post{ID: "weibo:" + s.name, Platform: "weibo", Kind: "post", Text: "请问政务大厅排队三个小时怎么办，电话13800138000", CollectedAt: time.Now()})
		a.steps[i].run = s.run
		if len(ev.Data.Failed) != 1 || ev.Data.Failed[0].Step != s.name || ev.Subject != "weibo:"+s.name {
			t.Errorf("%s: %+v", s.name, ev.Data.Failed)
		}
		blind := s.name == "fold" || s.name == "rules"
		if tagged := len(ev.Data.Tags) == 1; tagged == blind {
			t.Errorf("without %s a rule holds: %v", s.name, tagged)
		}
	}
}
