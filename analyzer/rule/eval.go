package rule

import (
	"cmp"
	"slices"
	"strings"

	"huiying"
	"huiying/analyzer/fold"
	"huiying/analyzer/rule/lang"
)

// holds evaluates an expression within a window.
func (s *scratch) holds(o *op, w window) bool {
	switch o.kind {
	case lang.Term, lang.Set, lang.Regex:
		return s.anyPlace(o, w)
	case lang.And:
		for _, k := range o.kids {
			if !s.holds(k, w) {
				return false
			}
		}
		return true
	case lang.Or:
		for _, k := range o.kids {
			if s.holds(k, w) {
				return true
			}
		}
		return false
	case lang.Not:
		return !s.holds(o.kids[0], w)
	case lang.Near:
		_, held := s.near(o, w, nil, false)
		return held
	case lang.Sentence, lang.Paragraph:
		_, held := s.units(o, w, nil, false)
		return held
	case lang.AtLeast:
		spots := s.places(o.kids[0], w, s.take())
		n := apart(spots)
		s.give(spots)
		return n >= o.node.N
	case lang.Meta:
		return s.meta(o.node)
	case lang.Count:
		return s.count(o.node)
	}
	return false
}

// places appends where an expression that holds is seen in the text: the
// places of its terms that take part.
func (s *scratch) places(o *op, w window, dst []spot) []spot {
	switch o.kind {
	case lang.Term, lang.Set, lang.Regex:
		return s.leaf(o, w, dst, maxHits)
	case lang.And, lang.Or:
		for _, k := range o.kids {
			if s.holds(k, w) {
				dst = s.places(k, w, dst)
			}
		}
	case lang.Near:
		dst, _ = s.near(o, w, dst, true)
	case lang.Sentence, lang.Paragraph:
		dst, _ = s.units(o, w, dst, true)
	case lang.AtLeast:
		if s.holds(o, w) {
			dst = s.places(o.kids[0], w, dst)
		}
	}
	return dst
}

func (s *scratch) anyPlace(o *op, w window) bool {
	spots := s.leaf(o, w, s.take(), 1)
	found := len(spots) > 0
	s.give(spots)
	return found
}

// leaf appends up to limit places of a term, set or pattern in the window.
func (s *scratch) leaf(o *op, w window, dst []spot, limit int) []spot {
	limit += len(dst)
	for f := range s.fields {
		if o.field >= 0 && o.field != f || w.field >= 0 && w.field != f {
			continue
		}
		if o.kind == lang.Regex {
			dst = within(dst, f, s.pattern(o, f), w, limit)
			continue
		}
		for i, term := range o.terms {
			spans := s.spansOf(term, f)
			if len(spans) == 0 {
				continue
			}
			if !o.node.Word {
				dst = within(dst, f, spans, w, limit)
				continue
			}
			for _, span := range spans {
				if len(dst) < limit && w.covers(f, span) && s.whole(f, span, o.known[i]) {
					dst = append(dst, spot{f, span})
				}
			}
		}
	}
	return dst
}

// within appends the spans, which are in order, that lie in the window.
func within(dst []spot, f int, spans []fold.Span, w window, limit int) []spot {
	if w.field >= 0 {
		from, _ := slices.BinarySearchFunc(spans, w.Start, func(s fold.Span, at int32) int { return int(s.Start - at) })
		spans = spans[from:]
	}
	for _, span := range spans {
		if len(dst) >= limit || w.field >= 0 && span.Start >= w.End {
			break
		}
		if w.covers(f, span) {
			dst = append(dst, spot{f, span})
		}
	}
	return dst
}

// near finds pairs of places of the two operands that do not overlap and have
// at most N characters (or tokens) between them. With all it appends every
// place that is in such a pair.
func (s *scratch) near(o *op, w window, dst []spot, all bool) (_ []spot, held bool) {
	left := sorted(s.places(o.kids[0], w, s.take()))
	right := sorted(s.places(o.kids[1], w, s.take()))
	if len(left) > 0 && len(right) > 0 {
		dst, held = s.pairs(o.node, left, right, dst, all)
		if !o.node.Ordered && (all || !held) {
			var back bool
			dst, back = s.pairs(o.node, right, left, dst, all)
			held = held || back
		}
	}
	s.give(left)
	s.give(right)
	return dst, held
}

