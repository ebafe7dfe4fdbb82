package catalogue

import (
	"cmp"
	"math"
	"slices"

	"huiying"
)

const (
	// top is how many items or units are told.
	top = 3
	// enoughShare is the share of an item's telling words that makes a hit.
	enoughShare = 0.5
	// everydayShare is the same where none of them is of this trade.
	everydayShare = 0.7
	// singleShare is the same where one such word stands alone: it must be
	// nearly all there is to the name.
	singleShare = 0.9
	// wordsScore is the score of an item all of whose words are there, and
	// singleScore where that is a single word.
	wordsScore  = 0.9
	singleScore = 0.68
	// many words that are nearly all of a name need no sign of business.
	many = 3
	// besideBest is the share of the best score that others must have.
	besideBest = 0.6
	// slack forgives sums their order.
	slack = 1e-4
)

// match is a word of an item in the post, and what stands there for it.
type match struct {
	member
	spot
	weight float32
}

// candidate is an item that the post may be about.
type candidate struct {
	item   int32
	score  float32
	weight float32
	named  naming  // the name found as a whole; its term is -1 where none was
	words  []match // that decided, in the order of the item's words
	all    []match // and all of the item's that stand with them
}

// propose fills s.candidates: items named, and items whose words are there.
func (x *Index) propose(s *scratch) {
	for _, n := range s.named {
		for _, p := range x.terms[n.term].phrases {
			if p.item >= 0 {
				s.nominate(x, p, n)
			}
		}
	}
	x.add(s)
	named := len(s.candidates)
	for _, i := range s.touched {
		if s.sums[i].sum+slack < enoughShare*x.least[i] {
			continue
		}
		if slices.ContainsFunc(s.candidates[:named], func(c candidate) bool { return c.item == i }) {
			continue
		}
		if c, ok := x.judge(s, i); ok {
			s.candidates = append(s.candidates, c)
		}
	}
}

// nominate adds an item that is named, once, with its surest name.
func (s *scratch) nominate(x *Index, p phrase, n naming) {
	for i := range s.candidates {
		if c := &s.candidates[i]; c.item == p.item {
			if p.score > c.score {
				c.score, c.named = p.score, n
			}
			return
		}
	}
	x.gather(s, &x.items[p.item])
	s.candidates = append(s.candidates, candidate{item: p.item, score: p.score, weight: full, named: n, all: s.keep(s.matches)})
}

// keep moves matches to where they stay until the next post.
func (s *scratch) keep(matches []match) []match {
	from := len(s.arena)
	s.arena = append(s.arena, matches...)
	return s.arena[from:len(s.arena):len(s.arena)]
}

// add sums up the weights of the words of every item. Steps alone make no item
// a candidate, nor do everyday things where nothing shows that somebody has
// business with an office.
func (x *Index) add(s *scratch) {
	begins := plain
	if len(s.cues) > 0 {
		begins = weak
	}
	for _, w := range s.present {
		if t := s.states[w].tier; t >= begins && t != step {
			s.spread(x, w, true)
		}
	}
	if len(s.touched) == 0 {
		return
	}
	for _, w := range s.present {
		if t := s.states[w].tier; t < begins || t == step {
			s.spread(x, w, false)
		}
	}
}

func (s *scratch) spread(x *Index, word int32, begin bool) {
	weight := x.words[word].weight
	for _, i := range x.words[word].items {
		sum := &s.sums[i]
		switch {
		case sum.round == s.round:
			sum.sum += weight
		case begin:
			*sum = itemState{s.round, weight}
			s.touched = append(s.touched, i)
		}
	}
}

// judge decides whether the words of one item that stand near each other are
// enough: those of one of its phrases, and its keywords, which count for all.
func (x *Index) judge(s *scratch, item int32) (candidate, bool) {
	e := &x.items[item]
	if x.gather(s, e)+slack < enoughShare*x.least[item] {
		return candidate{}, false
	}
	best := candidate{item: item, named: naming{term: -1}}
	for p := range e.phrases {
		sum, said := s.take(p)
		share := min(sum/e.phrases[p].enough(), 1)
		if share < enoughShare || share < best.score || share == best.score && sum <= best.weight {
			continue
		}
		if x.points(s, item, share, said > 1 && said == e.phrases[p].words) {
			best.score, best.weight, best.words = share, sum, s.keep(s.part)
		}
	}
	if best.words == nil {
		return best, false
	}
	if best.score *= wordsScore; len(best.words) == 1 {
		best.score *= singleScore / wordsScore
	}
	best.all = s.keep(s.matches)
	return best, true
}

