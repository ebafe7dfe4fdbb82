package catalogue

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"huiying"
	"huiying/analyzer/fold"
	"huiying/analyzer/rule/automaton"
)

// Options are what an Index is made with.
type Options struct {
	// Segment cuts a name into words; it must be given and is not kept.
	Segment func(text string) []string
}

// Index finds which items and units a post is about. It never changes and is
// safe for concurrent use.
type Index struct {
	items     []entry   // in the order of their codes
	least     []float32 // of each item, what makes its easiest phrase certain
	units     []Unit    // in the order of their ids
	words     []word
	terms     []term
	automaton *automaton.Automaton
	scratches sync.Pool
}

// entry is an item made ready.
type entry struct {
	code, name, unitID string
	unit               int32 // -1 = none of ours
	words              []member
	phrases            []measure // its name, then the other names
}

// member is a telling word of an item; in has a bit for each phrase that holds
// it. A keyword counts for all phrases.
type member struct {
	word    int32
	keyword bool
	in      uint32
}

// measure is how much the telling words of a phrase weigh, how many they are,
// and whether one of them is more than an everyday word.
type measure struct {
	total   float32
	words   int
	telling bool
}

// word is a telling word of the catalogue.
type word struct {
	weight   float32 // 0 to 1, by how few items have it
	items    []int32
	unit     int32 // the unit of all these items, or -1
	everyday bool
}

// term is a string looked for in posts.
type term struct {
	text    string
	runes   int32
	links   []link
	phrases []phrase
	units   []unitLink
	cue     bool
	only    int32 // the one item that has what it stands for, or -1
}

// link says that a term stands for a word; factor is how surely.
type link struct {
	word   int32
	tier   tier
	factor float32
}

// phrase says that a term names an item or a unit; the other is -1.
type phrase struct {
	item, unit int32
	score      float32
}

// unitLink says that a term is a keyword of a unit.
type unitLink struct {
	unit   int32
	weight float32
}

// How surely a name found as a whole means its item or unit.
const (
	byName      = 1
	byAlias     = 0.98
	byShortened = 0.95 // the name without what stands in brackets
)

// full is the weight of words that is enough, however long the name is.
const full = 2

// impliedFactor is what a word counts that is meant and not said.
const impliedFactor = 0.8

// New makes the index. Units of items are looked up by id, name and other
// names; without any units they are kept as they are. A joined error of code
// huiying.Invalid tells everything that is wrong.
func New(items []Item, units []Unit, o Options) (*Index, error) {
	if o.Segment == nil {
		return nil, errors.New("catalogue: no function to cut names with")
	}
	if err := validate(items, units); err != nil {
		return nil, err
	}
	b := builder{lexicon: words(), segment: o.Segment, x: &Index{}, ids: map[string]int32{}, at: map[string]int32{}}
	b.x.units = slices.Clone(units)
	slices.SortFunc(b.x.units, func(p, q Unit) int { return cmp.Compare(p.ID, q.ID) })
	sorted := slices.Clone(items)
	slices.SortFunc(sorted, func(p, q Item) int { return cmp.Compare(p.Code, q.Code) })
	if err := b.build(sorted); err != nil {
		return nil, err
	}
	x := b.x
	x.scratches.New = func() any { return newScratch(x) }
	return x, nil
}

// validate checks items and units each by itself and that no code is double.
func validate(items []Item, units []Unit) error {
	var bad []error
	if len(items) > MaxItems || len(units) > MaxUnits {
		return huiying.Errorf(huiying.Invalid, "catalogue.too_many", len(items), MaxItems, len(units), MaxUnits)
	}
	seen := map[string]bool{}
	for _, it := range items {
		for _, p := range it.problems() {
			bad = append(bad, huiying.Errorf(huiying.Invalid, "catalogue.item", it.Code, p))
		}
		if seen[it.Code] {
			bad = append(bad, huiying.Errorf(huiying.Invalid, "catalogue.item_twice", it.Code))
		}
		seen[it.Code] = true
	}
	clear(seen)
	for _, u := range units {
		if !isUnitID(u.ID) || seen[u.ID] || u.Name == "" || utf8.RuneCountInString(u.Name) > MaxName {
			bad = append(bad, huiying.Errorf(huiying.Invalid, "catalogue.bad_unit", u.ID, u.Name))
		}
		for _, p := range wordProblems(u.Aliases, u.Keywords) {
			bad = append(bad, huiying.Errorf(huiying.Invalid, "catalogue.unit", u.ID, p))
		}
		seen[u.ID] = true
	}
	return errors.Join(bad...)
}

// builder makes an Index.
type builder struct {
	lexicon *lexicon
	segment func(string) []string
	x       *Index
	ids     map[string]int32 // of words
	declare map[string]bool  // words that some item has as a keyword
	at      map[string]int32 // of terms
}

// draft is an item's telling words: of its name, of each other name, and its
// keywords.
type draft struct {
	phrases  [][]string
	keywords []string
}

