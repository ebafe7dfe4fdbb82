package burst_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"huiying/analyzer/burst"
)

// drawn is so many days of hours, each with an evening that is busier than its
// night; the same seed gives the same days.
func drawn(days int, seed uint64) []int {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]int, days*24)
	for i := range out {
		mean := 4.0
		if h := i % 24; h >= 9 && h < 21 {
			mean = 30
		}
		mean *= r.ExpFloat64()*0.3 + 0.7 // more spread than Poisson's
		for p := r.Float64(); p > math.Exp(-mean); p *= r.Float64() {
			out[i]++
		}
	}
	return out
}

// A band holds what is usual and leaves out what is not: by the rule of its
// edges next to nothing of a month that goes on as before, and ten times as
// much or nothing at all where much is usual.
func TestBands(t *testing.T) {
	counts := drawn(28+30, 7)
	bands := burst.Bands(counts, 1, 30*24)
	out := 0
	for i, b := range bands {
		n := counts[28*24+i]
		if b.Days != 28 || b.Low > b.High || b.Expected <= 0 || float64(b.High) < b.Expected {
			t.Fatalf("hour %d: %+v", i, b)
		}
		if n < b.Low || n > b.High {
			out++
		}
	}
	if out > 8 { // 720 hours at two of a thousand are 1.4
		t.Errorf("%d of 720 usual hours are outside", out)
	}
	noon := bands[len(bands)-12]
	if noon.High >= 300 || noon.Low < 1 || noon.Expected < 20 || noon.Expected > 40 {
		t.Errorf("at noon: %+v", noon)
	}
	if night := bands[len(bands)-24]; night.High >= noon.High {
		t.Errorf("at night %+v, at noon %+v", night, noon)
	}
}

// A band knows nothing of its own span nor of what came later.
func TestBandsLookBack(t *testing.T) {
	counts := drawn(40, 3)
	before := burst.Bands(counts, 1, 24)
	counts[len(counts)-10] = 5000
	after := burst.Bands(counts, 1, 24)
	for i := range 15 {
		if before[i] != after[i] {
			t.Errorf("hour %d: %+v became %+v", i, before[i], after[i])
		}
	}
	if counts[len(counts)-10] <= after[14].High {
		t.Errorf("5000 posts are inside %+v", after[14])
	}
}

// Whole days are held against the days before, and without a week of history
// nothing is said.
func TestBandsOfDays(t *testing.T) {
	counts := drawn(60, 5)
	bands := burst.Bands(counts, 24, 30)
	for i, b := range bands {
		sum := 0
		for _, n := range counts[(30+i)*24 : (31+i)*24] {
			sum += n
		}
		if b.Days != 27 || b.Expected < 200 || b.Expected > 600 || b.Low < 50 {
			t.Errorf("day %d: %+v", i, b)
		}
		if sum > b.High || sum < b.Low {
			t.Errorf("day %d: %d is outside %+v", i, sum, b)
		}
	}
	for _, b := range burst.Bands(counts[:6*24], 1, 24) {
		if b.Days >= burst.MinDays || b.High != 0 {
			t.Errorf("six days: %+v", b)
		}
	}
	early := burst.Bands(counts[:9*24], 24, 12)
	if early[0] != (burst.Band{}) || early[11].Days != 8 || early[11].High == 0 || early[8].High != 0 {
		t.Errorf("nine days: %+v", early)
	}
	if got := burst.Bands(nil, 1, 2); got[1] != (burst.Band{}) {
		t.Errorf("nothing: %+v", got)
	}
}

// The ends of a band are where the tails say: one less or more is rarer than
// one of a thousand.
func TestBandEnds(t *testing.T) {
	for _, mean := range []float64{0.02, 0.9, 7, 300, 20_000} {
		for _, spread := range []float64{1e-4, 0.05, 1, 4} {
			low, high := burst.Ends(mean, spread)
			over, under := func(n int) float64 { return burst.Tail(n, mean, 1/spread) }, func(n int) float64 { return 1 - burst.Tail(n+1, mean, 1/spread) }
			if over(high) < 1e-3 && float64(high) > mean || over(high+1) >= 1e-3 || under(low) < 1e-3 || low > 0 && under(low-1) >= 1e-3 {
				t.Errorf("mean %v, spread %v: %d–%d, beyond them %v and %v", mean, spread, low, high, under(low-1), over(high+1))
			}
		}
	}
}
