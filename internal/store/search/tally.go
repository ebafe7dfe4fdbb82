package search

import (
	"cmp"
	"slices"

	"huiying/internal/query"
)

// tally counts posts by what they are filtered by.
type tally struct {
	facets  *facets
	wanted  [byVerified + 1][]bool // by value, or set of values; nil = any
	chosen  [byCase + 1]bool
	inCase  bool
	tagged  bool
	brief   bool        // nothing is counted beyond the posts that are listed
	sums    *chosenSums // of what is chosen; nil = nothing is
	from    int64
	to      int64
	periods []period

	total  int
	counts [byVerified + 1][]int
	cases  [2]int
	spans  []int
	none   uint32 // the set of rules without any
}

type period struct {
	name string
	from int64
}

// newTally prepares a count; the caller holds the lock for reading until it is
// over.
func (f *facets) newTally(s query.PostSearch) *tally {
	t := &tally{facets: f, tagged: s.Tagged, brief: s.Uncounted, from: micros(s.From), to: micros(s.To), none: ^uint32(0)}
	if i, ok := f.sets[byRule].number[""]; ok {
		t.none = uint32(i)
	}
	for i, name := range query.PostFacets() {
		values := s.Choices[name]
		if len(values) == 0 {
			continue
		}
		if facet(i) == byCase {
			t.chosen[i], t.inCase = true, slices.Contains(values, "yes")
			t.chosen[i] = !slices.Contains(values, "no") || !t.inCase
			continue
		}
		t.chosen[i], t.wanted[i] = true, f.choose(facet(i), values)
	}
	if t.tagged || slices.Contains(t.chosen[:], true) {
		t.sums = f.choices.of(keyOf(s))
	}
	t.counts = f.zeros()
	for name, from := range s.Periods {
		t.periods = append(t.periods, period{name, micros(from)})
	}
	slices.SortFunc(t.periods, func(a, b period) int { return cmp.Compare(b.from, a.from) })
	t.spans = make([]int, len(t.periods))
	return t
}

// choose marks the values, or the sets with one of the values.
func (f *facets) choose(of facet, values []string) []bool {
	if of != byRule && of != byPlace {
		out := make([]bool, len(f.names[of].name))
		for _, v := range values {
			if i, ok := f.names[of].number[v]; ok {
				out[i] = true
			}
		}
		return out
	}
	out := make([]bool, len(f.sets[of].name))
	for i, members := range f.sets[of].members {
		for _, m := range members {
			out[i] = out[i] || slices.Contains(values, f.names[of].name[m])
		}
	}
	return out
}

// number is the value, or the set of values, that a row has.
func (r *row) number(of facet) int {
	switch of {
	case bySource:
		return int(r.source)
	case byRule:
		return int(r.rules)
	case byPlace:
		return int(r.places)
	}
	return int(r.value[of])
}

// see counts the post and reports whether it passes every filter.
func (t *tally) see(n int64) bool {
	if n/block >= int64(len(t.facets.blocks)) {
		return false
	}
	return t.row(&t.facets.blocks[n/block].row[n%block])
}

func (t *tally) row(r *row) bool {
	if r.at == 0 || t.tagged && r.rules == t.none {
		return false
	}
	failed := facet(-1) // the one filter it does not pass
	if r.at < t.from || t.to > 0 && r.at >= t.to {
		failed = byPeriod
	}
	for i := byLevel; i <= byCase; i++ {
		if !t.chosen[i] {
			continue
		}
		passes := i == byCase && r.inCase == t.inCase || i != byCase && t.wanted[i][r.number(i)]
		if !passes {
			if failed >= 0 {
				return false
			}
			failed = i
		}
	}
	if failed >= 0 {
		t.add(r, failed)
		return false
	}
	t.total++
	for i := byLevel; i <= byPeriod; i++ {
		t.add(r, i)
	}
	return true
}

func (t *tally) add(r *row, of facet) {
	switch of {
	case byPeriod:
		for i, p := range t.periods {
			if r.at >= p.from {
				t.spans[i]++ // and every longer one, see periodsOf
				return
			}
		}
	case byCase:
		if r.inCase {
			t.cases[1]++
		} else {
			t.cases[0]++
		}
	default:
		t.counts[of][r.number(of)]++
	}
}

// all counts every post behind after, the newest first, and gives those that
// pass and are older than before, limit of them.
func (t *tally) all(after, before int64, limit int) (out []int64) {
	for b := len(t.facets.blocks) - 1; b >= 0; b-- {
		rows := t.facets.blocks[b]
		for k := block/part - 1; k >= 0; k-- {
			first := int64(b)*block + int64(k)*part
			if first+part-1 <= after {
				return out
			}
			if t.brief && len(out) >= limit {
				return out
			}
			listed := len(out) >= limit || before > 0 && first >= before
			if first > after && t.whole(rows, k, listed) {
				continue
			}
			for i := part - 1; i >= 0; i-- {
				n := first + int64(i)
				if n <= after {
					return out
				}
				if t.row(&rows.row[n%block]) && len(out) < limit && (before == 0 || n < before) {
					out = append(out, n)
				}
			}
		}
	}
	return out
}

// result gives the counts by facet, the most frequent first.
func (t *tally) result() map[string][]query.CountValue {
	out := map[string][]query.CountValue{}
	for i, name := range named() {
		var list []query.CountValue
		switch of := facet(i); of {
		case byCase:
			list = []query.CountValue{{Value: "yes", N: t.cases[1]}, {Value: "no", N: t.cases[0]}}
		case byPeriod:
			sum := 0
			for k, p := range t.periods {
				sum += t.spans[k]
				list = append(list, query.CountValue{Value: p.name, N: sum})
			}
		default:
			list = t.values(of)
		}
		list = slices.DeleteFunc(list, func(c query.CountValue) bool { return c.N == 0 || c.Value == "" })
		for k := range list {
			if list[k].N > query.Cap {
				list[k].N, list[k].More = query.Cap, true
			}
		}
		out[name] = list
	}
	return out
}

func (t *tally) values(of facet) []query.CountValue {
	names := t.facets.names[of].name
	counts := t.counts[of]
	if of == byRule || of == byPlace {
		counts = make([]int, len(names))
		for set, n := range t.counts[of] {
			if n == 0 {
				continue
			}
			for _, m := range t.facets.sets[of].members[set] {
				counts[m] += n
			}
		}
	}
	var list []query.CountValue
	for i, n := range counts {
		if n > 0 && i < len(names) {
			list = append(list, query.CountValue{Value: names[i], N: n})
		}
	}
	slices.SortFunc(list, func(a, b query.CountValue) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Value, b.Value)) })
	return list
}
