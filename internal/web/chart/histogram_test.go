package chart_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiying/internal/web/chart"
)

// Every duration lies in the one bin whose span holds it, whatever the edges.
func TestBinsHoldEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var took []time.Duration
		for _, n := range rapid.SliceOfN(rapid.Int64Range(0, int64(40*24*time.Hour)), 0, 60).Draw(t, "took") {
			took = append(took, time.Duration(n))
		}
		slices.Sort(took)
		edges := []time.Duration{5 * time.Minute, time.Hour, 24 * time.Hour}
		h := chart.Bins(took, edges)
		sum := 0
		for i, b := range h.Bins {
			n := 0
			for _, d := range took {
				if d >= b.From && (b.To == 0 || d < b.To) {
					n++
				}
			}
			if n != b.N {
				t.Fatalf("bin %d holds %d, want %d", i, b.N, n)
			}
			if b.N > h.Most.N {
				t.Fatalf("%v is fuller than the fullest", b)
			}
			sum += b.N
		}
		if sum != len(took) || h.Of != sum || len(h.Bins) != len(edges)+1 {
			t.Fatalf("%d of %d", sum, len(took))
		}
		for _, b := range h.Bars {
			if b.H < 2 || b.Y < 0 || b.Y+b.H != h.Height || b.X+b.W > h.Width {
				t.Fatalf("bar %+v leaves the picture %d×%d", b, h.Width, h.Height)
			}
		}
	})
}

func TestColumns(t *testing.T) {
	c := chart.Column([]time.Duration{time.Hour, 0, 2 * time.Hour}, []bool{false, true, false})
	if len(c.Bars) != 2 || len(c.Marks) != 1 || c.Bars[1].H != c.Height || c.Bars[0].H != c.Height/2 || c.Marks[0] <= c.Bars[0].X+c.Bars[0].W {
		t.Errorf("%+v", c)
	}
	if c := chart.Column(nil, nil); len(c.Bars) != 0 || c.Width != 0 {
		t.Errorf("%+v", c)
	}
}
