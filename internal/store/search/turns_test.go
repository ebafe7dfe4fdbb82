package search_test

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"huiying/internal/store"
	"huiying/internal/store/search"
	"huiying/internal/store/storetest"
)

// At most half of the processors search; who asks for no words waits for nobody,
// who goes away takes no turn, and with PostgreSQL nobody waits.
func TestTurn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		x := search.New(s, nil)
		words, err := x.Parse("路灯")
		if err != nil {
			t.Fatal(err)
		}
		none, err := x.Parse(" ")
		if err != nil {
			t.Fatal(err)
		}
		turns := max(1, runtime.GOMAXPROCS(0)/2)
		var passOn []func()
		for range turns {
			done, err := x.Turn(t.Context(), words)
			if err != nil {
				t.Fatal(err)
			}
			passOn = append(passOn, done)
		}
		if _, err := x.Turn(t.Context(), none); err != nil {
			t.Errorf("who asks for no words waits: %v", err)
		}
		gone, leave := context.WithCancel(t.Context())
		leave()
		if s.Engine() == store.Postgres {
			if _, err := x.Turn(gone, words); err != nil {
				t.Errorf("with PostgreSQL: %v", err)
			}
			return
		}
		if _, err := x.Turn(gone, words); !errors.Is(err, context.Canceled) {
			t.Errorf("one turn more than there are, of one who has gone: %v", err)
		}
		next := make(chan error)
		go func() {
			_, err := x.Turn(t.Context(), words)
			next <- err
		}()
		passOn[0]()
		if err := <-next; err != nil {
			t.Errorf("the turn that was passed on: %v", err)
		}
	})
}
