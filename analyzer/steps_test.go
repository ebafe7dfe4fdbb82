package analyzer

import (
	"errors"
	"testing"

	"huiying"
	"huiying/analyzer/rule"
)

// A step that fails or panics is named, and the others are done.
func TestFailingSteps(t *testing.T) {
	rules, err := rule.ParseFile([]byte("rules: [{id: r-queue, name: 排队, level: red, when: 排队}]"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(Options{DictDir: t.TempDir(), Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for i, s := range a.steps {
		switch s.name {
		case "keywords":
			a.steps[i].run = func(*Analyzer, *work) error { panic("no table") }
		case "personal_data":
			a.steps[i].run = func(*Analyzer, *work) error { return errors.New("secret cause") }
		}
	}
	ev := a.Analyze(huiying.Post{ID: "weibo:1", Text: "政务大厅排队三小时"}).Data
	if len(ev.Failed) != 2 || ev.Failed[0].Step != "keywords" || ev.Failed[1].Step != "personal_data" {
		t.Fatalf("failed: %+v", ev.Failed)
	}
	if why := ev.Failed[1].Why; why != "内部错误，详情见日志。" {
		t.Errorf("the cause leaked: %s", why)
	}
	if ev.Level != huiying.LevelRed || ev.Topic == "" || len(ev.Tags) != 1 {
		t.Errorf("the rest was not done: %+v", ev)
	}
}
