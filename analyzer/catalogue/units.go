package catalogue

import (
	"cmp"
	"slices"

	"huiying"
)

const (
	// unitByItem is what an item says of its unit, times the item's score.
	unitByItem = 0.9
	// unitByWord is what a word says that only items of one unit have.
	unitByWord = 0.4
	// unitEnough is the least score of a unit that is told.
	unitEnough = 0.4
	// maxWhy is how many words are told of a unit.
	maxWhy = 5
)

// unitEvidence is one thing that speaks for a unit.
type unitEvidence struct {
	unit, term int32
	weight     float32
	why        []huiying.Why // of an item; nil = the term
}

// unitsOf sums up what speaks for each unit as independent evidence: the score
// is 1 - Π(1 - weight). Each term counts once.
func (x *Index) unitsOf(s *scratch, items []ItemHit) []UnitHit {
	x.evidence(s, items)
	if len(s.units) == 0 {
		return nil
	}
	slices.SortFunc(s.units, func(p, q unitEvidence) int {
		return cmp.Or(cmp.Compare(p.unit, q.unit), cmp.Compare(q.weight, p.weight), cmp.Compare(p.term, q.term))
	})
	var out []UnitHit
	for from := 0; from < len(s.units); {
		to, doubt := from, float32(1)
		for ; to < len(s.units) && s.units[to].unit == s.units[from].unit; to++ {
			if e := &s.units[to]; !told(s.units[from:to], e.term) {
				doubt *= 1 - min(e.weight, 1)
			}
		}
		if score := rounded(1 - doubt); score >= unitEnough {
			u := &x.units[s.units[from].unit]
			out = append(out, UnitHit{ID: u.ID, Name: u.Name, Score: score, Why: x.unitWhy(s.units[from:to])})
		}
		from = to
	}
	slices.SortStableFunc(out, func(p, q UnitHit) int { return cmp.Compare(q.Score, p.Score) })
	return out[:min(len(out), top)]
}

// told reports whether a term is in the list; items, of term -1, never are.
func told(list []unitEvidence, term int32) bool {
	for i := range list {
		if list[i].term == term && term >= 0 {
			return true
		}
	}
	return false
}

// evidence adds to the keywords found the names of units, the items, and the
// words that only one unit's items have.
func (x *Index) evidence(s *scratch, items []ItemHit) {
	for _, n := range s.named {
		for _, p := range x.terms[n.term].phrases {
			if p.unit >= 0 {
				s.units = append(s.units, unitEvidence{unit: p.unit, term: n.term, weight: p.score})
			}
		}
	}
	for i, c := range items {
		if u := x.items[s.chosen[i]].unit; u >= 0 {
			s.units = append(s.units, unitEvidence{unit: u, term: -1, weight: unitByItem * float32(c.Score), why: c.Why})
		}
	}
	for _, w := range s.present {
		if u := x.words[w].unit; u >= 0 && s.states[w].tier == object {
			s.units = append(s.units, unitEvidence{unit: u, term: s.objectTerm(w), weight: unitByWord})
		}
	}
}

// objectTerm is what stood for a word where it told by itself.
func (s *scratch) objectTerm(word int32) int32 {
	for i := s.states[word].head; i >= 0; i = s.spots[i].next {
		if s.spots[i].tier == object {
			return s.spots[i].term
		}
	}
	return -1
}

// unitWhy gives the words that speak for a unit, the weightiest evidence first.
func (x *Index) unitWhy(list []unitEvidence) []huiying.Why {
	why := make([]huiying.Why, 0, min(len(list)+2, maxWhy))
	for _, e := range list {
		if e.term >= 0 {
			why = addWhy(why, huiying.Why{Text: x.terms[e.term].text, Weight: rounded(e.weight)})
		}
		for _, w := range e.why {
			why = addWhy(why, w)
		}
	}
	return why
}

// addWhy adds a word that is not told yet, as long as there is room.
func addWhy(why []huiying.Why, w huiying.Why) []huiying.Why {
	if len(why) == maxWhy || slices.ContainsFunc(why, func(b huiying.Why) bool { return b.Text == w.Text }) {
		return why
	}
	return append(why, w)
}
