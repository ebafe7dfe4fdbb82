package drill_test

import (
	"slices"
	"strings"
	"testing"

	"huiying"
	"huiying/analyzer"
	"huiying/internal/drill"
)

// TestTheRulesHitWhatTheyShould has the real analyzer judge what the real
// readers collect of an incident, and of the chatter.
func TestTheRulesHitWhatTheyShould(t *testing.T) {
	for _, c := range []struct {
		incident string
		want     map[string]string // part of a text → rule of the most urgent tag, "" for no alert
	}{
		{"queue", map[string]string{
			"被旁边的人扶到长椅上坐着":  "r-danger",
			"老人排队时晕倒了":      "r-danger",
			"请了半天假来政务大厅过户":  "r-queue",
			"多位网友说政务大厅今早":   "r-queue",
			"问了三个人都说不清楚":    "r-queue",
			"提过意见没人管":       "r-comment",
			"道歉归道歉":         "r-comment",
			"现已加开九个窗口，午间不休": "",
			"昨晚的黄河大桥灯光秀":    "",
		}},
		{"system-down", map[string]string{
			"中卫网上办事系统瘫痪一上午":    "r-outage",
			"中卫的网上办事系统崩溃了":     "r-system",
			"政务大厅说系统故障让回家等":    "r-system",
			"错过了算谁的责任":         "r-system",
			"今早存储设备故障造成申报平台中断": "",
		}},
	} {
		s := &shelf{posts: map[string]huiying.Post{}}
		d, _ := crawl(t, drill.Options{Incident: c.incident, Chatter: -1}, s, 25)
		match := matcher(t, definitions(t, d).Rules)
		for part, want := range c.want {
			if got := match(s.find(t, part)); !hits(got, want) {
				t.Errorf("%s: %q is tagged %v, want %q", c.incident, part, got, want)
			}
		}
	}
}

// hits reports whether want is the top tag, or that nothing alerts.
func hits(tags []huiying.Tag, want string) bool {
	if want == "" {
		return !slices.ContainsFunc(tags, func(t huiying.Tag) bool { return t.Level.Alerts() })
	}
	top, ok := huiying.Judgement{Tags: tags}.TopTag()
	return ok && top.Rule == want
}

func matcher(t *testing.T, raw []byte) func(huiying.Post) []huiying.Tag {
	t.Helper()
	f, err := analyzer.LoadRules(raw)
	if err != nil {
		t.Fatal(catalogue(t).Sentence("en", err))
	}
	a, err := analyzer.New(analyzer.Options{Rules: f, DictDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return func(p huiying.Post) []huiying.Tag { return a.Analyze(p).Data.Tags }
}

// TestChatterIsQuiet lets much chatter pass: what is tagged is what
// speaks of the city, never the centre-back or the clean-up, and nothing of it
// opens a case.
func TestChatterIsQuiet(t *testing.T) {
	s := &shelf{posts: map[string]huiying.Post{}}
	d, _ := crawl(t, drill.Options{Chatter: 600}, s, 12)
	match := matcher(t, definitions(t, d).Rules)
	trapped, city := 0, 0
	for _, p := range s.posts {
		tags := match(p)
		named := slices.ContainsFunc(tags, func(t huiying.Tag) bool { return t.Rule == "r-city" })
		if strings.Contains(p.Text, "集中卫生") || strings.Contains(p.Text, "国足") || strings.Contains(p.Text, "后卫") {
			trapped++
			if named {
				t.Errorf("%q speaks of the city", p.Text)
			}
		}
		if named {
			city++
		}
		urgent := slices.ContainsFunc(tags, func(t huiying.Tag) bool { return t.Level.OpensCase() })
		if urgent && !strings.Contains(p.Text+p.Title, "排") && !strings.Contains(p.Text, "晕") {
			t.Errorf("%q opens a case by %v", p.Text, tags)
		}
	}
	if trapped == 0 || city == 0 {
		t.Errorf("%d traps, %d posts of the city among %d", trapped, city, len(s.posts))
	}
}