func (b *builder) build(items []Item) error {
	drafts := make([]draft, len(items))
	b.declare = map[string]bool{}
	all := map[string]bool{}
	for i, it := range items {
		drafts[i] = b.draft(it)
		for _, list := range append(drafts[i].phrases, drafts[i].keywords) {
			for _, w := range list {
				all[w] = true
			}
		}
	}
	list := make([]string, 0, len(all))
	for w := range all {
		list = append(list, w)
	}
	slices.Sort(list)
	b.x.words = make([]word, len(list))
	for i, w := range list {
		b.ids[w] = int32(i)
	}
	if err := b.entries(items, drafts); err != nil {
		return err
	}
	b.weigh()
	b.collect(items, list)
	texts := make([]string, len(b.x.terms))
	for i, t := range b.x.terms {
		texts[i] = t.text
	}
	b.x.automaton = automaton.New(texts)
	return nil
}

func (b *builder) draft(it Item) draft {
	var d draft
	for _, name := range append([]string{it.Name}, it.Aliases...) {
		d.phrases = append(d.phrases, b.lexicon.tell(name, b.segment))
	}
	for _, k := range it.Keywords {
		folded := fold.String(k)
		if b.lexicon.tier(folded) == stop {
			continue
		}
		folded = b.lexicon.one(folded)
		d.keywords = append(d.keywords, folded)
		b.declare[folded] = true
	}
	return d
}

// entries makes the items, with their words in the order of their numbers,
// which is that of their characters.
func (b *builder) entries(items []Item, drafts []draft) error {
	units := b.unitsByName()
	var bad []error
	b.x.items = make([]entry, len(items))
	for i, it := range items {
		e := &b.x.items[i]
		e.code, e.name, e.unitID, e.unit = it.Code, it.Name, it.Unit, -1
		if u, ok := units[fold.String(it.Unit)]; ok && it.Unit != "" {
			e.unit, e.unitID = u, b.x.units[u].ID
		} else if it.Unit != "" && len(units) > 0 {
			bad = append(bad, huiying.Errorf(huiying.Invalid, "catalogue.unknown_unit", it.Code, it.Unit))
		}
		e.words = b.members(drafts[i])
		for _, m := range e.words {
			b.x.words[m.word].items = append(b.x.words[m.word].items, int32(i))
		}
		e.phrases = make([]measure, len(drafts[i].phrases))
	}
	return errors.Join(bad...)
}

// unitsByName leads from every id and name to its unit; a name that two have
// leads to the first.
func (b *builder) unitsByName() map[string]int32 {
	out := map[string]int32{}
	put := func(name string, i int) {
		if _, taken := out[fold.String(name)]; !taken {
			out[fold.String(name)] = int32(i)
		}
	}
	for i, u := range b.x.units {
		put(u.ID, i)
	}
	for i, u := range b.x.units {
		put(u.Name, i)
	}
	for i, u := range b.x.units {
		for _, a := range u.Aliases {
			put(a, i)
		}
	}
	return out
}

func (b *builder) members(d draft) []member {
	in := map[int32]member{}
	for p, list := range d.phrases {
		for _, w := range list {
			m := in[b.ids[w]]
			m.word, m.in = b.ids[w], m.in|1<<p
			in[m.word] = m
		}
	}
	for _, w := range d.keywords {
		in[b.ids[w]] = member{word: b.ids[w], keyword: true, in: in[b.ids[w]].in}
	}
	out := make([]member, 0, len(in))
	for _, m := range in {
		out = append(out, m)
	}
	slices.SortFunc(out, func(p, q member) int { return cmp.Compare(p.word, q.word) })
	return out
}

// weigh gives each word its weight, ln(1+N/n)/ln(1+N) for N items of which n
// have it (inverse document frequency, scaled so that the word of a single item
// weighs 1), and each phrase its measure. Weak words weigh half.
func (b *builder) weigh() {
	n := float64(len(b.x.items))
	for text, id := range b.ids {
		w := &b.x.words[id]
		w.weight = float32(math.Log(1+n/float64(len(w.items))) / math.Log(1+n))
		if w.everyday = b.lexicon.tier(text).everyday(); w.everyday {
			w.weight /= 2
		}
		w.unit = b.x.items[w.items[0]].unit
		if slices.ContainsFunc(w.items, func(i int32) bool { return b.x.items[i].unit != w.unit }) {
			w.unit = -1
		}
	}
	b.x.least = make([]float32, len(b.x.items))
	for i := range b.x.items {
		e := &b.x.items[i]
		for _, m := range e.words {
			for p := range e.phrases {
				if m.in&(1<<p) != 0 {
					e.phrases[p].total += b.x.words[m.word].weight
					e.phrases[p].words++
					e.phrases[p].telling = e.phrases[p].telling || !b.x.words[m.word].everyday
				}
			}
		}
		b.x.least[i] = full
		for _, p := range e.phrases {
			b.x.least[i] = min(b.x.least[i], p.enough())
		}
	}
}

// enough is the weight of words that makes the phrase certain. One without
// telling words, or with one everyday word, is found as a whole only.
func (m measure) enough() float32 {
	if m.words < 2 && !m.telling {
		return full
	}
	return min(m.total, full)
}

// shortened is a name without what stands in brackets, or "".
func shortened(name string) string {
	from := strings.IndexAny(name, "([")
	to := strings.LastIndexAny(name, ")]")
	if from < 0 || to < from {
		return ""
	}
	return strings.TrimSpace(name[:from] + name[to+1:])
}
