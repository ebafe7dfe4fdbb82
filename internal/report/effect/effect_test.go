package effect_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"huiying/internal/query"
	"huiying/internal/report/effect"
)

func near(a, b float64) bool { return math.Abs(a-b) < 0.00006 }

// Intervals by hand, and those of Newcombe's papers of 1998 (15 of 148; 56 of
// 70 against 48 of 80, and what stands beside them).
func TestIntervalsByHand(t *testing.T) {
	for _, c := range []struct {
		n, of     float64
		low, high float64
	}{
		{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}, // Newcombe, table I
		{5, 10, 0.2366, 0.7634}, {10, 10, 0.7225, 1}, {0, 10, 0, 0.2775},
	} {
		if got := effect.Wilson(c.n, c.of); !near(got.Low, c.low) || !near(got.High, c.high) {
			t.Errorf("%v of %v: %+v, by hand %v %v", c.n, c.of, got, c.low, c.high)
		}
	}
	for _, c := range []struct {
		n, of, m, om float64
		low, high    float64
	}{
		{48, 80, 56, 70, 0.0524, 0.3339}, {3, 10, 9, 10, 0.1705, 0.8090}, {0, 10, 10, 10, 0.6075, 1}, // Newcombe, table II, method 10
		{20, 40, 20, 40, -0.2093, 0.2093},
	} {
		if got := effect.Difference(c.n, c.of, c.m, c.om); !near(got.Low, c.low) || !near(got.High, c.high) {
			t.Errorf("%v of %v to %v of %v: %+v, by hand %v %v", c.n, c.of, c.m, c.om, got, c.low, c.high)
		}
	}
	for _, c := range []struct {
		before, after int
		dispersion    float64
		low, high     float64
	}{
		{10, 20, 1, 0.9524, 4.2001}, // 20 of 30 is 0.4878 … 0.8077
		{20, 20, 1, 0.5432, 1.8409}, // 20 of 40 is 0.3520 … 0.6480
		{10, 0, 1, 0, 0.3841},       // 0 of 10 is 0 … 0.2775
		{40, 40, 2, 0.5432, 1.8409}, // twice as uneven counts for half as many
		{0, 10, 1, 2.6032, math.Inf(1)},
	} {
		got := effect.Ratio(c.before, c.after, c.dispersion)
		if !near(got.Low, c.low) || !(near(got.High, c.high) || math.IsInf(c.high, 1) && math.IsInf(got.High, 1)) {
			t.Errorf("%d to %d: %+v, by hand %v %v", c.before, c.after, got, c.low, c.high)
		}
	}
	for _, c := range []struct {
		windows [][]int
		want    float64
	}{
		{[][]int{{1, 3}, {0, 4}}, 2.5}, // (½+½)/… : means 2 and 2; (1+1+4+4)/2 over 2
		{[][]int{{5, 5, 5}, {2, 2, 2}}, 1}, {[][]int{{0, 0}, {0, 0}}, 1}, {[][]int{{0, 0}, {9, 1}}, 6.4},
	} {
		if got := effect.Dispersion(c.windows...); !near(got, c.want) {
			t.Errorf("%v: %v, by hand %v", c.windows, got, c.want)
		}
	}
}

var base = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)

func someposts(rnd *rand.Rand, n int) (out []query.EffectPost) {
	for i := range n {
		out = append(out, query.EffectPost{
			ID: fmt.Sprint("p", i), At: base.Add(time.Duration(rnd.IntN(10*24*3600)) * time.Second),
			Tone:     []string{"negative", "positive", "neutral", ""}[rnd.IntN(4)],
			Intent:   []string{"complaint", "report", "enquiry", "help", "praise", ""}[rnd.IntN(6)],
			Official: rnd.IntN(9) == 0,
		})
	}
	return out
}

