package wordbook_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"huiying"
	"huiying/internal/app/wordbook"
	"huiying/internal/bus/bucket"
	"huiying/internal/query"
)

// many are five thousand words, with what each brings along.
func many(w query.Word) []query.Word {
	out := make([]query.Word, 5000)
	for i := range out {
		out[i] = w
		out[i].Text = "词" + strings.NewReplacer("0", "零", "1", "壹", "2", "贰", "3", "叁", "4", "肆", "5", "伍", "6", "陆", "7", "柒", "8", "捌", "9", "玖").Replace(fmt.Sprint(10000+i))
	}
	return out
}

// As many words as a list takes, each with the longest reason, fit what carries
// them to their readers, who lose nothing by the way.
func TestManyWordsTravel(t *testing.T) {
	r := newRoom(t)
	_, err := r.desk.Change(t.Context(), query.WordChange{
		List: query.ListStops, Add: many(query.Word{}), Note: strings.Repeat("因", 200), Actor: huiying.Actor{ID: "officer"},
	})
	r.must(err)
	def, err := r.shelf.Get(t.Context(), wordbook.Kind, query.ListStops)
	r.must(err)
	sent, err := wordbook.Travels(def.Body)
	r.must(err)
	if len(def.Body) <= bucket.MaxValue || len(sent) > bucket.MaxValue*2/3 || strings.Contains(string(sent), "officer") {
		t.Errorf("%d bytes are kept, %d sent", len(def.Body), len(sent))
	}
	kept, err := wordbook.Read([][]byte{def.Body})
	r.must(err)
	read, err := wordbook.Read([][]byte{sent})
	r.must(err)
	if len(read.Lexicon.Stops) != 5000 || !reflect.DeepEqual(kept, read) {
		t.Errorf("%d words arrive", len(read.Lexicon.Stops))
	}
}

// What would not fit is refused before it is kept, for a start hands on all
// that is kept.
func TestTooLargeIsNotKept(t *testing.T) {
	r := newRoom(t)
	words := many(query.Word{Right: strings.Repeat("正", 60), Level: "common"})
	for i := range words {
		words[i].Except = []string{words[i].Text + strings.Repeat("例", 50)}
	}
	if _, err := r.add(query.ListWrong, 0, words...); huiying.ErrorCode(err) != huiying.Invalid || !strings.Contains(err.Error(), "lexicon.too_large") {
		t.Errorf("%.300v", err)
	}
	if l, err := r.desk.List(t.Context(), query.ListWrong, ""); err != nil || l.Version != 0 || r.shared != 0 {
		t.Errorf("version %d is kept, handed on %d times: %v", l.Version, r.shared, err)
	}
	for what, w := range map[string]query.Word{
		"right":      {Text: "服雾", Right: strings.Repeat("正", 61)},
		"why":        {Text: "服雾", Right: "服务", Why: strings.Repeat("因", 201)},
		"exception":  {Text: "服雾", Right: "服务", Except: []string{"服雾" + strings.Repeat("例", 59)}},
		"exceptions": {Text: "服雾", Right: "服务", Except: strings.Fields(strings.Repeat("服雾器 ", 21))},
		"word":       {Text: strings.Repeat("雾", 61), Right: "务"},
	} {
		if _, err := r.add(query.ListWrong, 0, w); huiying.ErrorCode(err) != huiying.Invalid || !strings.Contains(err.Error(), "lexicon.too_long") {
			t.Errorf("%s: %.200v", what, err)
		}
	}
}
