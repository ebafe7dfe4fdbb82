package lint

import (
	"slices"
	"strings"

	"huiying/analyzer/rule/lang"
)

// table goes through every case of an expression: each of its parts that can
// hold or not by itself, each value of the post that it asks for.
type table struct {
	atoms  []*lang.Node   // parts that are found in the text, by number
	number map[string]int // of an atom as it is written
	orders []order
	values []property
}

// order says that an atom never holds without an expression.
type order struct {
	atom int
	than *lang.Node
}

// property is a value of the post and the cases of it that differ.
type property struct {
	name  string
	texts []string // for a name; "" = none of those that are asked for
	nums  []int    // for a count or a time
}

// maxCases bounds the work on one expression.
const maxCases = 1 << 15

// tableOf is the table of an expression; ok is false when it is too large.
func tableOf(n *lang.Node) (t *table, ok bool) {
	t = &table{number: map[string]int{}}
	t.collect(n)
	if len(t.atoms) > 15 {
		return nil, false
	}
	t.between()
	cases := 1 << len(t.atoms)
	for _, p := range t.values {
		cases *= max(1, len(p.texts)+len(p.nums))
		if cases > maxCases {
			return nil, false
		}
	}
	return t, true
}

// collect lists the atoms and properties of an expression.
func (t *table) collect(n *lang.Node) {
	switch n.Kind {
	case lang.And, lang.Or, lang.Not, lang.Score:
		for _, k := range n.Kids {
			t.collect(k)
		}
	case lang.Meta:
		if n.Name == "place" || n.Name == "region" { // a post can name several, one within another
			t.atom(n)
			return
		}
		p := t.property(n.Name)
		if !slices.Contains(p.texts, n.Text) {
			p.texts = append(p.texts, n.Text)
		}
	case lang.Count:
		t.property(n.Name).add(n.N-1, n.N, n.N+1)
	case lang.Time:
		t.property(n.Name).add(n.N-1, n.N, n.Upto-1, n.Upto, n.Upto+1)
	default:
		t.atom(n)
	}
}

func (t *table) property(name string) *property {
	i := slices.IndexFunc(t.values, func(p property) bool { return p.name == name })
	if i < 0 {
		i = len(t.values)
		t.values = append(t.values, property{name: name})
	}
	return &t.values[i]
}

// unknown is the hour of a post that says only its day.
const unknown = -1

// add notes numbers that a post can have.
func (p *property) add(list ...int) {
	low, high := 0, 1<<40
	switch p.name {
	case "hour":
		high = 23
		list = append(list, unknown)
	case "weekday":
		low, high = 1, 7
		list = append(list, unknown)
	}
	for _, n := range list {
		if (n >= low && n <= high || n == unknown) && !slices.Contains(p.nums, n) {
			p.nums = append(p.nums, n)
		}
	}
	if p.nums == nil {
		p.nums = []int{high}
	}
}

// atom numbers a part of the text; what it cannot hold without is noted.
func (t *table) atom(n *lang.Node) {
	key := written(n)
	if _, ok := t.number[key]; ok {
		return
	}
	at := len(t.atoms)
	t.number[key] = at
	t.atoms = append(t.atoms, n)
	for i, k := range n.Kids {
		if n.Kind == lang.Except && i == 1 || !plain(k) {
			continue // says nothing of the whole text
		}
		t.collect(k)
		t.orders = append(t.orders, order{at, k})
	}
}

// plain reports that what holds in a part of the text holds in the whole.
func plain(n *lang.Node) bool {
	switch n.Kind {
	case lang.Not, lang.Score:
		return false
	case lang.And, lang.Or:
		return !slices.ContainsFunc(n.Kids, func(k *lang.Node) bool { return !plain(k) })
	}
	return true
}

// written names an atom by what it means: two quoted differently are one.
func written(n *lang.Node) string {
	if n.Kind != lang.Term {
		return n.String()
	}
	plain := *n
	plain.Quoted = true
	return plain.String()
}

// between notes which terms cannot be met without others: those they hold.
func (t *table) between() {
	for i, a := range t.atoms {
		for j, b := range t.atoms {
			if i != j && holds(a, b) {
				t.orders = append(t.orders, order{i, b})
			}
		}
	}
}

