package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"huiying/internal/store"
	"huiying/internal/store/storetest"
)

// TestStillIsNeverOld: an answer is given again until anything is written, and
// then never, not even to whoever began to read before; where others write as
// well it is found every time.
func TestStillIsNeverOld(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		storetest.Exec(t, s, `CREATE TABLE stilled (n BIGINT NOT NULL)`, `INSERT INTO stilled VALUES (0)`)
		var still store.Still[string, int]
		found := 0
		read := func(ctx context.Context, q store.Querier, key string) int {
			t.Helper()
			got, err := still.Get(ctx, key, func() (n int, err error) {
				found++
				return n, q.QueryRowContext(ctx, `SELECT n FROM stilled`).Scan(&n)
			})
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		look := func(key string) (n int) {
			t.Helper()
			if err := s.Snapshot(t.Context(), func(ctx context.Context, q store.Querier) error { n = read(ctx, q, key); return nil }); err != nil {
				t.Fatal(err)
			}
			return n
		}
		for i := range 5 {
			for range 3 {
				if got := look("a"); got != i {
					t.Fatalf("%d, want %d", got, i)
				}
			}
			storetest.Exec(t, s, `UPDATE stilled SET n = n + 1`)
		}
		want := 5
		if s.Engine() == store.Postgres {
			want = 15
		}
		if found != want {
			t.Errorf("looked %d times, want %d", found, want)
		}
		// Who began before a write and asks after it neither tells nor is told another state.
		err := s.Snapshot(t.Context(), func(ctx context.Context, q store.Querier) error {
			if got := read(ctx, q, "before"); got != 5 {
				t.Errorf("%d", got)
			}
			storetest.Exec(t, s, `UPDATE stilled SET n = n + 1`)
			if got := look("a"); got != 6 {
				t.Errorf("%d, want 6", got)
			}
			read(ctx, q, "a")
			return nil
		})
		if got := look("a"); err != nil || got != 6 {
			t.Errorf("%d, %v: an older state was kept", got, err)
		}
		boom := errors.New("boom")
		err = s.Snapshot(t.Context(), func(ctx context.Context, _ store.Querier) error {
			if _, err := still.Get(ctx, "bad", func() (int, error) { return 0, boom }); !errors.Is(err, boom) {
				t.Error(err)
			}
			n, err := still.Get(ctx, "bad", func() (int, error) { return 7, nil })
			if n != 7 {
				t.Errorf("an error was kept: %d", n)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		if n, err := still.Get(t.Context(), "a", func() (int, error) { return -1, nil }); n != -1 || err != nil {
			t.Errorf("without a snapshot: %d, %v", n, err)
		}
	})
}

// Many who write and look at once each see at least what they wrote.
func TestStillShowsWhatIWrote(t *testing.T) {
	s := storetest.New(t, store.Options{})
	storetest.Exec(t, s, `CREATE TABLE stilled (n BIGINT NOT NULL)`, `INSERT INTO stilled VALUES (0)`)
	var still store.Still[int, int]
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 60 {
				mine := 0
				err := s.Write(t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
					return tx.QueryRowContext(ctx, `UPDATE stilled SET n = n + 1 RETURNING n`).Scan(&mine)
				})
				if err != nil {
					t.Error(err)
				}
				err = s.Snapshot(t.Context(), func(ctx context.Context, q store.Querier) error {
					got, err := still.Get(ctx, 1, func() (n int, err error) { return n, q.QueryRowContext(ctx, `SELECT n FROM stilled`).Scan(&n) })
					if got < mine {
						t.Errorf("I wrote %d and see %d", mine, got)
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}