// take puts into s.part the matches of one phrase and the keywords. It gives
// their weight and how many are of the phrase.
func (s *scratch) take(phrase int) (sum float32, said int) {
	s.part = s.part[:0]
	for i := range s.matches {
		m := &s.matches[i]
		in := m.in&(1<<phrase) != 0
		if in {
			said++
		}
		if in || m.keyword {
			sum += m.weight
			s.part = append(s.part, *m)
		}
	}
	return sum, said
}

// points reports whether the words of s.part point to this item and hardly to
// any other. A single word must be no everyday one and point to nothing else.
// Several must name a thing and be all there is to a phrase of the item (all),
// or be held together by few items: by three where two of them are more than
// everyday things, else by this one only. Words none of which is of this trade
// must stand close to each other and, unless they are many, near a sign of
// business with an office.
func (x *Index) points(s *scratch, item int32, share float32, all bool) bool {
	var count [stop]int // by tier
	for _, m := range s.part {
		count[m.tier]++
	}
	n := len(s.part)
	if count[object] == 0 && (share < everydayShare || !s.together() || !s.cueNear() && (n < many || share < singleShare)) {
		return false
	}
	switch {
	case n == count[step]:
		return false
	case n == 1:
		return count[weak] == 0 && (count[object] > 0 || share >= singleShare) && x.terms[s.part[0].term].only == item
	case all:
		return true
	case n-count[weak] > 1:
		return x.holders(s.part, top) <= top
	}
	return x.holders(s.part, 1) == 1
}

// together reports whether the words of s.part stand close to each other.
func (s *scratch) together() bool {
	from, to := s.part[0].at, s.part[0].at
	for _, m := range s.part {
		from, to = min(from, m.at), max(to, m.at)
	}
	return to-from <= beside
}

// gather puts into s.matches the words of an item that stand together: those
// near the place around which most weight stands, which it gives.
func (x *Index) gather(s *scratch, e *entry) float32 {
	s.own, s.matches = s.own[:0], s.matches[:0]
	from, to := int32(math.MaxInt32), int32(math.MinInt32)
	for _, m := range e.words {
		if s.states[m.word].round != s.round {
			continue
		}
		s.own = append(s.own, m)
		for i := s.states[m.word].head; i >= 0; i = s.spots[i].next {
			from, to = min(from, s.spots[i].at), max(to, s.spots[i].at)
		}
	}
	best := float32(0)
	for _, m := range s.own {
		for i := s.states[m.word].head; i >= 0; i = s.spots[i].next {
			if weight := x.around(s, s.spots[i].at); weight > best {
				best = weight
				s.matches, s.try = s.try, s.matches
			}
			if to-from <= near { // all stand around any of them
				return best
			}
		}
	}
	return best
}

// around puts into s.try those of s.own near a place and gives their weight.
func (x *Index) around(s *scratch, at int32) float32 {
	s.try = s.try[:0]
	total := float32(0)
	for _, m := range s.own {
		best := int32(-1)
		for i := s.states[m.word].head; i >= 0; i = s.spots[i].next {
			sp := &s.spots[i]
			if isNear(sp.at, at) && (best < 0 || sp.surer(&s.spots[best])) {
				best = i
			}
		}
		if best >= 0 {
			total += s.tryWord(match{m, s.spots[best], x.words[m.word].weight * s.spots[best].factor})
		}
	}
	return total
}

// surer reports that a place of a word counts before another further on.
func (p *spot) surer(q *spot) bool {
	return p.tier > q.tier || p.tier == q.tier && p.factor >= q.factor
}

