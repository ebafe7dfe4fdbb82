package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func put(name string) func(context.Context, *store.Tx) error {
	return func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO counters (name, value) VALUES ($1, 1)`, name)
		return err
	}
}

func names(t *testing.T, s *store.Store) string {
	t.Helper()
	list, err := store.Collect[string](s.Reader().QueryContext(t.Context(), `SELECT name FROM counters ORDER BY name`))(
		func(r *sql.Rows) (n string, err error) { return n, r.Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(list, " ")
}

// gate holds the writer inside a bulk transaction until open is called, so
// that what is written meanwhile waits together.
func gate(t *testing.T, s *store.Store) (open func()) {
	t.Helper()
	entered, release := make(chan struct{}), make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		err := s.Write(context.Background(), store.Bulk, func(context.Context, *store.Tx) error {
			close(entered)
			<-release
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-entered
	return func() {
		close(release)
		done.Wait()
	}
}

// queue starts a write and returns once it waits in the queue.
func queue(t *testing.T, s *store.Store, p store.Priority, fn func(context.Context, *store.Tx) error) <-chan error {
	t.Helper()
	before := s.Waiting()
	out := make(chan error, 1)
	go func() { out <- s.Write(context.Background(), p, fn) }()
	for s.Waiting() == before {
		runtime.Gosched()
	}
	return out
}

var errRefused = errors.New("refused")

func TestGroupGivesEveryCallerItsOwnResult(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		open := gate(t, s)
		good := []<-chan error{queue(t, s, store.Urgent, put("a")), queue(t, s, store.Urgent, put("b"))}
		half := queue(t, s, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
			if err := put("half")(ctx, tx); err != nil {
				return err
			}
			return errRefused
		})
		double := queue(t, s, store.Urgent, put("a"))
		panics := queue(t, s, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
			if err := put("panic")(ctx, tx); err != nil {
				return err
			}
			panic("so be it")
		})
		good = append(good, queue(t, s, store.Urgent, put("c")))
		open()
		for _, g := range good {
			if err := <-g; err != nil {
				t.Error(err)
			}
		}
		if err := <-half; !errors.Is(err, errRefused) {
			t.Errorf("half: %v", err)
		}
		if err := <-double; !store.IsUnique(err) {
			t.Errorf("double: %v", err)
		}
		var p *store.PanicError
		if err := <-panics; !errors.As(err, &p) || p.Value != "so be it" || !strings.Contains(string(p.Stack), "writer_test.go") {
			t.Errorf("panic: %v", err)
		}
		if got := names(t, s); got != "a b c" {
			t.Errorf("kept %q", got)
		}
	})
}

func TestFirstOfAGroupMayFail(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		open := gate(t, s)
		first := queue(t, s, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(put("x")(ctx, tx), errRefused)
		})
		second := queue(t, s, store.Urgent, put("y"))
		open()
		if err := <-first; !errors.Is(err, errRefused) {
			t.Error(err)
		}
		if err := <-second; err != nil {
			t.Error(err)
		}
		if got := names(t, s); got != "y" {
			t.Errorf("kept %q", got)
		}
	})
}

func TestUrgentGoesBeforeBulk(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		var order []string // only the writer appends
		note := func(what string) func(context.Context, *store.Tx) error {
			return func(context.Context, *store.Tx) error { order = append(order, what); return nil }
		}
		open := gate(t, s)
		var all []<-chan error
		for i := range 3 {
			all = append(all, queue(t, s, store.Bulk, note(fmt.Sprintf("bulk%d", i))))
		}
		for i := range 3 {
			all = append(all, queue(t, s, store.Urgent, note(fmt.Sprintf("urgent%d", i))))
		}
		open()
		for _, one := range all {
			if err := <-one; err != nil {
				t.Error(err)
			}
		}
		if got, want := strings.Join(order, " "), "urgent0 urgent1 urgent2 bulk0 bulk1 bulk2"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestContextEndsTheWait(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		open := gate(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		out := make(chan error, 1)
		go func() { out <- s.Write(ctx, store.Urgent, put("gave up")) }()
		for s.Waiting() == 0 {
			runtime.Gosched()
		}
		cancel()
		if err := <-out; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if s.Waiting() != 0 {
			t.Error("still queued")
		}
		open()
		if err := s.Write(ctx, store.Urgent, put("ended")); !errors.Is(err, context.Canceled) {
			t.Errorf("with an ended context: %v", err)
		}
		if got := names(t, s); got != "" {
			t.Errorf("kept %q", got)
		}
	})
}

// Once fn has begun its outcome counts: a context that ends in the middle
// stops the next statement, and what was done is undone without harming
// others of the group.
func TestContextEndsInTheMiddle(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		ctx, cancel := context.WithCancel(t.Context())
		err := s.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
			if err := put("a")(ctx, tx); err != nil {
				return err
			}
			cancel()
			return put("b")(ctx, tx)
		})
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		err = s.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
			defer cancel()
			return put("c")(ctx, tx)
		})
		if err != nil {
			t.Errorf("ended after the last statement: %v", err)
		}
		if got := names(t, s); got != "c" {
			t.Errorf("kept %q", got)
		}
	})
}

func TestWriteInsideWriteIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		storetest.Write(t, s, func(ctx context.Context, _ *store.Tx) error {
			if err := s.Write(ctx, store.Urgent, put("inner")); err == nil {
				t.Error("a Write inside a Write went through")
			}
			return nil
		})
	})
}

func TestWriterOutlivesAnEndedGoroutine(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		err := s.Write(t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
			if err := put("gone")(ctx, tx); err != nil {
				return err
			}
			runtime.Goexit()
			return nil
		})
		if err == nil {
			t.Error("no error")
		}
		storetest.Write(t, s, put("after"))
		if got := names(t, s); got != "after" {
			t.Errorf("kept %q", got)
		}
	})
}

func TestAfterCommit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		var told []string
		storetest.Write(t, s, func(_ context.Context, tx *store.Tx) error {
			if !tx.Now().Equal(clock.Now()) || tx.Zone() != s.Zone() {
				t.Errorf("now %v", tx.Now())
			}
			tx.AfterCommit(func() { told = append(told, "kept") })
			return nil
		})
		err := s.Write(t.Context(), store.Urgent, func(_ context.Context, tx *store.Tx) error {
			tx.AfterCommit(func() { told = append(told, "undone") })
			return errRefused
		})
		if !errors.Is(err, errRefused) || len(told) != 1 || told[0] != "kept" {
			t.Errorf("told %v (%v)", told, err)
		}
	})
}

func TestCloseFinishesWhatIsQueued(t *testing.T) {
	s, err := store.Open(t.Context(), options(t.TempDir()+"/huiying.db"))
	if err != nil {
		t.Fatal(err)
	}
	open := gate(t, s)
	last := queue(t, s, store.Urgent, put("last"))
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	open()
	if err := <-last; err != nil {
		t.Error(err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if err := s.Write(t.Context(), store.Urgent, put("late")); huiying.ErrorCode(err) != huiying.Unavailable {
		t.Errorf("after closing: %v", err)
	}
}

func TestSnapshotDoesNotMove(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		count := func(ctx context.Context, q store.Querier) (n int) {
			if err := q.QueryRowContext(ctx, `SELECT count(*) FROM counters`).Scan(&n); err != nil {
				t.Error(err)
			}
			return n
		}
		err := s.Snapshot(t.Context(), func(ctx context.Context, q store.Querier) error {
			before := count(ctx, q)
			storetest.Write(t, s, put("meanwhile"))
			if after := count(ctx, q); after != before {
				t.Errorf("the view moved from %d to %d", before, after)
			}
			return nil
		})
		if err != nil || count(t.Context(), s.Reader()) != 1 {
			t.Error(err)
		}
	})
}

func TestMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	o := options(t.TempDir() + "/huiying.db")
	o.Registerer = reg
	s := mustOpen(t, o)
	storetest.Write(t, s, put("a"))
	if err := s.Write(t.Context(), store.Urgent, put("a")); err == nil {
		t.Fatal("wrote twice")
	}
	if err := s.Write(t.Context(), store.Bulk, put("b")); err != nil {
		t.Fatal(err)
	}
	want := `
# HELP huiying_store_writes_total Writes by outcome.
# TYPE huiying_store_writes_total counter
huiying_store_writes_total{outcome="committed",priority="bulk"} 1
huiying_store_writes_total{outcome="committed",priority="urgent"} 1
huiying_store_writes_total{outcome="undone",priority="urgent"} 1
`
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "huiying_store_writes_total"); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"huiying_store_queue_wait_seconds", "huiying_store_tx_seconds", "huiying_store_group_size", "huiying_store_waiting"} {
		if n, err := testutil.GatherAndCount(reg, name); err != nil || n == 0 {
			t.Errorf("%s: %d series, %v", name, n, err)
		}
	}
}

// Twenty writers at once: nothing is lost, nothing is doubled.
func TestManyWriters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				for j := range 20 {
					p := store.Urgent
					if (i+j)%4 == 0 {
						p = store.Bulk
					}
					err := s.Write(context.Background(), p, func(ctx context.Context, tx *store.Tx) error {
						_, err := tx.ExecContext(ctx, `
							INSERT INTO counters (name, value) VALUES ('n', 1) ON CONFLICT (name) DO UPDATE SET value = counters.value + 1`)
						if err == nil && j%5 == 4 {
							return errRefused
						}
						return err
					})
					if err != nil && !errors.Is(err, errRefused) {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		var n int
		if err := s.Reader().QueryRowContext(t.Context(), `SELECT value FROM counters WHERE name = 'n'`).Scan(&n); err != nil || n != 20*16 {
			t.Errorf("counted %d (%v), want %d", n, err, 20*16)
		}
	})
}

// A full disk undoes whole transactions by itself. Nobody is told that a lost
// write was kept, and the writer goes on when there is room again.
func TestFullDisk(t *testing.T) {
	s, _ := storetest.Open(t)
	limit := func(pages string) {
		storetest.Write(t, s, func(ctx context.Context, tx *store.Tx) error {
			var n int
			return tx.QueryRowContext(ctx, "PRAGMA max_page_count = "+pages).Scan(&n)
		})
	}
	limit("1") // SQLite takes the size the file has
	open := gate(t, s)
	writes := map[string]<-chan error{}
	for _, name := range []string{"a", "b"} {
		writes[name] = queue(t, s, store.Urgent, put(name))
	}
	writes["big"] = queue(t, s, store.Urgent, put(strings.Repeat("b", 1<<20)))
	writes["careless"] = queue(t, s, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		_ = put(strings.Repeat("c", 1<<20))(ctx, tx) // its error is lost
		return nil
	})
	writes["last"] = queue(t, s, store.Urgent, put("last"))
	open()
	for name, w := range writes {
		err := <-w
		kept := strings.Contains(" "+names(t, s)+" ", " "+name+" ")
		if name != "careless" && kept != (err == nil) {
			t.Errorf("%s: kept %v, told %v", name, kept, err)
		}
		if name == "big" && err == nil {
			t.Error("a full disk took a megabyte")
		}
	}
	limit("1000000")
	storetest.Write(t, s, put("after"))
	if got := names(t, s); !strings.HasPrefix(got, "a") || strings.Contains(got, "bbb") || strings.Contains(got, "ccc") {
		t.Errorf("kept %.80q", got)
	}
}

func TestTimes(t *testing.T) {
	if store.Micros(time.Time{}) != 0 || !store.Time(0).IsZero() {
		t.Error("no time is 0")
	}
	at := time.Date(2026, 11, 23, 9, 30, 1, 123456789, time.FixedZone("CST", 8*60*60))
	if got := store.Time(store.Micros(at)); !got.Equal(at.Truncate(time.Microsecond)) || got.Location() != time.UTC {
		t.Errorf("got %v", got)
	}
}
