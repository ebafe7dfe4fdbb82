package search

import (
	"slices"
	"strings"
	"sync"

	"huiying/internal/query"
)

// mostChoices is how many choices parts are added up for: of a million posts one
// takes half a megabyte.
const mostChoices = 32

// choices are what parts of the posts add up to under choices that were asked for
// lately. A page with a filter asks the same again with everything that comes, and
// of a month nearly all parts are as they were. The zero value is ready.
type choices struct {
	mu    sync.Mutex
	list  map[string]*chosenSums // by what is chosen
	asked uint64
}

// chosenSums are the sums of parts under one choice, the times left out.
type chosenSums struct {
	asked uint64 // when last, of all
	mu    sync.Mutex
	parts map[*sum]*sum // by the sum of the whole part: another one when a post of it changed
}

// of finds the sums of a choice, and forgets the one that nobody has asked for
// longest where there are too many.
func (c *choices) of(key string) *chosenSums {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	one, ok := c.list[key]
	if !ok {
		if c.list == nil {
			c.list = map[string]*chosenSums{}
		}
		for len(c.list) >= mostChoices {
			delete(c.list, c.oldest())
		}
		one = &chosenSums{parts: map[*sum]*sum{}}
		c.list[key] = one
	}
	one.asked = c.asked
	return one
}

func (c *choices) oldest() (key string) {
	for k, one := range c.list {
		if key == "" || one.asked < c.list[key].asked {
			key = k
		}
	}
	return key
}

// keyOf is what a question chooses beyond a time.
func keyOf(s query.PostSearch) string {
	var b strings.Builder
	if s.Tagged {
		b.WriteByte('t')
	}
	for _, facet := range query.PostFacets() {
		values := slices.Clone(s.Choices[facet])
		slices.Sort(values)
		b.WriteByte(0)
		for _, v := range slices.Compact(values) {
			b.WriteString(v)
			b.WriteByte(1)
		}
	}
	return b.String()
}

// sumOf is what a part adds up to under the choice of t; the caller holds the
// facets' lock for reading. The posts in n pass every filter, those in counts all
// but the one they are counted by.
func (c *chosenSums) sumOf(t *tally, b *rows, k int) *sum {
	whole := t.facets.sumOf(b, k)
	c.mu.Lock()
	s, ok := c.parts[whole]
	c.mu.Unlock()
	if ok {
		return s
	}
	s = t.addUp(b.row[k*part:(k+1)*part], whole)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.parts) > 2*len(t.facets.blocks)*(block/part) { // most are of parts that changed since
		clear(c.parts)
	}
	c.parts[whole] = s
	return s
}

// addUp looks at every post of a part, whenever it was collected.
func (t *tally) addUp(list []row, whole *sum) *sum {
	one := &tally{facets: t.facets, wanted: t.wanted, chosen: t.chosen, inCase: t.inCase, tagged: t.tagged, none: t.none, counts: t.facets.zeros()}
	for i := range list {
		one.row(&list[i])
	}
	return &sum{n: one.total, first: whole.first, last: whole.last, counts: counted(one.counts), cases: one.cases}
}
