package near_test

import (
	"fmt"
	"testing"

	"huiying/analyzer/near"
)

// BenchmarkSeen measures a post of 100 characters in a full index of 200,000,
// where each takes the place of the oldest: one that repeats nobody, and one of
// a wave of changed copies.
func BenchmarkSeen(b *testing.B) {
	s := newSource(3)
	texts, ids := make([][]rune, near.DefaultSize*5/4), make([]string, near.DefaultSize*5/4)
	for i := range texts {
		texts[i], ids[i] = s.text(100), fmt.Sprint("weibo:49", 10_000_000_000_000+i)
	}
	x, next := near.New(0), 0
	seen := func(text []rune) bool { // an id comes again when it is forgotten
		_, _, ok := x.Seen(ids[next%len(ids)], text, monday)
		next++
		return ok
	}
	for range near.DefaultSize {
		seen(texts[next%len(texts)])
	}
	wave := make([][]rune, 1000)
	for i := range wave {
		wave[i] = s.edited(texts[0], 5)
	}
	for _, c := range []struct {
		name  string
		texts [][]rune
	}{{"new", texts}, {"wave", wave}} {
		b.Run(c.name, func(b *testing.B) {
			candidates, found, n := 0, 0, 0
			b.ReportAllocs()
			for b.Loop() {
				if seen(c.texts[next%len(c.texts)]) {
					found++
				}
				candidates += x.Candidates()
				n++
			}
			b.ReportMetric(float64(candidates)/float64(n), "candidates/op")
			b.ReportMetric(float64(found)/float64(n), "found/op")
		})
	}
}

// BenchmarkSketch measures the signature with its keys, and the sorted set.
func BenchmarkSketch(b *testing.B) {
	s := newSource(3)
	for _, n := range []int{12, 100, 400} {
		x, texts := near.New(1), make([][]rune, 1000)
		for i := range texts {
			texts[i] = s.text(n)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				x.Bands(texts[i%len(texts)])
			}
		})
	}
}

// BenchmarkTable measures the 32 look-ups and inserts of a post.
func BenchmarkTable(b *testing.B) {
	x, key := near.New(0), uint64(1)
	for ; key <= near.DefaultSize; key++ {
		x.Enter(key, 1)
	}
	for ; b.Loop(); key++ {
		x.Enter(key, 1)
	}
}