// Every number on random posts is what reading them one by one gives: windows
// are equal, end and begin with the moment, and lie within what is known.
func TestEffectIsThePosts(t *testing.T) {
	rnd := rand.New(rand.NewPCG(4, 4))
	verdicts := map[string]int{}
	for range 300 {
		posts := someposts(rnd, rnd.IntN(300))
		begin := base.Add(time.Duration(rnd.IntN(48)) * time.Hour)
		a := query.EffectAsk{At: begin.Add(time.Duration(rnd.IntN(120*60)) * time.Minute), Begin: begin, End: base.Add(240 * time.Hour), Span: query.EffectSpans()[rnd.IntN(3)]}
		e := effect.Of(posts, a)
		window := slices.Min([]time.Duration{a.Span, a.At.Sub(a.Begin), a.End.Sub(a.At)})
		if e.Window != window || e.Cut != (window < a.Span) {
			t.Fatalf("the windows have %v, by hand %v", e.Window, window)
		}
		if window < time.Hour {
			if e.Verdict != query.EffectFew || e.Before != nil || e.Shares != nil {
				t.Fatalf("%v is compared: %+v", window, e)
			}
			continue
		}
		var before, after []query.EffectPost
		for _, p := range posts {
			switch {
			case p.Official:
			case !p.At.Before(a.At) && p.At.Before(a.At.Add(window)):
				after = append(after, p)
			case p.At.Before(a.At) && !p.At.Before(a.At.Add(-window)):
				before = append(before, p)
			}
		}
		if len(e.Before) != len(before) || len(e.After) != len(after) {
			t.Fatalf("%d and %d posts, by hand %d and %d", len(e.Before), len(e.After), len(before), len(after))
		}
		checkVolume(t, e, len(before), len(after))
		verdicts[e.Verdict]++
		for _, s := range e.Shares {
			checkShare(t, s, before, after)
			verdicts[s.Verdict]++
		}
	}
	if len(verdicts) != 4 {
		t.Errorf("not every verdict was given: %v", verdicts)
	}
}

func checkVolume(t *testing.T, e query.Effect, n, m int) {
	t.Helper()
	want := query.EffectSame
	bounds := effect.Ratio(n, m, e.Dispersion)
	switch {
	case n+m < 10:
		want = query.EffectFew
	case bounds.High < 1:
		want = query.EffectFell
	case bounds.Low > 1:
		want = query.EffectRose
	}
	if e.Verdict != want || e.Bounds != bounds || n > 0 && !near(e.Ratio, float64(m)/float64(n)) || e.Dispersion < 1 {
		t.Fatalf("%d to %d: %v %+v", n, m, e.Verdict, e.Bounds)
	}
	// What both windows hold together is the same whichever is called which.
	back := effect.Ratio(m, n, e.Dispersion)
	if n+m > 0 && !math.IsInf(bounds.High, 1) && bounds.Low > 0 && (!near(back.Low, 1/bounds.High) || !near(back.High, 1/bounds.Low)) {
		t.Fatalf("turned round %+v is %+v", bounds, back)
	}
}

func checkShare(t *testing.T, s query.EffectShare, before, after []query.EffectPost) {
	t.Helper()
	count := func(posts []query.EffectPost) (n, of int) {
		for _, p := range posts {
			switch s.ID {
			case query.ShareNegative, query.SharePositive:
				if p.Tone != "" {
					of++
				}
				if p.Tone == s.ID {
					n++
				}
			default:
				if p.Intent != "" {
					of++
				}
				if s.ID == query.ShareComplaint && (p.Intent == "complaint" || p.Intent == "report") || s.ID == query.ShareEnquiry && (p.Intent == "enquiry" || p.Intent == "help") {
					n++
				}
			}
		}
		return n, of
	}
	n, of := count(before)
	m, om := count(after)
	if s.Before.N() != n || s.Before.Of() != of || s.After.N() != m || s.After.Of() != om {
		t.Fatalf("%s: %d of %d to %d of %d, by hand %d of %d to %d of %d", s.ID, s.Before.N(), s.Before.Of(), s.After.N(), s.After.Of(), n, of, m, om)
	}
	if of < 10 || om < 10 {
		if s.Verdict != query.EffectFew {
			t.Fatalf("%s is judged on %d and %d posts", s.ID, of, om)
		}
		return
	}
	// The score interval holds a share exactly when the share's own test does not
	// refuse it: |n/of − p| ≤ z√(p(1−p)/of), here with whole numbers of high precision.
	for _, edge := range []float64{s.Before.Low, s.Before.High} {
		left := new(big.Float).SetFloat64(math.Pow(float64(n)/float64(of)-edge, 2))
		right := new(big.Float).SetFloat64(1.959963984540054 * 1.959963984540054 * edge * (1 - edge) / float64(of))
		if d, _ := new(big.Float).Sub(left, right).Float64(); math.Abs(d) > 1e-9 {
			t.Fatalf("%s: %v is no edge of %d of %d", s.ID, edge, n, of)
		}
	}
	p, q := float64(n)/float64(of), float64(m)/float64(om)
	if s.Change.Low > q-p+1e-12 || s.Change.High < q-p-1e-12 || (s.Verdict == query.EffectRose) != (s.Change.Low > 0) || (s.Verdict == query.EffectFell) != (s.Change.High < 0) {
		t.Fatalf("%s: %+v, %v to %v", s.ID, s, p, q)
	}
}
