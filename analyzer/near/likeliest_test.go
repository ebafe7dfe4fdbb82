package near

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

// The likeliest are those that sorting all that was found gives.
func TestLikeliest(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	var x tally
	for range 5000 {
		var found []uint32
		many, from := r.Uint32N(200), 1+r.Uint32N(1<<31)
		for range r.IntN(bandCount + 1) {
			serial := from + r.Uint32N(many+1)
			for range r.IntN(perKey + 1) {
				found = append(found, serial)
				serial += 1 + r.Uint32N(many/perKey+1)
			}
		}
		times := map[uint32]int{}
		for _, serial := range found {
			times[serial]++
		}
		var want []uint32
		for serial := range times {
			want = append(want, serial)
		}
		slices.SortFunc(want, func(a, b uint32) int { return cmp.Or(times[b]-times[a], cmp.Compare(a, b)) })
		want = want[:min(len(want), maxCompared)]
		if got := x.likeliest(found); !slices.Equal(got, want) {
			t.Fatalf("of %v got %v, want %v", times, got, want)
		}
	}
}