func sorted(spots []spot) []spot {
	slices.SortFunc(spots, compareSpots)
	return slices.Compact(spots)
}

// pairs looks for a place of before that is followed, near enough, by one of
// after; both are in order.
func (s *scratch) pairs(n *lang.Node, before, after, dst []spot, all bool) (_ []spot, held bool) {
	for _, a := range before {
		// The first that starts at or after a's end is the nearest.
		i, _ := slices.BinarySearchFunc(after, a, func(b, a spot) int {
			return cmp.Or(b.field-a.field, int(b.Start-a.End))
		})
		if i == len(after) || after[i].field != a.field || s.gap(n, a, after[i]) > n.N {
			continue
		}
		held = true
		if !all {
			return dst, true
		}
		dst = append(dst, a)
	}
	if !held || !all {
		return dst, held
	}
	ends := append(s.take(), before...)
	byEnd := func(a, b spot) int { return cmp.Or(a.field-b.field, int(a.End-b.End)) }
	slices.SortFunc(ends, byEnd)
	for _, b := range after {
		i, _ := slices.BinarySearchFunc(ends, b, func(a, b spot) int {
			return cmp.Or(a.field-b.field, int(a.End-b.Start-1))
		})
		if i > 0 && ends[i-1].field == b.field && s.gap(n, ends[i-1], b) <= n.N {
			dst = append(dst, b)
		}
	}
	s.give(ends)
	return dst, true
}

// gap is how many characters or tokens lie between two places.
func (s *scratch) gap(n *lang.Node, a, b spot) int {
	if n.Tokens {
		return s.tokensBetween(a.field, a.End, b.Start)
	}
	return int(b.Start - a.End)
}

// units looks for sentences or paragraphs in which all operands hold.
func (s *scratch) units(o *op, w window, dst []spot, all bool) (_ []spot, held bool) {
	for f := range s.fields {
		if w.field >= 0 && w.field != f {
			continue
		}
		for _, u := range s.unitsOf(f, o.kind) {
			in := window{f, u}
			if w.field >= 0 {
				in.Start, in.End = max(u.Start, w.Start), min(u.End, w.End)
			}
			if in.Start >= in.End || !s.allHold(o.kids, in) {
				continue
			}
			held = true
			if !all {
				return dst, true
			}
			for _, k := range o.kids {
				dst = s.places(k, in, dst)
			}
		}
	}
	return dst, held
}

func (s *scratch) allHold(kids []*op, w window) bool {
	for _, k := range kids {
		if !s.holds(k, w) {
			return false
		}
	}
	return true
}

// apart is how many places there are when those that overlap count once.
func apart(spots []spot) int {
	slices.SortFunc(spots, func(a, b spot) int {
		return cmp.Or(a.field-b.field, int(a.End-b.End), int(b.Start-a.Start))
	})
	n, field, end := 0, -1, int32(0)
	for _, at := range spots {
		if at.field != field || at.Start >= end {
			n, field, end = n+1, at.field, at.End
		}
	}
	return n
}

// meta compares a property of the post.
func (s *scratch) meta(n *lang.Node) bool {
	value := s.property(n.Name)
	if n.Name == "region" {
		return strings.HasPrefix(fold.String(value), n.Text)
	}
	return value == n.Text
}

func (s *scratch) property(name string) string {
	p := s.doc.Post
	switch name {
	case "platform":
		return p.Platform
	case "kind":
		return p.Kind
	case "region":
		return p.Region
	case "intent":
		return s.doc.Intent
	case "sentiment":
		return s.doc.Sentiment
	}
	if p.Author.Verified == "" {
		return "none"
	}
	return p.Author.Verified
}

// count compares one of the post's counts.
func (s *scratch) count(n *lang.Node) bool {
	value, want := countOf(s.doc.Post.Engagement, n.Name), int64(n.N)
	switch n.Op {
	case ">=":
		return value >= want
	case ">":
		return value > want
	case "<=":
		return value <= want
	case "<":
		return value < want
	}
	return value == want
}

func countOf(e huiying.Engagement, name string) int64 {
	switch name {
	case "reposts":
		return e.Reposts
	case "comments":
		return e.Comments
	case "likes":
		return e.Likes
	}
	return e.Views
}
