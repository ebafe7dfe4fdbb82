package place

// candidates are what a mention may mean.
func (s *scratch) candidates(m *mention) []candidate { return s.may[m.from:m.to] }

// sure reports whether a mention means one place without looking at the rest
// of the text.
func (s *scratch) sure(m *mention) bool {
	return m.to-m.from == 1 && (m.linked || !s.may[m.from].doubtful)
}

// join links neighbours of which one may lie in the other (宁夏|中卫|沙坡头区): what
// does not fit is no longer meant. First from the wide to the narrow, then back.
func (s *scratch) join() {
	for i := 1; i < len(s.mentions); i++ {
		a, b := &s.mentions[i-1], &s.mentions[i]
		if !s.neighbours(a, b) {
			continue
		}
		if b.joined = s.narrow(a, b); b.joined {
			a.linked, b.linked = true, true
		} else if a.span.End == b.span.Start && s.sure(a) {
			s.estrange(a, b)
		}
	}
	for i := len(s.mentions) - 1; i > 0; i-- {
		if s.mentions[i].joined {
			s.widen(&s.mentions[i-1], &s.mentions[i])
		}
	}
}

// neighbours reports whether two mentions follow each other with at most one
// of these signs between: 宁夏中卫, 宁夏 中卫, 宁夏·中卫, 宁夏的中卫.
func (s *scratch) neighbours(a, b *mention) bool {
	switch b.span.Start - a.span.End {
	case 0:
		return true
	case 1:
		switch s.runes[a.span.End] {
		case ' ', '·', '・', '-', '/', '的':
			return true
		}
	}
	return false
}

// narrow keeps of b what lies in something that a may mean; it reports false,
// and changes nothing, where nothing does.
func (s *scratch) narrow(a, b *mention) bool {
	s.clock++
	for _, c := range s.candidates(a) {
		s.notes[c.place].mark = s.clock
	}
	kept := b.from
	for _, c := range s.candidates(b) {
		for at := s.g.nodes[c.place].parent; at >= 0; at = s.g.nodes[at].parent {
			if s.notes[at].mark == s.clock {
				s.may[kept] = c
				kept++
				break
			}
		}
	}
	if kept == b.from {
		return false
	}
	b.to = kept
	return true
}

// widen keeps of a what holds something that b may mean.
func (s *scratch) widen(a, b *mention) {
	s.clock++
	for _, c := range s.candidates(b) {
		for at := s.g.nodes[c.place].parent; at >= 0; at = s.g.nodes[at].parent {
			s.notes[at].mark = s.clock
		}
	}
	kept := a.from
	for _, c := range s.candidates(a) {
		if s.notes[c.place].mark == s.clock {
			s.may[kept] = c
			kept++
		}
	}
	a.to = kept
}

// estrange drops what b would mean by its official name right behind a wider
// place that does not hold it: 成都市永康镇 is a town that the table lacks.
func (s *scratch) estrange(a, b *mention) {
	wide := s.g.nodes[s.may[a.from].place].rank
	kept := b.from
	for _, c := range s.candidates(b) {
		if rank := s.g.nodes[c.place].rank; c.short || rank <= City.rank() || rank <= wide {
			s.may[kept] = c
			kept++
		}
	}
	b.to = kept
}

// settle says what the mentions mean: what is sure, then names that are an
// official or clear one of a single place, then the rest. Each turn takes only
// what those before it said as evidence, so nothing depends on the order.
func (s *scratch) settle() {
	for i := range s.mentions {
		if m := &s.mentions[i]; s.sure(m) {
			m.place = s.may[m.from].place
			s.name(m.place)
		}
	}
	for _, single := range []bool{true, false} {
		for i := range s.mentions {
			if m := &s.mentions[i]; m.place < 0 && s.single(m) == single {
				m.place = s.best(m, single)
			}
		}
		for i := range s.mentions {
			if m := &s.mentions[i]; single && m.place >= 0 {
				s.name(m.place)
			}
		}
	}
}

// name notes that a place is named for certain.
func (s *scratch) name(place int32) {
	s.notes[place].named = s.now
	s.notes[s.g.nodes[place].group].group = s.now
}

// single reports whether all but one meaning of a mention are doubtful.
func (s *scratch) single(m *mention) bool {
	clear := 0
	for _, c := range s.candidates(m) {
		if !c.doubtful {
			clear++
		}
	}
	return clear == 1
}

// best gives the place that the evidence speaks for most, or -1 where there is
// none or as much for another.
func (s *scratch) best(m *mention, single bool) int32 {
	best, most := int32(-1), 0
	for _, c := range s.candidates(m) {
		switch e := s.evidence(c, single); {
		case e > most:
			best, most = c.place, e
		case e == most:
			best = -1
		}
	}
	return best
}

// What speaks for a place, the strongest first; the office's own area decides
// between equals.
const (
	placeAbove = 100 // and the more the nearer it is
	sameCity   = 50  // for doubtful short forms
	clearName  = 10  // where all other meanings are doubtful
	ownArea    = 1
)

// evidence weighs a meaning of a name; 0 = nothing speaks for it.
func (s *scratch) evidence(c candidate, single bool) (e int) {
	n := &s.g.nodes[c.place]
	if n.own && !(c.doubtful && s.notes[c.place].excluded == s.now) {
		e = ownArea
	}
	for at := n.parent; at >= 0; at = s.g.nodes[at].parent {
		if s.notes[at].named == s.now {
			return e + placeAbove + 10*s.g.nodes[at].rank
		}
	}
	switch {
	case c.doubtful && s.notes[n.group].group == s.now:
		return e + sameCity
	case single && !c.doubtful:
		return e + clearName
	}
	return e
}
