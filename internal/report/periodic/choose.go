package periodic

import (
	"cmp"
	"slices"
)

// kept is how many posts of each side and tone are remembered while all of a
// period pass by.
const kept = 12

// Chooser remembers the posts that were heard most, by side and tone.
type Chooser struct {
	best  map[string][]View
	count map[string]int
}

// NewChooser makes one that has seen nothing.
func NewChooser() *Chooser { return &Chooser{map[string][]View{}, map[string]int{}} }

func bucket(side string, critical bool) string {
	if critical {
		return side + "!"
	}
	return side
}

// See takes a post in. What a rule holds for counts before what was only heard;
// of equal heat the earlier counts more, then the lesser id.
func (c *Chooser) See(v View) {
	key := bucket(v.Side, v.Critical)
	c.count[key]++
	list := c.best[key]
	i, _ := slices.BinarySearchFunc(list, v, order)
	if i >= kept {
		return
	}
	list = slices.Insert(list, i, v)
	c.best[key] = list[:min(len(list), kept)]
}

func order(a, b View) int {
	if a.Tagged != b.Tagged {
		return map[bool]int{true: -1, false: 1}[a.Tagged]
	}
	return cmp.Or(cmp.Compare(b.Heat, a.Heat), a.At.Compare(b.At), cmp.Compare(a.Post, b.Post))
}

// Choose takes at most each of every side, criticism first. Where any was said
// it has at least its share of the places, and never none.
func (c *Chooser) Choose(each int) (out []View) {
	for _, side := range Sides() {
		critical, other := c.best[bucket(side, true)], c.best[side]
		n, all := c.count[bucket(side, true)], c.count[bucket(side, true)]+c.count[side]
		if all == 0 {
			continue
		}
		share := min((each*n+all-1)/all, len(critical), each)
		rest := min(each-share, len(other))
		share = min(each-rest, len(critical)) // places that nobody else takes
		out = append(out, critical[:share]...)
		out = append(out, other[:rest]...)
	}
	return out
}
