package catalogue

import (
	"slices"
	"unicode/utf8"

	"huiying/analyzer/fold"
)

// collect makes the terms that are looked for in posts: the words with all
// that stands for them, names of items and units, keywords of units, cues.
// They are made in an order that does not depend on that of the rows.
func (b *builder) collect(items []Item, list []string) {
	for _, w := range b.said(list) {
		b.link(w)
	}
	for i, it := range items {
		b.name(it.Name, phrase{int32(i), -1, byName})
		b.name(shortened(fold.String(it.Name)), phrase{int32(i), -1, byShortened})
		for _, a := range it.Aliases {
			b.name(a, phrase{int32(i), -1, byAlias})
		}
	}
	for i, u := range b.x.units {
		b.name(u.Name, phrase{-1, int32(i), byName})
		for _, a := range u.Aliases {
			b.name(a, phrase{-1, int32(i), byAlias})
		}
		for _, k := range u.Keywords {
			b.unitKeyword(fold.String(k), int32(i))
		}
	}
	for _, c := range sortedKeys(b.lexicon.cues) {
		b.term(c).cue = true
	}
}

// said are all strings that may stand for a word of the catalogue, sorted.
func (b *builder) said(list []string) []string {
	all := map[string]bool{}
	for _, w := range list {
		all[w] = true
	}
	for w := range b.lexicon.same {
		all[w] = true
	}
	for w := range b.lexicon.means {
		all[w] = true
	}
	return sortedKeys(all)
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// link joins what people say with the words of the catalogue it stands for; a
// string that stands for none is no term.
func (b *builder) link(said string) {
	t := b.tierOf(said)
	var links []link
	add := func(w string, factor float32) {
		id, known := b.ids[b.lexicon.one(w)]
		if known && !slices.ContainsFunc(links, func(l link) bool { return l.word == id }) {
			links = append(links, link{id, t, factor})
		}
	}
	add(said, 1)
	for _, meant := range b.lexicon.means[said] {
		for _, w := range b.lexicon.tell(meant, b.segment) {
			add(w, impliedFactor)
		}
	}
	if len(links) > 0 {
		t := b.term(said)
		t.links, t.only = links, b.only(links)
	}
}

// only is the one item that has any of the words, or -1.
func (b *builder) only(links []link) int32 {
	first := b.x.words[links[0].word].items[0]
	for _, l := range links {
		if items := b.x.words[l.word].items; len(items) > 1 || items[0] != first {
			return -1
		}
	}
	return first
}

// tierOf is the tier of what people say. A keyword of an item tells by itself
// unless everybody says it.
func (b *builder) tierOf(said string) tier {
	switch t := b.lexicon.tier(said); {
	case t == weak, t == step, t == object:
		return t
	case b.declare[b.lexicon.one(said)]:
		return object
	}
	return plain
}

// name has an item or unit found by its whole name, unless that is a word
// which tells nothing alone.
func (b *builder) name(name string, p phrase) {
	folded := fold.String(name)
	if t := b.lexicon.tier(folded); t == stop || t.everyday() || b.lexicon.cues[folded] || utf8.RuneCountInString(folded) < 2 {
		return
	}
	t := b.term(folded)
	if !slices.ContainsFunc(t.phrases, func(q phrase) bool { return q.item == p.item && q.unit == p.unit }) {
		t.phrases = append(t.phrases, p)
	}
}

// What a keyword of a unit counts, of 1, by itself.
const (
	unitKeyword     = 0.5
	unitWeakKeyword = 0.2
)

func (b *builder) unitKeyword(k string, unit int32) {
	weight := float32(unitKeyword)
	if t := b.lexicon.tier(k); t == stop || t.everyday() {
		weight = unitWeakKeyword
	}
	t := b.term(k)
	if !slices.ContainsFunc(t.units, func(l unitLink) bool { return l.unit == unit }) {
		t.units = append(t.units, unitLink{unit, weight})
	}
}

// term is the term of a folded string; it may be changed until the next call.
func (b *builder) term(text string) *term {
	i, known := b.at[text]
	if !known {
		i = int32(len(b.x.terms))
		b.at[text] = i
		b.x.terms = append(b.x.terms, term{text: text, runes: int32(utf8.RuneCountInString(text)), only: -1})
	}
	return &b.x.terms[i]
}
