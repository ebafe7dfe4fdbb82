package search

import (
	"context"
	"runtime"

	"huiying/internal/store"
)

// turns let half of the processors search at most, one where there is only one:
// a search keeps one busy for as long as many pages take, and whoever opens a page
// or waits for an alert is not to stand behind those who search. nil = as many as
// ask, for PostgreSQL searches with processors of its own.
type turns chan struct{}

func turnsOf(s *store.Store) turns {
	if s == nil || s.Engine() != store.SQLite {
		return nil
	}
	return make(turns, max(1, runtime.GOMAXPROCS(0)/2))
}

// Turn waits for the turn of a search; done passes it on. What asks for no words
// has no turn to wait for. Whoever waits should hold no connection meanwhile.
func (x *Index) Turn(ctx context.Context, asked Query) (done func(), err error) {
	if x.turns == nil || asked.Empty() {
		return func() {}, nil
	}
	select {
	case x.turns <- struct{}{}:
		return func() { <-x.turns }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
