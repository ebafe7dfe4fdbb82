package rule

import (
	"cmp"
	"slices"
	"strings"

	"huiying/analyzer/fold"
	"huiying/analyzer/rule/lang"
)

// holds evaluates an expression within a window.
func (s *scratch) holds(o *op, w window) bool {
	switch o.kind {
	case lang.Term, lang.Set, lang.Regex, lang.Wild:
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
		return s.near(o, w, nil)
	case lang.Sentence, lang.Paragraph:
		return s.units(o, w, nil)
	case lang.AtLeast:
		spots := s.places(o.kids[0], w, s.take())
		n := apart(spots)
		s.give(spots)
		return n >= o.node.N
	case lang.Except:
		spots := s.except(o, w, s.take())
		n := len(spots)
		s.give(spots)
		return n > 0
	case lang.Score:
		return s.score(o, w) >= thousandths(o.node.Least)
	}
	return s.condition(o.node)
}

// condition asks about the post itself.
func (s *scratch) condition(n *lang.Node) bool {
	switch n.Kind {
	case lang.Meta:
		return s.meta(n)
	case lang.Count:
		return n.Compares(s.countOf(n.Name))
	case lang.Time:
		return s.atTime(n)
	}
	return false
}

// places appends where an expression that holds is seen in the text: the
// places of its terms that take part.
func (s *scratch) places(o *op, w window, dst []spot) []spot {
	switch o.kind {
	case lang.Term, lang.Set, lang.Regex, lang.Wild:
		return s.leaf(o, w, dst, maxHits)
	case lang.Except:
		return s.except(o, w, dst)
	case lang.Score:
		for i, k := range o.kids {
			if o.node.Weights[i] > 0 && s.holds(k, w) {
				dst = s.places(k, w, dst)
			}
		}
	case lang.And, lang.Or:
		for _, k := range o.kids {
			if s.holds(k, w) {
				dst = s.places(k, w, dst)
			}
		}
	case lang.Near:
		s.near(o, w, &dst)
	case lang.Sentence, lang.Paragraph:
		s.units(o, w, &dst)
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
		q := query{field: f, window: w, limit: limit}
		if o.kind == lang.Regex {
			dst = q.pick(dst, s.pattern(o, f))
			continue
		}
		if o.kind == lang.Wild {
			s.wild = s.wildcards(s.wild[:0], o, f)
			dst = q.pick(dst, s.wild)
			continue
		}
		for i, term := range o.terms {
			spans := s.spansOf(term, f)
			if len(spans) == 0 {
				continue
			}
			if !o.node.Word {
				dst = q.pick(dst, spans)
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

// query asks for places in one field within a window, up to a limit of all.
type query struct {
	field  int
	window window
	limit  int
}

// pick appends the spans, which are in order, that are asked for.
func (q query) pick(dst []spot, spans []fold.Span) []spot {
	w := q.window
	if w.field >= 0 {
		from, _ := slices.BinarySearchFunc(spans, w.Start, func(s fold.Span, at int32) int { return int(s.Start - at) })
		spans = spans[from:]
	}
	for _, span := range spans {
		if len(dst) >= q.limit || w.field >= 0 && span.Start >= w.End {
			break
		}
		if w.covers(q.field, span) {
			dst = append(dst, spot{q.field, span})
		}
	}
	return dst
}

// near finds pairs of places of the two operands that do not overlap and have
// at most N characters (or tokens) between them. Where a list is given it takes
// every place that is in such a pair.
func (s *scratch) near(o *op, w window, list *[]spot) bool {
	left := sorted(s.places(o.kids[0], w, s.take()))
	right := sorted(s.places(o.kids[1], w, s.take()))
	held := s.pairs(o.node, left, right, list)
	if !o.node.Ordered && (list != nil || !held) {
		held = s.pairs(o.node, right, left, list) || held
	}
	s.give(left)
	s.give(right)
	return held
}

func sorted(spots []spot) []spot {
	slices.SortFunc(spots, compareSpots)
	return slices.Compact(spots)
}

// pairs looks for places of before that are followed, near enough, by one of
// after; both are in order.
func (s *scratch) pairs(n *lang.Node, before, after []spot, list *[]spot) bool {
	held := false
	for _, a := range before {
		// The first that starts at or after a's end is the nearest.
		i, _ := slices.BinarySearchFunc(after, a, func(b, a spot) int {
			return cmp.Or(b.field-a.field, int(b.Start-a.End))
		})
		if i == len(after) || after[i].field != a.field || s.gap(n, a, after[i]) > n.N {
			continue
		}
		held = true
		if list == nil {
			return true
		}
		*list = append(*list, a)
	}
	if held {
		s.followers(n, before, after, list)
	}
	return held
}

// followers takes the places of after that follow one of before near enough.
func (s *scratch) followers(n *lang.Node, before, after []spot, list *[]spot) {
	ends := append(s.take(), before...)
	slices.SortFunc(ends, func(a, b spot) int { return cmp.Or(a.field-b.field, int(a.End-b.End)) })
	for _, b := range after {
		// The last that ends at or before b's start is the nearest.
		i, _ := slices.BinarySearchFunc(ends, b, func(a, b spot) int {
			return cmp.Or(a.field-b.field, int(a.End-b.Start-1))
		})
		if i > 0 && ends[i-1].field == b.field && s.gap(n, ends[i-1], b) <= n.N {
			*list = append(*list, b)
		}
	}
	s.give(ends)
}

// gap is how many characters or tokens lie between two places.
func (s *scratch) gap(n *lang.Node, a, b spot) int {
	if n.Tokens {
		return s.tokensBetween(a.field, a.End, b.Start)
	}
	return int(b.Start - a.End)
}

// units looks for sentences or paragraphs in which all operands hold. Where a
// list is given it takes the places in all of them.
func (s *scratch) units(o *op, w window, list *[]spot) bool {
	held := false
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
			if list == nil {
				return true
			}
			for _, k := range o.kids {
				*list = s.places(k, in, *list)
			}
		}
	}
	return held
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
	if n.Name == "place" {
		return slices.ContainsFunc(s.doc.Places, func(path string) bool { return lies(path, n.Text) })
	}
	value := s.property(n.Name)
	if n.Name == "region" {
		return strings.HasPrefix(fold.String(value), n.Text)
	}
	return value == n.Text
}

// lies reports whether one of the places on a path has a name, given whole or
// without its last character (中卫 for 中卫市).
func lies(path, name string) bool {
	for place := range strings.SplitSeq(path, "/") {
		place = fold.String(place)
		if rest, ok := strings.CutPrefix(place, name); ok && (rest == "" || slices.Contains(placeEndings(), rest)) {
			return true
		}
	}
	return false
}

func placeEndings() []string {
	return []string{"省", "市", "区", "县", "旗", "盟", "州", "镇", "乡", "街道", "村", "社区"}
}

func (s *scratch) property(name string) string {
	p := s.doc.Post
	switch name {
	case "place":
		return strings.Join(s.doc.Places, " ")
	case "level":
		return string(s.doc.Late.Level)
	case "burst":
		if s.doc.Late.Burst {
			return "yes"
		}
		return ""
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

// countOf is one of the post's counts.
func (s *scratch) countOf(name string) int64 {
	e, late := s.doc.Post.Engagement, &s.doc.Late
	switch name {
	case "voices":
		return int64(late.Voices)
	case "platforms":
		return int64(late.Platforms)
	case "speed":
		return int64(late.Speed)
	case "reposts":
		return e.Reposts
	case "comments":
		return e.Comments
	case "likes":
		return e.Likes
	case "engagement":
		return e.Reposts + e.Comments + e.Likes
	}
	return e.Views
}
