package analyzer_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"huiying"
	"huiying/analyzer"
	"huiying/analyzer/rule"
	"huiying/analyzer/segment"
)

func lexicon() analyzer.Lexicon {
	return analyzer.Lexicon{
		Words: []segment.Word{{Text: "随手拍平台", Frequency: 20_000, Tag: "n"}}, Stops: []string{"照片"}, Places: []string{"示例大桥"},
	}
}

const told = "随手拍平台提交示例大桥的照片"

func keywords(ev huiying.Event) []string {
	var out []string
	for _, k := range ev.Data.Keywords {
		out = append(out, k.Word)
	}
	return out
}

// The office's own words count from the next post on, and no longer than they
// are there; rules that are exchanged meanwhile keep them.
func TestReloadLexicon(t *testing.T) {
	a := newAnalyzer(t, analyzer.Options{})
	p := huiying.Post{ID: "weibo:1", Text: told}
	if got := keywords(a.Analyze(p)); slices.Contains(got, "随手拍平台") || !slices.Contains(got, "照片") {
		t.Fatalf("before: %v", got)
	}
	if err := a.ReloadLexicon(lexicon()); err != nil {
		t.Fatal(err)
	}
	if err := a.Reload(&rule.File{}); err != nil {
		t.Fatal(err)
	}
	ev := a.Analyze(p)
	if got := keywords(ev); !slices.Contains(got, "随手拍平台") || slices.Contains(got, "照片") || !slices.Equal(ev.Data.Places, []string{"示例大桥"}) {
		t.Errorf("with it: %v %v", got, ev.Data.Places)
	}
	only := lexicon()
	only.Stops = nil // the cut stays as it is
	if err := a.ReloadLexicon(only); err != nil {
		t.Fatal(err)
	}
	if got := keywords(a.Analyze(p)); !slices.Contains(got, "照片") || !slices.Contains(got, "随手拍平台") {
		t.Errorf("without stop words: %v", got)
	}
	if err := a.ReloadLexicon(analyzer.Lexicon{}); err != nil {
		t.Fatal(err)
	}
	ev = a.Analyze(p)
	if got := keywords(ev); slices.Contains(got, "随手拍平台") || len(ev.Data.Places) != 0 {
		t.Errorf("after: %v %v", got, ev.Data.Places)
	}
}

// While words are exchanged and tried again and again, every post has a whole
// answer, by the old words or by the new ones.
func TestLexiconUnderLoad(t *testing.T) {
	a := newAnalyzer(t, analyzer.Options{})
	var wait sync.WaitGroup
	stop := make(chan struct{})
	for range 3 {
		wait.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if ev := a.Analyze(huiying.Post{ID: "weibo:1", Text: told}); len(ev.Data.Failed) > 0 || len(ev.Data.Keywords) == 0 {
					t.Errorf("%+v", ev.Data)
					return
				}
			}
		})
	}
	for i := range 2 {
		own := lexicon()
		if i%2 == 1 {
			own = analyzer.Lexicon{}
		}
		if err := a.ReloadLexicon(own); err != nil {
			t.Error(err)
		}
		if trials, err := a.TryLexicon(lexicon(), analyzer.WordQuestion{Posts: []huiying.Post{{Text: told}}}); err != nil || !slices.Contains(trials[0][0].Text, "随手拍平台") {
			t.Errorf("%+v %v", trials, err)
		}
	}
	close(stop)
	wait.Wait()
}

// A closed analyzer tries nothing.
func TestTryAfterClose(t *testing.T) {
	a := newAnalyzer(t, analyzer.Options{})
	a.Close()
	if _, err := a.TryLexicon(analyzer.Lexicon{}, analyzer.WordQuestion{Posts: []huiying.Post{{Text: told}}}); huiying.ErrorCode(err) != huiying.Unavailable {
		t.Errorf("%v", err)
	}
}

// Words of an address or a contact are masked in the text, and are no keywords.
func TestKeywordsOfPersonalData(t *testing.T) {
	a := newAnalyzer(t, analyzer.Options{})
	ev := a.Analyze(huiying.Post{ID: "weibo:1", Title: "幸福大道一百二十三号的路灯", Text: "照片在这里，路灯坏了，家住滨河小区三号楼2单元501"})
	if len(ev.Data.PersonalData) < 2 {
		t.Fatalf("%+v", ev.Data.PersonalData)
	}
	got := keywords(ev)
	for _, word := range got {
		if strings.Contains("幸福大道一百二十三号 滨河小区三号楼2单元501", word) {
			t.Errorf("%q is of an address", word)
		}
	}
	if !slices.Contains(got, "照片") || !slices.Contains(got, "路灯") {
		t.Errorf("only %v", got)
	}
}
