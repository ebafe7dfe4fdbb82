package place

import (
	"slices"

	"huiying/analyzer/fold"
	"huiying/analyzer/rule/automaton"
)

const (
	// maxHits is how many occurrences of names and excluding words of a text are
	// looked at, the first ones.
	maxHits = 1 << 14
	// maxCandidates is how many places all names of a text may mean together; the
	// names beyond it are not looked at.
	maxCandidates = 1 << 16
)

// Find gives the places that a text names, in the order in which it first names
// them, each once. tokens are the words that the text was cut into, in order; a
// name counts only where it begins with one and ends with one. It may also end
// within a word of which the rest is a tail such as 政府 or 人; its span ends where
// the word does.
//
// An official name, or a short form that is marked as clear, stands for its
// place. A doubtful short form stands for its place when it is part of a nested
// mention, when the text names a place above it or another one of its city for
// certain, or when it lies in the office's own area and none of its excluding
// words is in the text. A name of several places stands for the one whose
// nearest place above is named, else for the one of the office's own area, else
// for none. A short form that is the beginning of another name (中山路, 西安区)
// stands for nothing, nor does the name of a county, town or village right
// behind a wider place that does not hold it.
//
// In one text the first 16,384 occurrences are looked at.
func (g *Gazetteer) Find(text *fold.Text, tokens []fold.Span) []Found {
	s := g.spare.Get().(*scratch)
	defer g.spare.Put(s)
	s.hits, _ = g.scan.Scan(s.hits[:0], text.Runes, maxHits)
	if len(s.hits) == 0 {
		return nil
	}
	s.runes, s.tokens = text.Runes, tokens
	defer s.forget()
	if s.meet(); len(s.mentions) == 0 {
		return nil
	}
	s.open()
	s.join()
	s.settle()
	return s.found()
}

// scratch is the working memory of one text; a gazetteer keeps some.
type scratch struct {
	g        *Gazetteer
	runes    []rune
	tokens   []fold.Span
	hits     []automaton.Hit
	mentions []mention
	may      []candidate // of all mentions
	notes    []note      // by place
	seen     []uint64    // by term: the text in which its excluding was noted
	clock    uint64      // stamps; every text and every marking takes one
	now      uint64      // the stamp of this text
}

// mention is a name where it stands.
type mention struct {
	span     fold.Span
	term     int32
	next     int32 // the token behind it
	tail     bool  // a name with a tail in the same word
	from, to int32 // what it may mean, in scratch.may
	linked   bool  // part of a nested mention
	joined   bool  // nested in the one before it
	place    int32 // what it means; -1 = not known
}

// note is what a text says of a place: the stamps at which it was said.
type note struct {
	named    uint64 // it is named for certain
	group    uint64 // a place of this city is
	excluded uint64 // one of its excluding words is there
	told     uint64 // it is among those found
	mark     uint64 // for one comparison of two mentions
}

// forget lets go of the text.
func (s *scratch) forget() { s.runes, s.tokens = nil, nil }

// meet goes through the hits, which come in the order of their ends: keeps the
// leftmost longest names on whole tokens, and notes excluding words.
func (s *scratch) meet() {
	s.mentions = s.mentions[:0]
	s.clock++
	s.now = s.clock
	last := 0 // the token at which the hit before ended
	for _, h := range s.hits {
		t := &s.g.terms[h.Term]
		span := fold.Span{Start: h.End - t.length, End: h.End}
		last = tokenTo(s.tokens, last, span.End)
		ends := last < len(s.tokens) && s.tokens[last].End == span.End
		begins := s.begins(last, span.Start)
		if (ends || begins) && len(t.excludes) > 0 {
			s.exclude(h.Term)
		}
		if begins && len(t.named) > 0 {
			m := mention{span: span, term: h.Term, next: int32(last + 1), place: -1}
			if m.tail = !ends && last < len(s.tokens) && tail(s.text(fold.Span{Start: span.End, End: s.tokens[last].End})); m.tail {
				m.span.End = s.tokens[last].End
			}
			if ends || m.tail {
				s.push(m)
			}
		}
	}
}

