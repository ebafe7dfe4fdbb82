package app

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"huiying/analyzer"
	"huiying/analyzer/personal"
	"huiying/internal/store/search"
)

// The index is made of the analyzer's words and the words in them; what is
// folded, dropped or masked stands where it stood.
func TestCutterForTheIndex(t *testing.T) {
	judge, err := analyzer.New(analyzer.Options{Registerer: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	defer judge.Close()
	c := cutter{judge, personal.NewPublic(nil)}
	text := c.Cut("ＡＢ\u200b居民身份证，电话13812345678")
	words := map[string]bool{}
	for _, w := range text.Words {
		words[string(text.Runes[w.Start:w.End])] = true
	}
	for _, want := range []string{"ab", "身份证", "身份", "电话"} {
		if !words[want] {
			t.Errorf("%s is no word of %v", want, words)
		}
	}
	if text.At[2] != 3 || len(text.Personal) != 1 || text.Personal[0] != (search.Span{Start: 11, End: 22}) {
		t.Errorf("at %v, masked %v", text.At, text.Personal)
	}
	if plain := (cutter{nil, personal.NewPublic(nil)}).Cut("大厅"); len(plain.Words) != 0 || string(plain.Runes) != "大厅" {
		t.Errorf("without an analyzer: %+v", plain)
	}
}
