package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/storetest"
)

func postgres(t *testing.T) storetest.Engine {
	t.Helper()
	for _, e := range storetest.Engines() {
		if e.Name == store.Postgres {
			if e.Skip != "" {
				t.Skip(e.Skip)
			}
			return e
		}
	}
	t.Fatal("no PostgreSQL among the engines")
	return storetest.Engine{}
}

// Two processes on one database write by turns: nothing is lost between them.
func TestWritersOfTwoProcesses(t *testing.T) {
	postgres(t)
	o := options(t.TempDir() + "/huiying.db")
	o.DSN = storetest.DSN(t)
	both := []*store.Store{mustOpen(t, o), mustOpen(t, o)}
	var all sync.WaitGroup
	for _, s := range both {
		for range 5 {
			all.Go(func() {
				for range 20 {
					// Read, then written: without turns two would read the same.
					err := s.Write(context.Background(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
						var n int
						if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(value), 0) FROM counters`).Scan(&n); err != nil {
							return err
						}
						_, err := tx.ExecContext(ctx, `INSERT INTO counters (name, value) VALUES ($1, $2)`, fmt.Sprint(n+1), n+1)
						return err
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	all.Wait()
	var n, most int
	if err := both[0].Reader().QueryRowContext(t.Context(), `SELECT count(*), max(value) FROM counters`).Scan(&n, &most); err != nil || n != 200 || most != 200 {
		t.Errorf("%d rows up to %d (%v), want 200", n, most, err)
	}
}

// While the server goes down and comes back, every write that was answered is
// there once, and none that was refused.
func TestServerRestarts(t *testing.T) {
	postgres(t)
	c, err := storetest.StartCluster()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}()
	o := options(t.TempDir() + "/huiying.db")
	o.DSN = c.DSN("postgres")
	s := mustOpen(t, o)
	var next, kept atomic.Int64
	var refused atomic.Int64
	stop := make(chan struct{})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				n := next.Add(1)
				err := s.Write(context.Background(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
					_, err := tx.ExecContext(ctx, `INSERT INTO counters (name, value) VALUES ($1, 1)`, fmt.Sprint(n))
					return err
				})
				switch {
				case err == nil:
					kept.Add(1)
				case huiying.ErrorCode(err) == huiying.Unavailable:
					refused.Add(1)
				default:
					t.Errorf("neither kept nor to be tried again: %v", err)
				}
			}
		})
	}
	for range 3 {
		before := kept.Load()
		if err := c.Crash(); err != nil {
			t.Fatal(err)
		}
		for kept.Load() < before+200 { // it goes on
			if err := s.Reader().PingContext(t.Context()); err != nil {
				continue
			}
		}
	}
	close(stop)
	all.Wait()
	var there int64
	if err := s.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM counters`).Scan(&there); err != nil {
		t.Fatal(err)
	}
	if there != kept.Load() {
		t.Errorf("%d are there, %d were answered (%d refused)", there, kept.Load(), refused.Load())
	}
}

// One process works on a database, and the next when it has ended.
func TestClaim(t *testing.T) {
	postgres(t)
	o := options(t.TempDir() + "/huiying.db")
	o.DSN = storetest.DSN(t)
	a, b := mustOpen(t, o), mustOpen(t, o)
	first, err := a.Claim(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Claim(t.Context()); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("claimed twice: %v", err)
	}
	// The connection that holds it breaks: it is taken again, or another was quicker.
	end := func() {
		t.Helper()
		storetest.Write(t, b, func(ctx context.Context, tx *store.Tx) error {
			var n int
			return tx.QueryRowContext(ctx, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
				WHERE datname = current_database() AND application_name = 'huiying owner'`).Scan(&n)
		})
	}
	end()
	for err = first.Look(t.Context()); huiying.ErrorCode(err) == huiying.Unavailable; err = first.Look(t.Context()) {
	}
	if err != nil {
		t.Errorf("not taken again: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	second, err := b.Claim(t.Context())
	for ; huiying.ErrorCode(err) == huiying.Conflict; second, err = b.Claim(t.Context()) { // until the server has noticed
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

// No error shows the password, whatever is wrong with the address.
func TestPasswordStaysSecret(t *testing.T) {
	for _, dsn := range []string{
		"postgres://office:s3cr3t-word@127.0.0.1:1/huiying", "host=127.0.0.1 port=1 user=office password=s3cr3t-word dbname=huiying",
		"postgres://office:s3cr3t-word@127.0.0.1:port/huiying", "postgres://office:s3cr3t-word@[::1/huiying",
	} {
		o := options(t.TempDir() + "/huiying.db")
		o.DSN = dsn
		s, err := store.Open(t.Context(), o)
		if err == nil {
			mustClose(t, s)
			t.Fatalf("opened %s", dsn)
		}
		var e *huiying.Error
		if !errors.As(err, &e) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: %v", dsn, err)
		}
	}
}

// A server that is not there is told of in one line, which names its address and
// what is wrong once, though it was tried with TLS and without.
func TestUnreachableIsSaidOnce(t *testing.T) {
	o := options(t.TempDir() + "/huiying.db")
	o.DSN = "postgres://office:s3cr3t-word@127.0.0.1:1/huiying"
	_, err := store.Open(t.Context(), o)
	var e *huiying.Error
	if !errors.As(err, &e) || e.Code != huiying.Unavailable || fmt.Sprint(e.Args) != "[127.0.0.1:1/huiying connect: connection refused]" {
		t.Errorf("%+v", err)
	}
}

// A schema that another hand changed is refused, as with SQLite.
func TestPostgresRefusesAnotherSchema(t *testing.T) {
	postgres(t)
	for _, c := range []struct{ statement, key string }{
		{`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`, "store.schema_newer"},
		{`DROP INDEX cases_unit`, "store.schema_changed"},
		{`ALTER TABLE cases ADD COLUMN mood TEXT`, "store.schema_changed"},
		{`ALTER TABLE cases ALTER COLUMN title DROP NOT NULL`, "store.schema_changed"},
		{`ALTER TABLE mentions DISABLE TRIGGER mentions_stay`, "store.schema_changed"},
		{`CREATE OR REPLACE FUNCTION stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$`, "store.schema_changed"},
		{`DROP TABLE texts`, "store.schema_changed"},
		{`DROP TABLE goose_db_version`, "store.schema_changed"},
	} {
		o := options(t.TempDir() + "/huiying.db")
		o.DSN = storetest.Fresh(t)
		s, err := store.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		storetest.Exec(t, s, c.statement)
		mustClose(t, s)
		refuses(t, o, huiying.Conflict, c.key)
		o.ReadOnly = true
		refuses(t, o, huiying.Conflict, c.key)
	}
	o := options(t.TempDir() + "/huiying.db")
	o.DSN, o.ReadOnly = storetest.Fresh(t), true
	refuses(t, o, huiying.Conflict, "store.schema_older")
}