// tokenTo gives the first token from an index on that ends at a place or
// behind it.
func tokenTo(tokens []fold.Span, from int, end int32) int {
	to := len(tokens)
	for from < to {
		middle := int(uint(from+to) / 2)
		if tokens[middle].End < end {
			from = middle + 1
		} else {
			to = middle
		}
	}
	return from
}

// begins reports whether a token at an index or before it begins at a place.
func (s *scratch) begins(at int, start int32) bool {
	at = min(at, len(s.tokens)-1)
	for at >= 0 && s.tokens[at].Start > start {
		at--
	}
	return at >= 0 && s.tokens[at].Start == start
}

// exclude notes the places that an excluding word excludes. Half a word is
// enough for it (中后卫), inside of words it is none (前后卫生).
func (s *scratch) exclude(term int32) {
	if s.seen[term] == s.now {
		return
	}
	s.seen[term] = s.now
	for _, place := range s.g.terms[term].excludes {
		s.notes[place].excluded = s.now
	}
}

// push adds a mention unless one that begins before it overlaps it, and drops
// those within it.
func (s *scratch) push(m mention) {
	for n := len(s.mentions); n > 0; n = len(s.mentions) {
		before := &s.mentions[n-1]
		if before.span.End <= m.span.Start {
			break
		}
		if before.span.Start < m.span.Start {
			return
		}
		s.mentions = s.mentions[:n-1]
	}
	s.mentions = append(s.mentions, m)
}

// open lists what each mention may mean.
func (s *scratch) open() {
	s.may = s.may[:0]
	for i := range s.mentions {
		m := &s.mentions[i]
		named := s.g.terms[m.term].named
		if len(s.may)+len(named) > maxCandidates {
			s.mentions = s.mentions[:i]
			return
		}
		m.from = int32(len(s.may))
		official := m.tail && s.runes[m.span.End-1] != '人' || int(m.next) < len(s.tokens) && nameEnd(s.text(s.tokens[m.next]))
		for _, c := range named {
			if !c.short || !official {
				s.may = append(s.may, c)
			}
		}
		m.to = int32(len(s.may))
	}
}

// text is the part of the runes that a token covers; one that lies outside
// covers nothing.
func (s *scratch) text(t fold.Span) []rune {
	if t.Start < 0 || t.End < t.Start || int(t.End) > len(s.runes) {
		return nil
	}
	return s.runes[t.Start:t.End]
}

// tail reports whether the rest of a word behind a name leaves the name what it
// is. Dictionaries hold 市政府, 镇长 and 村委会 as words, so that 宣和镇长 is cut
// 宣和|镇长. Short forms have no tail but 人 (四川人).
func tail(rest []rune) bool {
	switch len(rest) {
	case 1:
		return slices.Contains([]rune("人民委长里上口城"), rest[0])
	case 2:
		switch string(rest) {
		case "政府", "党委", "委会", "干部", "支书":
			return true
		}
	}
	return false
}

// nameEnd reports whether a token ends the name of a street or of another
// place that begins with a short form: 中山|路, 北京|西路, 西安|区.
func nameEnd(token []rune) bool {
	switch len(token) {
	case 1:
		return slices.Contains([]rune("路街巷市县区州盟旗镇乡村"), token[0])
	case 2:
		street := token[1] == '路' || token[1] == '街'
		return street && slices.Contains([]rune("东西南北中大一二三四"), token[0]) || token[0] == '大' && token[1] == '道'
	}
	return false
}

// found lists what is settled. A place in front of one that it holds is part of
// its mention.
func (s *scratch) found() (out []Found) {
	begin := int32(-1)
	for i := range s.mentions {
		m := &s.mentions[i]
		if m.place < 0 {
			begin = -1
			continue
		}
		if begin < 0 {
			begin = m.span.Start
		}
		if i+1 < len(s.mentions) {
			if next := &s.mentions[i+1]; next.joined && next.place >= 0 && s.g.below(next.place, m.place) {
				continue
			}
		}
		if n := &s.notes[m.place]; n.told != s.now {
			n.told = s.now
			if out == nil {
				out = make([]Found, 0, min(len(s.mentions)-i, 8))
			}
			out = append(out, Found{Place: s.g.nodes[m.place].Place, Span: fold.Span{Start: begin, End: m.span.End}})
		}
		begin = -1
	}
	return out
}
