package burst_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"huiying/analyzer/burst"
)

func TestTail(t *testing.T) {
	for _, c := range []struct {
		count       int
		mean, shape float64
		want        float64
	}{
		{0, 3, 2, 1},
		{-1, 3, 2, 1},
		{1, 0, 2, 0},
		{1, 2, 1, 2.0 / 3}, // geometric: (m/(1+m))^count
		{5, 2, 1, 32.0 / 243},
		{40, 2, 1, math.Pow(2.0/3, 40)},
	} {
		if got := burst.Tail(c.count, c.mean, c.shape); math.Abs(got-c.want) > 1e-12*c.want {
			t.Errorf("Tail(%d, %g, %g) = %g, want %g", c.count, c.mean, c.shape, got, c.want)
		}
	}
	// The larger the shape, the nearer to Poisson: 1 - e^-1 (1 + 1 + 1/2 + 1/6).
	if got, want := burst.Tail(4, 1, 1e4), 1-math.Exp(-1)*8/3; math.Abs(got-want) > 1e-5 {
		t.Errorf("near Poisson: %g, want %g", got, want)
	}
	last := 1.0
	for count := 60; count < 1_000_000; count += count / 7 { // past the smallest numbers there are
		got := burst.Tail(count, 60, 8)
		if got >= last && last > 0 {
			t.Errorf("%d instead of 60: %g", count, got)
		}
		last = got
	}
	if last != 0 {
		t.Errorf("a million instead of 60: %g", last)
	}
	// So busy it is nearly a gamma law, integrated by hand for these.
	for count, want := range map[int]float64{500_000: 0.148212, 590_000: 0.138912, 600_000: 0.137967} {
		if got := burst.Tail(count, 550_000, 0.07); math.Abs(got-want) > 2e-6 {
			t.Errorf("%d instead of 550,000: %g, want %g", count, got, want)
		}
	}
}

// Each term is made from the one before, beginning with that of 0, and all are
// added: slow and without Lgamma.
func TestTailIsTheSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(1, 300).Draw(t, "count")
		mean := rapid.Float64Range(0.001, 150).Draw(t, "mean")
		shape := rapid.Float64Range(0.05, 100).Draw(t, "shape")
		q, want := mean/(mean+shape), 0.0
		term := math.Pow(shape/(shape+mean), shape)
		for k := 0; k < 200_000 && (k < count || term > 1e-18*want); k++ {
			if k >= count {
				want += term
			}
			term *= q * (float64(k) + shape) / float64(k+1)
		}
		if got := burst.Tail(count, mean, shape); math.Abs(got-want) > 1e-8*want+1e-14 {
			t.Fatalf("got %g, the sum is %g", got, want)
		}
	})
}

// More posts are less likely; and a count above the mean is less surprising
// when more were expected or days differ more.
func TestTailIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(0, 2000).Draw(t, "count")
		mean := rapid.Float64Range(0.001, 1000).Draw(t, "mean")
		shape := rapid.Float64Range(0.05, 1000).Draw(t, "shape")
		p := burst.Tail(count, mean, shape)
		if p < 0 || p > 1 || math.IsNaN(p) {
			t.Fatalf("p = %g", p)
		}
		if more := burst.Tail(count+1, mean, shape); more > p*(1+1e-9)+1e-12 {
			t.Fatalf("one more post is likelier: %g after %g", more, p)
		}
		if wider := burst.Tail(count, mean*1.1, shape); wider < p*(1-1e-9)-1e-12 {
			t.Fatalf("a higher mean makes it less likely: %g after %g", wider, p)
		}
	})
}
