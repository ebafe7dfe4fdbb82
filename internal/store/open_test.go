package store_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/store"
	"huiying/internal/store/storetest"
)

func options(path string) store.Options {
	o := storetest.Options(storetest.NewClock())
	o.Path = path
	return o
}

func mustOpen(t *testing.T, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mustClose(t, s) })
	return s
}

func mustClose(t *testing.T, s *store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// refuses opens and wants the sentence of key, in both languages.
func refuses(t *testing.T, o store.Options, code huiying.Code, key string) {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	if err == nil {
		mustClose(t, s)
		t.Fatalf("opened; want %s", key)
	}
	var e *huiying.Error
	if !errors.As(err, &e) || e.Key != key || e.Code != code {
		t.Fatalf("got %v, want %s (%s)", err, key, code)
	}
	catalogue, lerr := locale.Load()
	if lerr != nil {
		t.Fatal(lerr)
	}
	for _, lang := range []locale.Lang{locale.Chinese, locale.English} {
		if text := catalogue.Sentence(lang, e); strings.Contains(text, "%!") || strings.Contains(text, "\n") {
			t.Errorf("%s: %q is not one clear sentence", lang, text)
		}
	}
}

func TestOpenSetsPragmasOnEveryConnection(t *testing.T) {
	s := mustOpen(t, options(filepath.Join(t.TempDir(), "odd name ?#%&中文.db")))
	pragmas := map[string]string{"journal_mode": "wal", "foreign_keys": "1", "query_only": "1"}
	var held []*sql.Conn
	for range 4 {
		c, err := s.Reader().Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, c)
		for name, want := range pragmas {
			var got string
			if err := c.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&got); err != nil || got != want {
				t.Errorf("reader %s = %q (%v), want %q", name, got, err, want)
			}
		}
	}
	for _, c := range held {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	storetest.Write(t, s, func(ctx context.Context, tx *store.Tx) error {
		for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000"} {
			var got string
			if err := tx.QueryRowContext(ctx, "PRAGMA "+name).Scan(&got); err != nil || got != want {
				t.Errorf("writer %s = %q (%v), want %q", name, got, err, want)
			}
		}
		return nil
	})
	info, err := os.Stat(s.Path())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v), want 0600", info.Mode().Perm(), err)
	}
	if _, err := s.Reader().ExecContext(t.Context(), `DELETE FROM counters`); err == nil {
		t.Error("the read pool wrote")
	}
}

func TestOpenAgainKeepsWhatWasWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "huiying.db")
	s, err := store.Open(t.Context(), options(path))
	if err != nil {
		t.Fatal(err)
	}
	storetest.Exec(t, s, `INSERT INTO counters (name, value) VALUES ('a', 7)`)
	mustClose(t, s)
	mustClose(t, s) // twice is no harm
	s = mustOpen(t, options(path))
	var n int
	if err := s.Reader().QueryRowContext(t.Context(), `SELECT value FROM counters WHERE name = $1`, "a").Scan(&n); err != nil || n != 7 {
		t.Fatalf("got %d, %v", n, err)
	}
}

func TestReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "huiying.db")
	readOnly := options(path)
	readOnly.ReadOnly = true
	refuses(t, readOnly, huiying.NotFound, "store.no_database")
	if _, err := os.Stat(path); err == nil {
		t.Fatal("opening for reading made a file")
	}

	running := mustOpen(t, options(path))
	storetest.Exec(t, running, `INSERT INTO counters (name, value) VALUES ('a', 1)`)
	beside := mustOpen(t, readOnly)
	var n int
	if err := beside.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM counters`).Scan(&n); err != nil || n != 1 {
		t.Fatalf("beside a running service: %d, %v", n, err)
	}
	err := beside.Write(t.Context(), store.Urgent, func(context.Context, *store.Tx) error { return nil })
	if huiying.ErrorCode(err) != huiying.Forbidden {
		t.Errorf("write: %v", err)
	}
	mustClose(t, beside)
	mustClose(t, running)

	after := mustOpen(t, readOnly)
	if err := after.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM counters`).Scan(&n); err != nil || n != 1 {
		t.Fatalf("after the service stopped: %d, %v", n, err)
	}
}

