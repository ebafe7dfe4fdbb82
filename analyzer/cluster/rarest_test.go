package cluster

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The grams that are visited are those of a plain sort, as far as it is ever
// followed.
func TestRarest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := scratch{Draft: &Draft{}}
		s.having = rapid.SliceOfN(rapid.OneOf(rapid.Uint16Range(0, 3), rapid.Uint16Range(200, 300), rapid.Uint16()), 0, maxGrams).Draw(t, "having")
		s.grams = make([]gram, len(s.having))
		var want []uint8
		for i, n := range s.having {
			if n > 0 {
				want = append(want, uint8(i))
			}
		}
		slices.SortStableFunc(want, func(a, b uint8) int { return int(s.having[a]) - int(s.having[b]) })
		for i := range want {
			if s.having[want[i]] > visits { // one of those is looked at, and none behind it
				want = want[:i+1]
				break
			}
		}
		if got := s.rarest(); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}
