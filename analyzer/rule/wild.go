package rule

import (
	"huiying"
	"huiying/analyzer/fold"
	"huiying/analyzer/rule/lang"
)

// wildcards appends where a term with wildcards is seen in a field: for every
// place of its first literal the shortest run that fits, of equal ones the
// first. A whole word begins and ends with tokens.
func (s *scratch) wildcards(dst []fold.Span, o *op, f int) []fold.Span {
	w := wildcard{s: s, o: o, f: f, runes: s.doc.field(f).Text.Runes}
	for _, t := range o.terms {
		if len(s.spansOf(t, f)) == 0 {
			return dst
		}
	}
	for _, first := range s.spansOf(o.terms[0], f) {
		w.found = false
		w.follow(0, first.Start, first.End)
		if w.found {
			dst = append(dst, w.best)
		}
	}
	return dst
}

// wildcard is one search.
type wildcard struct {
	s     *scratch
	o     *op
	f     int
	runes []rune
	best  fold.Span
	found bool
}

// follow looks for the literals behind the i-th, which ends at end.
func (w *wildcard) follow(i int, start, end int32) {
	if i == len(w.o.terms)-1 {
		w.ends(start, end)
		return
	}
	gap := w.o.node.Parts.Gaps[i+1]
	for _, next := range w.s.spansOf(w.o.terms[i+1], w.f) {
		between := int(next.Start - end)
		if between > gap.Max {
			return
		}
		if between >= gap.Min && w.letters(end, next.Start) {
			w.follow(i+1, start, next.End)
		}
	}
}

// ends tries what stands before the first literal and behind the last. Only a
// whole word can be longer than the fewest letters that are asked for.
func (w *wildcard) ends(start, end int32) {
	gaps := w.o.node.Parts.Gaps
	lead, tail := gaps[0], gaps[len(gaps)-1]
	if !w.o.node.Word {
		lead.Max, tail.Max = lead.Min, tail.Min
	}
	for before := lead.Min; before <= lead.Max; before++ {
		from := start - int32(before)
		if from < 0 || !w.letters(from, start) {
			return
		}
		for behind := tail.Min; behind <= tail.Max; behind++ {
			to := end + int32(behind)
			if to > int32(len(w.runes)) || !w.letters(end, to) {
				break
			}
			w.take(fold.Span{Start: from, End: to})
		}
	}
}

func (w *wildcard) take(s fold.Span) {
	length, best := s.End-s.Start, w.best.End-w.best.Start
	if w.found && (length > best || length == best && s.Start >= w.best.Start) {
		return
	}
	if w.o.node.Word && !w.s.whole(w.f, s, false) {
		return
	}
	w.best, w.found = s, true
}

func (w *wildcard) letters(from, to int32) bool {
	for _, r := range w.runes[from:to] {
		if !fold.Letter(r) {
			return false
		}
	}
	return true
}

// except appends the places of the first operand that no place of the second
// overlaps, wherever in the document that stands.
func (s *scratch) except(o *op, w window, dst []spot) []spot {
	all := s.places(o.kids[0], w, s.take())
	if len(all) == 0 {
		s.give(all)
		return dst
	}
	bad := sorted(s.places(o.kids[1], everywhere, s.take()))
	for _, at := range all {
		if !overlaps(at, bad) {
			dst = append(dst, at)
		}
	}
	s.give(all)
	s.give(bad)
	return dst
}

func overlaps(at spot, list []spot) bool {
	for _, b := range list {
		if b.field == at.field && b.Start < at.End && at.Start < b.End {
			return true
		}
	}
	return false
}

// score adds up the weights of the items that hold, in thousandths.
func (s *scratch) score(o *op, w window) (sum int64) {
	for i, k := range o.kids {
		if s.holds(k, w) {
			sum += thousandths(o.node.Weights[i])
		}
	}
	return sum
}

// thousandths turns a weight, which has at most three decimals, into a number
// that adds up without rounding.
func thousandths(x float64) int64 {
	if x < 0 {
		return -thousandths(-x)
	}
	return int64(x*1000 + 0.5)
}

// needsOfScore: with the items that may hold without a term below the
// threshold, one of the others must hold.
func (o *op) needsOfScore(cost func(int32) float64) (terms []int32, ok bool) {
	free := int64(0)
	for i, k := range o.kids {
		weight := thousandths(o.node.Weights[i])
		if weight < 0 {
			continue
		}
		t, found := k.needs(cost)
		if !found {
			free += weight
			continue
		}
		terms = append(terms, t...)
	}
	return terms, free < thousandths(o.node.Least)
}

// atTime compares when the post was published, in the office's zone. An hour
// is not known of a post that says only its day.
func (s *scratch) atTime(n *lang.Node) bool {
	value, known := s.clock(n.Name)
	return known && n.Within(value)
}

// clock is the hour (0 to 23) or the day of the week (Monday is 1) at which the
// post was published.
func (s *scratch) clock(name string) (value int, known bool) {
	p := s.doc.Post
	if p.PublishedAt.IsZero() {
		return 0, false
	}
	at := p.PublishedAt
	if s.doc.Zone != nil {
		at = at.In(s.doc.Zone)
	}
	if name == "weekday" {
		return (int(at.Weekday())+6)%7 + 1, true
	}
	return at.Hour(), p.PublishedPrecision != huiying.PrecisionDay
}