func TestOpenRefusesWhatIsNoDatabase(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "letter.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("尊敬的中心领导：您好！", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	refuses(t, options(path), huiying.Invalid, "store.not_a_database")
	refuses(t, options(filepath.Join(dir, "no", "such", "folder", "huiying.db")), huiying.Invalid, "store.cannot_create")
}

// alter opens the file behind the store's back.
func alter(t *testing.T, path string, statements ...string) {
	t.Helper()
	s := mustOpen(t, options(path))
	storetest.Exec(t, s, statements...)
	mustClose(t, s)
}

func TestOpenRefusesAnotherSchema(t *testing.T) {
	newer := `INSERT INTO goose_db_version (version_id, is_applied, tstamp) VALUES (9999, 1, '2026-01-01')`
	for _, c := range []struct{ name, statement, key string }{
		{"newer", newer, "store.schema_newer"},
		{"index dropped", `DROP INDEX cases_unit`, "store.schema_changed"},
		{"column added", `ALTER TABLE cases ADD COLUMN mood TEXT`, "store.schema_changed"},
		{"trigger added", `CREATE TRIGGER quiet AFTER INSERT ON record BEGIN DELETE FROM alerts; END`, "store.schema_changed"},
		{"table dropped", `DROP TABLE texts`, "store.schema_changed"},
		{"versions dropped", `DROP TABLE goose_db_version`, "store.schema_changed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "huiying.db")
			alter(t, path, c.statement)
			refuses(t, options(path), huiying.Conflict, c.key)
			readOnly := options(path)
			readOnly.ReadOnly = true
			refuses(t, readOnly, huiying.Conflict, c.key)
		})
	}
}

func TestReadOnlyRefusesAnOlderSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "huiying.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	o := options(path)
	o.ReadOnly = true
	refuses(t, o, huiying.Conflict, "store.schema_older")
}

// A crash between the making of goose's own table and the first migration
// leaves version 0; the next start goes on from there.
func TestOpenAfterACrashBeforeTheFirstMigration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "huiying.db")
	s := mustOpen(t, options(path))
	rows, err := s.Reader().QueryContext(t.Context(),
		`SELECT 'DROP TABLE ' || name FROM sqlite_master WHERE type = 'table' AND name <> 'goose_db_version' AND name NOT LIKE 'sqlite_%'`)
	drops, err := store.Collect[string](rows, err)(func(r *sql.Rows) (q string, err error) { return q, r.Scan(&q) })
	if err != nil {
		t.Fatal(err)
	}
	storetest.Exec(t, s, append(drops, `DELETE FROM goose_db_version WHERE version_id > 0`)...)
	mustClose(t, s)
	s = mustOpen(t, options(path))
	if s.SchemaVersion() != store.NewestSchema() {
		t.Fatalf("schema version %d", s.SchemaVersion())
	}
}

// Emptying the log does not hold the writer up while somebody reads.
func TestCheckpointDoesNotWaitForReaders(t *testing.T) {
	s, err := store.Open(t.Context(), options(filepath.Join(t.TempDir(), "huiying.db")))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	write := func() {
		t.Helper()
		err := s.Write(t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO counters (name, value) VALUES ($1, 1)`, time.Now().String())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	write()
	err = s.Snapshot(t.Context(), func(ctx context.Context, q store.Querier) error {
		var n int
		if err := q.QueryRowContext(ctx, `SELECT count(*) FROM counters`).Scan(&n); err != nil {
			return err
		}
		write()
		began := time.Now()
		done, err := s.Checkpoint(ctx)
		if took := time.Since(began); done || took > 2*time.Second {
			t.Errorf("done %v after %s", done, took)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if done, err := s.Checkpoint(t.Context()); !done || err != nil {
		t.Errorf("%v, %v", done, err)
	}
	write()
}
