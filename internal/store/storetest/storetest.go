// Package storetest opens stores for tests, one for every engine there is, so
// that the tests of the folders by noun are one conformance suite: an engine
// joins it by a row in Engines, without a changed line elsewhere.
package storetest

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"huiying/internal/store"
)

// Key signs the record in tests.
const Key = "a key that lies outside the database"

// Engine is one kind of database under test.
type Engine struct {
	Name string
	// Skip says why the engine cannot be tested here, "" when it can.
	Skip string
	// Open opens a new empty database that is closed with the test.
	Open func(tb testing.TB, o store.Options) *store.Store
}

// Only names the variable of the environment that says which engine is tested,
// where not all are: a run under the race detector leaves the slower ones to one
// without it.
const Only = "HUIYING_STORES"

// Engines lists every engine of the suite.
func Engines() []Engine {
	list := []Engine{
		{Name: store.SQLite, Open: openSQLite},
		postgresEngine(),
	}
	if only := os.Getenv(Only); only != "" {
		for i := range list {
			if list[i].Name != only {
				list[i].Skip = Only + "=" + only
			}
		}
	}
	return list
}

// blank is an empty store's file, made once: to copy it is to save the
// migrations, which take longer than most tests.
var blank = sync.OnceValues(func() (raw []byte, err error) {
	dir, err := os.MkdirTemp("", "storetest")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	o := Options(NewClock())
	o.Path = filepath.Join(dir, "huiying.db")
	s, err := store.Open(context.Background(), o)
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(o.Path)
})

func openSQLite(tb testing.TB, o store.Options) *store.Store {
	tb.Helper()
	if o.Path == "" {
		raw, err := blank()
		if err != nil {
			tb.Fatal(err)
		}
		o.Path = filepath.Join(tb.TempDir(), "huiying.db")
		if err := os.WriteFile(o.Path, raw, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	s, err := store.Open(context.Background(), o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// Each runs fn once for every engine, on a new empty store whose time stands
// still at Start until the clock is advanced.
func Each(t *testing.T, fn func(t *testing.T, s *store.Store, clock *Clock)) {
	t.Helper()
	for _, e := range Engines() {
		if chosen != "" && e.Name != chosen {
			continue
		}
		t.Run(e.Name, func(t *testing.T) {
			if e.Skip != "" {
				t.Skip(e.Skip)
			}
			clock := NewClock()
			fn(t, e.Open(t, Options(clock)), clock)
		})
	}
}

// Open opens an empty store on the default engine, or the one of Main.
func Open(tb testing.TB) (*store.Store, *Clock) {
	tb.Helper()
	clock := NewClock()
	return New(tb, Options(clock)), clock
}

// New is Open with options of the test's own.
func New(tb testing.TB, o store.Options) *store.Store {
	tb.Helper()
	if chosen == store.Postgres {
		return openPostgres(tb, o)
	}
	return openSQLite(tb, o)
}

// chosen is the engine that Main runs the tests on, "" without it.
var chosen string

// Main is the TestMain of a package whose tests open one store each: it runs
// them all once for every engine. Where it fuzzes it does so on the first alone.
func Main(m *testing.M) {
	flag.Parse()
	code := 0
	for _, e := range Engines() {
		if e.Skip != "" {
			fmt.Printf("store engine %s: skipped: %s\n", e.Name, e.Skip)
			continue
		}
		fmt.Printf("store engine %s\n", e.Name)
		chosen = e.Name
		code = max(code, m.Run())
		if f := flag.Lookup("test.fuzz"); f != nil && f.Value.String() != "" {
			break
		}
	}
	os.Exit(code)
}

// Options are the options of a store under test.
func Options(clock *Clock) store.Options {
	return store.Options{MACKey: []byte(Key), Now: clock.Now, Zone: time.FixedZone("CST", 8*60*60)}
}

// Start is when the time of a test begins.
func Start() time.Time { return time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC) }

// Clock is a time that moves only when told.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock makes a clock that stands at Start.
func NewClock() *Clock { return &Clock{now: Start()} }

// Now is where the clock stands.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Write runs fn in an urgent transaction and fails the test when it fails.
func Write(tb testing.TB, s *store.Store, fn func(ctx context.Context, tx *store.Tx) error) {
	tb.Helper()
	if err := s.Write(context.Background(), store.Urgent, fn); err != nil {
		tb.Fatal(err)
	}
}

// Exec runs statements as a stranger to the rooms would, and fails the test
// when one fails.
func Exec(tb testing.TB, s *store.Store, statements ...string) {
	tb.Helper()
	Write(tb, s, func(ctx context.Context, tx *store.Tx) error {
		for _, statement := range statements {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}

// String scans a row of one text.
func String(r *sql.Rows) (text string, err error) { return text, r.Scan(&text) }

// Scope is a part of a test after which what was opened for it is closed: a
// property that opens a store each time would else keep them all open.
type Scope struct {
	testing.TB
	undo []func()
}

// NewScope begins a part of a test.
func NewScope(tb testing.TB) *Scope { return &Scope{TB: tb} }

// Cleanup has fn called at the end of the part.
func (s *Scope) Cleanup(fn func()) { s.undo = append(s.undo, fn) }

// End ends the part.
func (s *Scope) End() {
	for i := len(s.undo) - 1; i >= 0; i-- {
		s.undo[i]()
	}
	s.undo = nil
}