// holds reports that wherever atom a is met, so is atom b.
func holds(a, b *lang.Node) bool {
	if b.In != "" && b.In != a.In {
		return false
	}
	wide := func(n *lang.Node) []string {
		switch n.Kind {
		case lang.Term:
			return []string{n.Text}
		case lang.Set:
			return n.Words
		}
		return nil
	}
	parts, wanted := wide(a), wide(b)
	if len(parts) == 0 || len(wanted) == 0 {
		return a.String() == b.String() || a.Kind == b.Kind && b.In == "" && unscoped(a) == unscoped(b)
	}
	for _, p := range parts {
		met := slices.ContainsFunc(wanted, func(w string) bool {
			return p == w && (a.Word || !b.Word) || !b.Word && strings.Contains(p, w)
		})
		if !met {
			return false
		}
	}
	return true
}

func unscoped(n *lang.Node) string {
	plain := *n
	plain.In = ""
	return plain.String()
}

// world is one case: which atoms hold, which value each property has.
type world struct {
	t     *table
	atoms int
	value []int // by property: which of its cases
}

// each gives every case that can be until f says stop.
func (t *table) each(f func(w *world) (more bool)) {
	w := &world{t: t, value: make([]int, len(t.values))}
	for {
		for w.atoms = range 1 << len(t.atoms) {
			if w.possible() && !f(w) {
				return
			}
		}
		i := 0
		for ; i < len(w.value); i++ {
			if w.value[i]++; w.value[i] < t.values[i].cases() {
				break
			}
			w.value[i] = 0
		}
		if i == len(w.value) {
			return
		}
	}
}

// cases counts the values of a property, "none of those" with them.
func (p property) cases() int {
	if p.nums != nil {
		return len(p.nums)
	}
	return len(p.texts) + 1
}

func (w *world) possible() bool {
	for _, o := range w.t.orders {
		if w.atoms>>o.atom&1 == 1 && !w.holds(o.than) {
			return false
		}
	}
	return true
}

// holds evaluates an expression in a case.
func (w *world) holds(n *lang.Node) bool {
	switch n.Kind {
	case lang.And:
		return !slices.ContainsFunc(n.Kids, func(k *lang.Node) bool { return !w.holds(k) })
	case lang.Or:
		return slices.ContainsFunc(n.Kids, w.holds)
	case lang.Not:
		return !w.holds(n.Kids[0])
	case lang.Score:
		sum := 0.0
		for i, k := range n.Kids {
			if w.holds(k) {
				sum += n.Weights[i]
			}
		}
		return sum > n.Least-1e-9
	case lang.Meta:
		if i := slices.IndexFunc(w.t.values, func(p property) bool { return p.name == n.Name }); i >= 0 {
			p, at := w.t.values[i], w.value[i]
			return at < len(p.texts) && p.texts[at] == n.Text
		}
	case lang.Count:
		return n.Compares(int64(w.num(n.Name)))
	case lang.Time:
		value := w.num(n.Name)
		return value != unknown && n.Within(value)
	}
	return w.atoms>>w.t.number[written(n)]&1 == 1
}

func (w *world) num(name string) int {
	i := slices.IndexFunc(w.t.values, func(p property) bool { return p.name == name })
	return w.t.values[i].nums[w.value[i]]
}

// count is in how many of all cases an expression holds.
func (t *table) count(n *lang.Node) (held, all int) {
	t.each(func(w *world) bool {
		all++
		if w.holds(n) {
			held++
		}
		return true
	})
	return held, all
}

// same reports that two expressions hold in the same cases.
func (t *table) same(a, b *lang.Node) bool {
	same := true
	t.each(func(w *world) bool {
		same = w.holds(a) == w.holds(b)
		return same
	})
	return same
}

// silent reports that an expression holds for a post in which none of its
// words stands and that has none of the values it names.
func (t *table) silent(n *lang.Node) bool {
	w := &world{t: t, value: make([]int, len(t.values))}
	for i, p := range t.values {
		w.value[i] = p.cases() - 1
		if p.nums != nil {
			return false // which count is nothing is hard to say
		}
	}
	return w.possible() && w.holds(n)
}
