// Package views answers what pages, the API and reports ask of the stored data
// (internal/query). It only reads, and refuses to answer beyond the scope that
// stands in the question.
package views

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/search"
)

// defaultLimit is how many rows a list has when nobody says.
const defaultLimit = 50

// maxLimit is how many rows a list has at most.
const maxLimit = 500

// Views reads a store.
type Views struct {
	store *store.Store
	index *search.Index

	mu      sync.Mutex
	slots   map[slot]countedSlot // posts by level of hours and minutes that have ended
	gaps    map[gapsKey]keptGaps
	answers map[string]answered      // what was read of cases that were answered, by number
	open    map[string]*huiying.Case // as they were decoded last

	posts *store.Decoded[huiying.Judgement]

	opens    store.Still[openKey, []*huiying.Case]
	raisings store.Still[raisingKey, query.Figures]

	eased  bool
	counts store.Kept[struct{}, query.Overview] // the counts of posts alone
}

// Eased has counts of posts that take long given again for a moment, as
// store.Kept says.
func (v *Views) Eased() *Views {
	v.eased = true
	return v
}

// answered is what the figures take of one case, true for one version of it.
type answered struct {
	version int
	took    time.Duration // from the first sighting to the answer
	missed  bool          // a response clock was missed
}

type countedSlot struct {
	count map[huiying.Level]int
	at    time.Time // when it was counted
}

// New makes the views of a store.
func New(s *store.Store) *Views {
	return &Views{
		store: s, index: search.New(s, nil), slots: map[slot]countedSlot{}, answers: map[string]answered{}, gaps: map[gapsKey]keptGaps{},
		posts: store.NewDecoded(mostDecoded, readJudgement),
	}
}

// conditions collects the WHERE clause of a filter.
type conditions struct {
	parts []string
	args  []any
}

// add adds a condition whose "?" is the value.
func (c *conditions) add(sql string, value any) {
	c.args = append(c.args, value)
	c.parts = append(c.parts, strings.ReplaceAll(sql, "?", "$"+strconv.Itoa(len(c.args))))
}

// in adds a condition that the column is one of the values.
func (c *conditions) in(column string, values []string) {
	if len(values) == 0 {
		return
	}
	marks := make([]string, len(values))
	for i, v := range values {
		c.args = append(c.args, v)
		marks[i] = "$" + strconv.Itoa(len(c.args))
	}
	c.parts = append(c.parts, column+" IN ("+strings.Join(marks, ", ")+")")
}

func (c *conditions) plain(sql string) { c.parts = append(c.parts, sql) }

func (c *conditions) where() string {
	if len(c.parts) == 0 {
		return "1 = 1"
	}
	return strings.Join(c.parts, " AND ")
}

func levels(list []huiying.Level) []string {
	out := make([]string, len(list))
	for i, l := range list {
		out[i] = string(l)
	}
	return out
}

func clamp(limit int) int {
	if limit <= 0 {
		return defaultLimit
	}
	return min(limit, maxLimit)
}

// like makes a LIKE pattern (ESCAPE '\') that finds the text as written.
func like(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}

// count counts rows, at most query.Cap+1 of them.
func count(ctx context.Context, q store.Querier, from string, c conditions) (n int, err error) {
	sql := fmt.Sprintf(`SELECT count(*) FROM (SELECT 1 FROM %s WHERE %s LIMIT %d) AS counted`, from, c.where(), query.Cap+1)
	return n, q.QueryRowContext(ctx, sql, c.args...).Scan(&n)
}
