package search_test

import (
	"strings"
	"testing"

	"huiying/internal/store/search"
	"huiying/internal/store/storetest"
)

// What stands at the end of a very long text is found as what stands at its
// beginning: as a phrase where it is one, and not where its parts stand apart.
func TestLongTexts(t *testing.T) {
	s, _ := storetest.Open(t)
	x := search.New(s, dictionary)
	var filling strings.Builder
	for i := range 20_000 {
		filling.WriteRune(rune(0x5000 + i*7919%0x3000)) // many pairs, few of them twice
	}
	again := strings.Repeat("排队，", 400) // one pair more often than an index keeps places
	save(t, s,
		post(1, filling.String()+"獬豸角落"),
		post(2, "獬豸"+filling.String()+"角落"),
		post(3, again+"獬豸角落"),
		post(4, again+"獬豸，角落"),
		post(5, "獬豸角落"),
		post(6, strings.Repeat("x", 5000)+" 獬豸角落"), // a name longer than an index takes
	)
	for _, indexed := range []bool{false, true} {
		if indexed {
			drain(t, x)
		}
		for asked, want := range map[string]string{
			`"獬豸角落"`:                 "6 5 3 1",
			`獬豸 角落`:                  "6 5 4 3 2 1",
			`角落 -"獬豸角落"`:             "4 2",
			`"豸角" -排队`:               "6 5 1",
			strings.Repeat("x", 200): "6",
		} {
			if got := numbers(find(t, s, x, all(asked)).Posts); got != want {
				t.Errorf("indexed %v, %.20s: %s, want %s", indexed, asked, got, want)
			}
		}
	}
	f := all(`"獬豸角落"`)
	f.Relevance = true
	if got := len(find(t, s, x, f).Posts); got != 4 {
		t.Errorf("best first: %d", got)
	}
}
