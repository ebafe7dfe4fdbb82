package search

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

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
	blocks []*rows
	names  [byVerified + 1]names
	sets   [byVerified + 1]sets // of byRule and byPlace

	choices choices
}

const block = 1 << 14

// rows are the posts of a block, with what whole parts of it add up to.
type rows struct {
	row  [block]row
	sums [block / part]atomic.Pointer[sum] // nil = to be added up, see sumOf
}

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
		f.blocks = append(f.blocks, new(rows))
	}
	b := f.blocks[s.n/block]
	at := &b.row[s.n%block]
	b.sums[s.n%block/part].Store(nil)
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
	list, err := q.QueryContext(ctx, `SELECT f.n, `+facetColumns+` FROM post_facets f ORDER BY f.n`)
	if err != nil {
		return fmt.Errorf("read the facets of posts: %w", err)
	}
	defer list.Close()
	f.mu.Lock()
	defer f.mu.Unlock()
	for list.Next() {
		var s stored
		if err := list.Scan(&s.n, &s.at, &s.level, &s.source, &s.platform, &s.verified, &s.sentiment, &s.intent, &s.places, &s.rules, &s.inCase); err != nil {
			return fmt.Errorf("read the facets of posts: %w", err)
		}
		f.put(s)
	}
	f.seq = seq
	return list.Err()
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
			FROM (SELECT max(seq) AS seq, n FROM (SELECT seq, n FROM post_changes WHERE seq > $1 ORDER BY seq LIMIT $2) AS next GROUP BY n) c
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
