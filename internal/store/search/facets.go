package search

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"

	"huiying/internal/query"
	"huiying/internal/store"
)

// facet numbers the facets of a post. The period comes last: it is no value.
type facet int

const (
	byLevel facet = iota
	bySource
	byPlatform
	bySentiment
	byIntent
	byRule
	byPlace
	byVerified
	byCase
	byPeriod
)

// named are the facets in their order, as questions name them.
func named() []string { return append(query.PostFacets(), query.ByPeriod) }

// row is the facets of one post: numbers of values, and for rules and places
// of sets of values. A post that is not there has no time.
type row struct {
	at     int64 // micros
	rules  uint32
	places uint32
	value  [byVerified + 1]uint8 // byRule and byPlace unused
	source uint16
	inCase bool
}

// facets are the rows of all posts in memory, by number of the post: counting a
// million takes a tenth of the time that a page may take.
type facets struct {
	mu     sync.RWMutex
	seq    int64 // changes up to here are in
	blocks [][]row
	names  [byVerified + 1]names
	sets   [byVerified + 1]sets // of byRule and byPlace
}

const block = 1 << 14

// names numbers the values of a facet.
type names struct {
	number map[string]int
	name   []string
}

func (n *names) of(s string) int {
	if i, ok := n.number[s]; ok {
		return i
	}
	if n.number == nil {
		n.number = map[string]int{}
	}
	n.number[s] = len(n.name)
	n.name = append(n.name, s)
	return len(n.name) - 1
}

// sets numbers the sets of values that posts have.
type sets struct {
	names
	members [][]int // of names of the facet
}

func newFacets() *facets { return &facets{} }

// stored is a row as the database has it.
type stored struct {
	n, at                                                               int64
	gone                                                                bool
	level, source, platform, verified, sentiment, intent, places, rules string
	inCase                                                              bool
}

// put takes a row in; the caller holds the lock.
func (f *facets) put(s stored) {
	if s.n <= 0 {
		return
	}
	for int64(len(f.blocks))*block <= s.n {
		f.blocks = append(f.blocks, make([]row, block))
	}
	at := &f.blocks[s.n/block][s.n%block]
	if s.gone {
		*at = row{}
		return
	}
	r := row{at: s.at, inCase: s.inCase, source: uint16(min(f.names[bySource].of(s.source), 1<<16-1))}
	for _, v := range []struct {
		facet facet
		value string
	}{{byLevel, s.level}, {byPlatform, s.platform}, {bySentiment, s.sentiment}, {byIntent, s.intent}, {byVerified, s.verified}} {
		r.value[v.facet] = uint8(min(f.names[v.facet].of(v.value), 1<<8-1))
	}
	r.rules, r.places = f.set(byRule, s.rules), f.set(byPlace, s.places)
	*at = r
}

// set numbers a set of values, one a line.
func (f *facets) set(of facet, lines string) uint32 {
	s := &f.sets[of]
	before := len(s.name)
	i := s.of(lines)
	if i == before {
		var members []int
		for v := range strings.SplitSeq(lines, "\n") {
			if v != "" && !slices.Contains(members, f.names[of].of(v)) {
				members = append(members, f.names[of].of(v))
			}
		}
		s.members = append(s.members, members)
	}
	return uint32(i)
}

const facetColumns = `f.collected_at, f.level, f.source, f.platform, f.verified, f.sentiment, f.intent, f.places, f.rules, f.in_case`