// tryWord adds a match to s.try and gives how much weight that adds. One word
// of the post is one piece of evidence, whatever it stands for: the heaviest
// counts.
func (s *scratch) tryWord(m match) float32 {
	for i := range s.try {
		if s.try[i].term != m.term {
			continue
		}
		more := m.weight - s.try[i].weight
		if more <= 0 {
			return 0
		}
		s.try = append(slices.Delete(s.try, i, i+1), m)
		return more
	}
	s.try = append(s.try, m)
	return m.weight
}

func isNear(a, b int32) bool { return a-b <= near && b-a <= near }

// cueNear reports whether a cue stands near one of the words of s.part.
func (s *scratch) cueNear() bool {
	for _, m := range s.part {
		for _, c := range s.cues {
			if isNear(m.at, c) {
				return true
			}
		}
	}
	return false
}

// holders counts the items that have all the words, to one more than limit.
func (x *Index) holders(matches []match, limit int) int {
	rarest := matches[0]
	for _, m := range matches[1:] {
		if len(x.words[m.word].items) < len(x.words[rarest.word].items) {
			rarest = m
		}
	}
	n := 0
	for _, i := range x.words[rarest.word].items {
		if x.items[i].has(matches) {
			if n++; n > limit {
				return n
			}
		}
	}
	return n
}

// has reports whether the item has all the words; both lists are sorted.
func (e *entry) has(matches []match) bool {
	i := 0
	for _, m := range matches {
		for i < len(e.words) && e.words[i].word < m.word {
			i++
		}
		if i == len(e.words) || e.words[i].word != m.word {
			return false
		}
	}
	return true
}

// choose takes the best candidates. One whose words all belong to a better one
// adds nothing.
func (x *Index) choose(s *scratch) []ItemHit {
	s.chosen = s.chosen[:0]
	slices.SortFunc(s.candidates, func(p, q candidate) int {
		return cmp.Or(cmp.Compare(q.score, p.score), cmp.Compare(q.weight, p.weight), cmp.Compare(p.item, q.item))
	})
	if len(s.candidates) == 0 {
		return nil
	}
	out := make([]ItemHit, 0, min(len(s.candidates), top))
	for i, c := range s.candidates {
		if len(out) == top || c.score < besideBest*s.candidates[0].score {
			break
		}
		if s.explained(i) {
			continue
		}
		e := &x.items[c.item]
		s.chosen = append(s.chosen, c.item)
		out = append(out, ItemHit{Code: e.code, Name: e.name, Unit: e.unitID, Score: rounded(c.score), Why: x.why(c)})
	}
	return out
}

// explained reports that another candidate tells all that this one does: and
// more, or the same with more reason. Nothing explains a name found as a whole.
func (s *scratch) explained(i int) bool {
	c := &s.candidates[i]
	if c.score == byName {
		return false
	}
	for j := range s.candidates {
		b := &s.candidates[j]
		if i != j && b.score >= besideBest*c.score && b.covers(c) && (b.score > c.score || !c.covers(b)) {
			return true
		}
	}
	return false
}

// covers reports that all words of the post that speak for c speak for b, or
// are part of the name by which b was found.
func (b *candidate) covers(c *candidate) bool {
	return !slices.ContainsFunc(c.all, func(m match) bool {
		return !b.named.holds(m.at) && !slices.ContainsFunc(b.all, func(own match) bool { return own.term == m.term })
	})
}

// why gives the words that decided, the heaviest first: the name where it was
// found as a whole, else the words as the post has them.
func (x *Index) why(c candidate) []huiying.Why {
	if c.named.term >= 0 {
		return []huiying.Why{{Text: x.terms[c.named.term].text, Weight: 1}}
	}
	out := make([]huiying.Why, 0, len(c.words))
	for _, m := range c.words {
		out = append(out, huiying.Why{Text: x.terms[m.term].text, Weight: rounded(m.weight)})
	}
	slices.SortStableFunc(out, func(p, q huiying.Why) int { return cmp.Compare(q.Weight, p.Weight) })
	return out
}

// rounded keeps two decimals: more would only be noise in messages.
func rounded(w float32) float64 { return math.Round(float64(w)*100) / 100 }
