// Package search finds posts and cases by their words and counts posts by what
// they are filtered by. Its index is SQLite's FTS5, or PostgreSQL's vectors, over words, pairs and single
// characters, and holds no text; facets are kept in memory beside it. What was
// written since the index was last brought up to date is read as it stands, so
// that nothing is found late. It refuses to index what screens mask, to hold
// the writer for a long time, and to pass anything of a person's query on to
// the database but tokens of its own making.
package search

import (
	"context"
	"fmt"
	"sync"
	"time"

	"huiying/internal/query"
	"huiying/internal/store"
)

// Index is the index over one store. The zero value is of no use; see New.
type Index struct {
	store  *store.Store
	words  words
	cutter Cutter
	turns  turns

	mu      sync.Mutex // of the readiness below
	loaded  bool
	loading bool
	size    int // of the next slice
	facets  *facets
	pending map[int64]pending // posts that the index does not have yet

	turn    sync.Mutex // one slice at a time
	erasing int64      // marks that are being erased; under turn
}

// New makes the index over a store; nil cuts nothing, and words are found by
// their characters alone. Run keeps it up to date.
func New(s *store.Store, c Cutter) *Index {
	if c == nil {
		c = Plain{}
	}
	return &Index{store: s, words: wordsOfEngine(s), cutter: c, turns: turnsOf(s), facets: newFacets()}
}

// Parse reads what a person typed.
func (x *Index) Parse(text string) (Query, error) {
	q, err := parse(text, x.cutter)
	q.words = x.words
	return q, err
}

// state is how far the index is, as search_state has it.
type state struct{ first, next, read, erase int64 }

func readState(ctx context.Context, q store.Querier) (s state, err error) {
	rows, err := q.QueryContext(ctx, `SELECT name, value FROM search_state`)
	if err != nil {
		return s, fmt.Errorf("read how far the index is: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var value int64
		if err := rows.Scan(&name, &value); err != nil {
			return s, fmt.Errorf("read how far the index is: %w", err)
		}
		for _, f := range []struct {
			name string
			to   *int64
		}{{"first", &s.first}, {"next", &s.next}, {"read", &s.read}, {"erase", &s.erase}} {
			if f.name == name {
				*f.to = value
			}
		}
	}
	return s, rows.Err()
}

func setState(ctx context.Context, tx *store.Tx, name string, value int64) error {
	_, err := tx.ExecContext(ctx, `UPDATE search_state SET value = $2 WHERE name = $1`, name, value)
	return err
}

// State says how far the index is.
func (x *Index) State(ctx context.Context) (query.IndexState, error) {
	s, err := readState(ctx, x.store.Reader())
	return s.shown(), err
}

func (s state) shown() query.IndexState {
	if s.next == 0 || s.first == 0 {
		return query.IndexState{Done: true, Percent: 100}
	}
	return query.IndexState{Percent: int((s.first - s.next) * 100 / s.first)}
}

// micros is a time as the facets hold it; 0 for none.
func micros(t time.Time) int64 { return store.Micros(t) }