// load reads every row.
func (f *facets) load(ctx context.Context, q store.Querier) error {
	var seq int64
	if err := q.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM post_changes`).Scan(&seq); err != nil {
		return fmt.Errorf("read the facets of posts: %w", err)
	}
	rows, err := q.QueryContext(ctx, `SELECT f.n, `+facetColumns+` FROM post_facets f ORDER BY f.n`)
	if err != nil {
		return fmt.Errorf("read the facets of posts: %w", err)
	}
	defer rows.Close()
	f.mu.Lock()
	defer f.mu.Unlock()
	for rows.Next() {
		var s stored
		if err := rows.Scan(&s.n, &s.at, &s.level, &s.source, &s.platform, &s.verified, &s.sentiment, &s.intent, &s.places, &s.rules, &s.inCase); err != nil {
			return fmt.Errorf("read the facets of posts: %w", err)
		}
		f.put(s)
	}
	f.seq = seq
	return rows.Err()
}

// most is how many changes are taken in at once.
const most = 5000

// follow takes in what changed since.
func (f *facets) follow(ctx context.Context, q store.Querier) error {
	for {
		f.mu.RLock()
		since := f.seq
		f.mu.RUnlock()
		type change struct {
			seq int64
			stored
		}
		list, err := store.Collect[change](q.QueryContext(ctx, `
			SELECT c.seq, c.n, f.n IS NULL, coalesce(f.collected_at, 0), coalesce(f.level, ''), coalesce(f.source, ''), coalesce(f.platform, ''),
				coalesce(f.verified, ''), coalesce(f.sentiment, ''), coalesce(f.intent, ''), coalesce(f.places, ''), coalesce(f.rules, ''), coalesce(f.in_case, 0)
			FROM (SELECT max(seq) AS seq, n FROM (SELECT seq, n FROM post_changes WHERE seq > $1 ORDER BY seq LIMIT $2) GROUP BY n) c
			LEFT JOIN post_facets f ON f.n = c.n ORDER BY c.seq`, since, most))(func(r *sql.Rows) (c change, err error) {
			s := &c.stored
			return c, r.Scan(&c.seq, &s.n, &s.gone, &s.at, &s.level, &s.source, &s.platform, &s.verified, &s.sentiment, &s.intent, &s.places, &s.rules, &s.inCase)
		})
		if err != nil {
			return fmt.Errorf("follow the facets of posts: %w", err)
		}
		if len(list) == 0 {
			return nil
		}
		f.mu.Lock()
		if f.seq == since { // else somebody else took them in
			for _, c := range list {
				f.put(c.stored)
			}
			f.seq = list[len(list)-1].seq
		}
		f.mu.Unlock()
	}
}

func (f *facets) read() int64 {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.seq
}

// tally counts posts by what they are filtered by.
type tally struct {
	facets  *facets
	wanted  [byVerified + 1][]bool // by value, or set of values; nil = any
	chosen  [byCase + 1]bool
	inCase  bool
	tagged  bool
	from    int64
	to      int64
	periods []period

	total  int
	counts [byVerified + 1][]int
	cases  [2]int
	spans  []int
	none   uint32 // the set of rules without any
}

type period struct {
	name string
	from int64
}

// newTally prepares a count; the caller holds the lock for reading until it is
// over.
func (f *facets) newTally(s query.PostSearch) *tally {
	t := &tally{facets: f, tagged: s.Tagged, from: micros(s.From), to: micros(s.To), none: ^uint32(0)}
	if i, ok := f.sets[byRule].number[""]; ok {
		t.none = uint32(i)
	}
	for i, name := range query.PostFacets() {
		values := s.Choices[name]
		if len(values) == 0 {
			continue
		}
		if facet(i) == byCase {
			t.chosen[i], t.inCase = true, slices.Contains(values, "yes")
			t.chosen[i] = !slices.Contains(values, "no") || !t.inCase
			continue
		}
		t.chosen[i], t.wanted[i] = true, f.choose(facet(i), values)
	}
	for i := range t.counts {
		t.counts[i] = make([]int, max(len(f.names[i].name), len(f.sets[i].name)))
	}
	for name, from := range s.Periods {
		t.periods = append(t.periods, period{name, micros(from)})
	}
	slices.SortFunc(t.periods, func(a, b period) int { return cmp.Compare(b.from, a.from) })
	t.spans = make([]int, len(t.periods))
	return t
}

// choose marks the values, or the sets with one of the values.
func (f *facets) choose(of facet, values []string) []bool {
	if of != byRule && of != byPlace {
		out := make([]bool, len(f.names[of].name))
		for _, v := range values {
			if i, ok := f.names[of].number[v]; ok {
				out[i] = true
			}
		}
		return out
	}
	out := make([]bool, len(f.sets[of].name))
	for i, members := range f.sets[of].members {
		for _, m := range members {
			out[i] = out[i] || slices.Contains(values, f.names[of].name[m])
		}
	}
	return out
}

// number is the value, or the set of values, that a row has.
func (r *row) number(of facet) int {
	switch of {
	case bySource:
		return int(r.source)
	case byRule:
		return int(r.rules)
	case byPlace:
		return int(r.places)
	}
	return int(r.value[of])
}

// see counts the post and reports whether it passes every filter.
func (t *tally) see(n int64) bool {
	if n/block >= int64(len(t.facets.blocks)) {
		return false
	}
	return t.row(&t.facets.blocks[n/block][n%block])
}

func (t *tally) row(r *row) bool {
	if r.at == 0 || t.tagged && r.rules == t.none {
		return false
	}
	failed := facet(-1) // the one filter it does not pass
	if r.at < t.from || t.to > 0 && r.at >= t.to {
		failed = byPeriod
	}
	for i := byLevel; i <= byCase; i++ {
		if !t.chosen[i] {
			continue
		}
		passes := i == byCase && r.inCase == t.inCase || i != byCase && t.wanted[i][r.number(i)]
		if !passes {
			if failed >= 0 {
				return false
			}
			failed = i
		}
	}
	if failed >= 0 {
		t.add(r, failed)
		return false
	}
	t.total++
	for i := byLevel; i <= byPeriod; i++ {
		t.add(r, i)
	}
	return true
}

func (t *tally) add(r *row, of facet) {
	switch of {
	case byPeriod:
		for i, p := range t.periods {
			if r.at >= p.from {
				t.spans[i]++ // and every longer one, see periodsOf
				return
			}
		}
	case byCase:
		if r.inCase {
			t.cases[1]++
		} else {
			t.cases[0]++
		}
	default:
		t.counts[of][r.number(of)]++
	}
}

// all counts every post behind after, the newest first, and gives those that
// pass and are older than before, limit of them.
func (t *tally) all(after, before int64, limit int) (out []int64) {
	for b := len(t.facets.blocks) - 1; b >= 0; b-- {
		rows := t.facets.blocks[b]
		for i := len(rows) - 1; i >= 0; i-- {
			n := int64(b)*block + int64(i)
			if n <= after {
				return out
			}
			if rows[i].at == 0 || !t.row(&rows[i]) {
				continue
			}
			if len(out) < limit && (before == 0 || n < before) {
				out = append(out, n)
			}
		}
	}
	return out
}

// result gives the counts by facet, the most frequent first.
func (t *tally) result() map[string][]query.CountValue {
	out := map[string][]query.CountValue{}
	for i, name := range named() {
		var list []query.CountValue
		switch of := facet(i); of {
		case byCase:
			list = []query.CountValue{{Value: "yes", N: t.cases[1]}, {Value: "no", N: t.cases[0]}}
		case byPeriod:
			sum := 0
			for k, p := range t.periods {
				sum += t.spans[k]
				list = append(list, query.CountValue{Value: p.name, N: sum})
			}
		default:
			list = t.values(of)
		}
		list = slices.DeleteFunc(list, func(c query.CountValue) bool { return c.N == 0 || c.Value == "" })
		for k := range list {
			if list[k].N > query.Cap {
				list[k].N, list[k].More = query.Cap, true
			}
		}
		out[name] = list
	}
	return out
}

func (t *tally) values(of facet) []query.CountValue {
	names := t.facets.names[of].name
	counts := t.counts[of]
	if of == byRule || of == byPlace {
		counts = make([]int, len(names))
		for set, n := range t.counts[of] {
			if n == 0 {
				continue
			}
			for _, m := range t.facets.sets[of].members[set] {
				counts[m] += n
			}
		}
	}
	var list []query.CountValue
	for i, n := range counts {
		if n > 0 && i < len(names) {
			list = append(list, query.CountValue{Value: names[i], N: n})
		}
	}
	slices.SortFunc(list, func(a, b query.CountValue) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Value, b.Value)) })
	return list
}
