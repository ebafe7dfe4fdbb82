package automaton_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"huiying/analyzer/rule/automaton"
)

// naive finds the same by looking for every term by itself.
func naive(terms []string, text string) []automaton.Hit {
	var hits []automaton.Hit
	for i, term := range terms {
		if term == "" || slices.Index(terms, term) != i {
			continue
		}
		for from := 0; from <= len(text); from++ {
			if from < len(text) && !utf8.RuneStart(text[from]) || !strings.HasPrefix(text[from:], term) {
				continue
			}
			hits = append(hits, automaton.Hit{Term: int32(i), End: int32(utf8.RuneCountInString(text[:from+len(term)]))})
		}
	}
	return hits
}

func sorted(hits []automaton.Hit) []automaton.Hit {
	slices.SortFunc(hits, func(a, b automaton.Hit) int {
		return cmp.Or(cmp.Compare(a.End, b.End), cmp.Compare(a.Term, b.Term))
	})
	return hits
}

func TestScan(t *testing.T) {
	for _, c := range []struct {
		terms []string
		text  string
	}{
		{nil, "无"},
		{[]string{""}, "无"},
		{[]string{"中卫", "卫生", "中", "集中", "中卫市"}, "集中卫生整治在中卫市"},
		{[]string{"哈", "哈哈", "哈哈哈"}, "哈哈哈哈"},
		{[]string{"he", "she", "his", "hers"}, "ushers"},
		{[]string{"😡", "排队😡", "a"}, "a排队😡😡"},
		{[]string{"重复", "重复"}, "重复重复"},
		{[]string{"abcd", "bc", "c"}, "abcabcd"},
	} {
		got, complete := automaton.New(c.terms).Scan(nil, []rune(c.text), 1000)
		if want := naive(c.terms, c.text); !complete || !slices.Equal(sorted(got), sorted(want)) {
			t.Errorf("%q in %q: got %v, want %v", c.terms, c.text, got, want)
		}
	}
}

// The automaton agrees with looking for each term by itself.
func TestAgreesWithNaive(t *testing.T) {
	letters := rapid.SampledFrom([]rune("中卫市集生a😡b"))
	word := rapid.StringOfN(letters, 0, 4, -1)
	rapid.Check(t, func(t *rapid.T) {
		terms := rapid.SliceOfN(word, 0, 12).Draw(t, "terms")
		text := rapid.StringOfN(letters, 0, 40, -1).Draw(t, "text")
		got, _ := automaton.New(terms).Scan(nil, []rune(text), 1<<20)
		if want := naive(terms, text); !slices.Equal(sorted(got), sorted(want)) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func TestLimit(t *testing.T) {
	a := automaton.New([]string{"哈"})
	hits, complete := a.Scan(nil, []rune("哈哈哈"), 2)
	if len(hits) != 2 || complete {
		t.Errorf("got %d hits, complete %v; want 2, false", len(hits), complete)
	}
}

// Hits come in the order of their ends, which evaluation relies on.
func TestOrder(t *testing.T) {
	hits, _ := automaton.New([]string{"一", "二一", "二"}).Scan(nil, []rune("一二一二一"), 100)
	if !slices.IsSortedFunc(hits, func(a, b automaton.Hit) int { return cmp.Compare(a.End, b.End) }) {
		t.Errorf("not in order: %v", hits)
	}
}

func BenchmarkScan10000(b *testing.B) {
	var terms []string
	for i := range 10_000 {
		terms = append(terms, string([]rune{rune(0x4e00 + i%3000), rune(0x4e00 + i*7%5000), rune(0x4e00 + i*13%900)}))
	}
	a := automaton.New(terms)
	text := []rune(strings.Repeat("群众反映政务大厅窗口排队时间过长工作人员态度生硬", 4))
	var hits []automaton.Hit
	for b.Loop() {
		hits, _ = a.Scan(hits[:0], text, 1<<20)
	}
}
