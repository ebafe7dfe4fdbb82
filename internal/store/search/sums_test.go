package search

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiying/internal/query"
)

// oneByOne is what all counts, from every post.
func oneByOne(t *tally, after, before int64, limit int) (out []int64) {
	for n := int64(len(t.facets.blocks))*block - 1; n > after; n-- {
		if t.see(n) && len(out) < limit && (before == 0 || n < before) {
			out = append(out, n)
		}
	}
	return out
}

// Counting parts at once counts what looking at every post counts, while posts
// come, change, go and come late.
func TestSumsAreThePosts(t *testing.T) {
	const posts, day = 3*block + 700, 24 * time.Hour
	rnd := rand.New(rand.NewPCG(5, 11))
	begun := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	when := func(n int64) time.Time { return begun.Add(time.Duration(n) * 30 * day / posts) }
	f := newFacets()
	put := func(n int64) {
		pick := func(v ...string) string { return v[rnd.IntN(len(v))] }
		at := when(n)
		if rnd.IntN(50) == 0 {
			at = when(rnd.Int64N(posts))
		}
		f.put(stored{
			n: n, at: at.UnixMicro(), gone: rnd.IntN(40) == 0, level: pick("none", "blue", "red"), source: pick("a", "b", "c"), platform: pick("weibo", "forum"),
			sentiment: pick("", "negative"), intent: pick("", "complaint"), rules: pick("", "r1", "r1\nr2"), places: pick("", "东镇", "西镇"), verified: pick("none", "media"), inCase: rnd.IntN(9) == 0,
		})
	}
	for n := int64(1); n < posts; n++ {
		put(n)
	}
	summed := 0
	for i := range 600 {
		for range 5 {
			put(1 + rnd.Int64N(posts))
		}
		s := question(rnd, when)
		after, before, limit := int64(0), int64(0), 1+rnd.IntN(60)
		if i%3 == 0 {
			after = rnd.Int64N(posts)
		}
		if i%4 == 0 {
			before = rnd.Int64N(posts)
		}
		quick, slow := f.newTally(s), f.newTally(s)
		got, want := quick.all(after, before, limit), oneByOne(slow, after, before, limit)
		if !slices.Equal(got, want) || quick.total != slow.total {
			t.Fatalf("%+v after %d before %d: %v of %d, want %v of %d", s, after, before, got, quick.total, want, slow.total)
		}
		if diff := cmp.Diff(slow.result(), quick.result()); diff != "" {
			t.Fatalf("%+v after %d before %d:\n%s", s, after, before, diff)
		}
		for _, b := range f.blocks {
			for k := range b.sums {
				if b.sums[k].Load() != nil {
					summed++
				}
			}
		}
	}
	if summed < 1000 {
		t.Errorf("hardly a part was counted at once: %d", summed)
	}
}

func question(rnd *rand.Rand, when func(int64) time.Time) (s query.PostSearch) {
	end := when(3*block + 700)
	if rnd.IntN(4) > 0 {
		s.From = end.Add(-time.Duration(rnd.IntN(40*24)) * time.Hour)
	}
	if rnd.IntN(4) == 0 {
		s.To = s.From.Add(time.Duration(rnd.IntN(20*24)) * time.Hour)
	}
	if rnd.IntN(2) == 0 {
		s.Periods = maps.Collect(maps.All(map[string]time.Time{"24h": end.Add(-24 * time.Hour), "7d": end.Add(-7 * 24 * time.Hour), "30d": end.Add(-29 * 24 * time.Hour)}))
	}
	if rnd.IntN(2) == 0 { // the same ones again and again, and more than are kept
		s.Choices = map[string][]string{}
		for facet, values := range map[string][]string{
			query.ByLevel: {"red", "blue", "never"}, query.BySource: {"a", "b"}, query.ByPlatform: {"weibo"}, query.ByRule: {"r1", "r2"},
			query.ByPlace: {"东镇"}, query.BySentiment: {"negative"}, query.ByCase: {"yes", "no"},
		} {
			if rnd.IntN(5) == 0 {
				s.Choices[facet] = values[:1+rnd.IntN(len(values))]
			}
		}
	}
	s.Tagged = rnd.IntN(8) == 0
	return s
}

// Questions that choose nothing but a time cost what the parts at its ends do.
func BenchmarkCountAll(b *testing.B) {
	f := newFacets()
	for n := int64(1); n < 1_000_000; n++ {
		f.put(stored{n: n, at: n * 1_000_000, level: "none", source: fmt.Sprint("s", n%9), platform: "weibo", sentiment: "negative", rules: "r1", places: fmt.Sprint("镇", n%40), verified: "none"})
	}
	s := query.PostSearch{From: time.UnixMicro(300_000_500_000), Limit: 50}
	for b.Loop() {
		f.newTally(s).all(0, 0, 51)
	}
	quick := b.Elapsed() / time.Duration(b.N)
	began := time.Now()
	oneByOne(f.newTally(s), 0, 0, 51)
	b.ReportMetric(float64(time.Since(began))/float64(quick), "×one-by-one")
}
