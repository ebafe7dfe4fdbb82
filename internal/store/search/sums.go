package search

// part is how many posts are added up at once. A day of a busy office is some
// parts, and the two at its ends are gone through post by post.
const part = 1 << 11

// sum is what the posts of a part add up to, all of them or under a choice.
type sum struct {
	n           int
	first, last int64 // micros
	counts      []count
	cases       [2]int
}

// count is how many posts have a value, or set of values, of a facet.
type count struct {
	of     facet
	number uint32
	n      int32
}

// sumOf is the sum of the k-th part of a block; the caller holds the lock for
// reading. Two may add it up at once, to the same.
func (f *facets) sumOf(b *rows, k int) *sum {
	if s := b.sums[k].Load(); s != nil {
		return s
	}
	s := f.addUp(b.row[k*part : (k+1)*part])
	b.sums[k].Store(s)
	return s
}

func (f *facets) addUp(list []row) *sum {
	s := &sum{}
	counts := f.zeros()
	for i := range list {
		r := &list[i]
		if r.at == 0 {
			continue
		}
		if s.n++; s.n == 1 {
			s.first, s.last = r.at, r.at
		}
		s.first, s.last = min(s.first, r.at), max(s.last, r.at)
		for of := byLevel; of < byCase; of++ {
			counts[of][r.number(of)]++
		}
		if r.inCase {
			s.cases[1]++
		} else {
			s.cases[0]++
		}
	}
	s.counts = counted(counts)
	return s
}

// counted leaves out what no post has.
func counted(counts [byVerified + 1][]int) (out []count) {
	for of, list := range counts {
		for number, n := range list {
			if n > 0 {
				out = append(out, count{facet(of), uint32(number), int32(n)})
			}
		}
	}
	return out
}

// zeros has a count for every value, or set of values, of every facet.
func (f *facets) zeros() (counts [byVerified + 1][]int) {
	for i := range counts {
		counts[i] = make([]int, max(len(f.names[i].name), len(f.sets[i].name)))
	}
	return counts
}

// whole counts all posts of a part at once; false when they do not go all the
// same way and have to be looked at, or those that pass are to be listed yet.
func (t *tally) whole(b *rows, k int, listed bool) bool {
	s := t.facets.sumOf(b, k)
	if s.n == 0 {
		return true
	}
	inside := s.first >= t.from && (t.to == 0 || s.last < t.to)
	outside := s.last < t.from || t.to > 0 && s.first >= t.to
	span, same := t.span(s)
	if !same || !outside && !(inside && listed) {
		return false
	}
	if t.sums != nil {
		s = t.sums.sumOf(t, b, k)
	}
	if span >= 0 {
		t.spans[span] += s.n
	}
	if outside {
		return true
	}
	t.total += s.n
	for _, c := range s.counts {
		t.counts[c.of][c.number] += int(c.n)
	}
	t.cases[0] += s.cases[0]
	t.cases[1] += s.cases[1]
	return true
}

// span is the shortest period that all posts of a part are in, -1 for none; not
// the same when it depends on the post.
func (t *tally) span(s *sum) (i int, same bool) {
	for i, p := range t.periods {
		if s.first >= p.from {
			return i, true
		}
		if s.last >= p.from {
			return 0, false
		}
	}
	return -1, true
}
