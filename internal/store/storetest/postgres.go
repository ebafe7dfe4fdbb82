package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"huiying/internal/store"
)

const noPostgres = "no PostgreSQL was found: neither initdb in PATH nor /usr/lib/postgresql/*/bin/initdb; install the package postgresql to have this engine tested"

// postgresEngine is left out by name where there is no PostgreSQL, unless
// REQUIRE_POSTGRES=1 says that there must be.
func postgresEngine() Engine {
	e := Engine{Name: store.Postgres, Open: openPostgres}
	if Binaries() == "" && os.Getenv(Running) == "" && os.Getenv("REQUIRE_POSTGRES") != "1" {
		e.Skip = noPostgres
	}
	return e
}

// NeedsPostgres skips a test by name where there is no PostgreSQL, or where the
// tests are told to leave it out.
func NeedsPostgres(t testing.TB) {
	t.Helper()
	for _, e := range Engines() {
		if e.Name == store.Postgres && e.Skip != "" {
			t.Skip(e.Skip)
		}
	}
}

// databases are those of the shared server that no test uses. One that a test
// leaves is emptied and used again: making one takes longer than most tests.
type databases struct {
	mu   sync.Mutex
	free []string
	made int
	as   string // the schema of one that was only just migrated, "" = none was yet
}

var pool databases

func (d *databases) take() (name string, made bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := len(d.free); n > 0 {
		name, d.free = d.free[n-1], d.free[:n-1]
		return name, false
	}
	return d.next(), true
}

// intact reports whether a test left the schema as it was.
func (d *databases) intact(schema string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return schema != "" && schema == d.as
}

// noted keeps what the schema of a new database looks like.
func (d *databases) noted(read func() string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.as == "" {
		d.as = read()
	}
}

// next names a database as no other process names one.
func (d *databases) next() string {
	d.made++
	return fmt.Sprintf("test_%d_%d", os.Getpid(), d.made)
}

func (d *databases) leave(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.free = append(d.free, name)
}

// DSN is the address of an empty database of the shared server, which is the
// test's own until it ends.
func DSN(tb testing.TB) string {
	tb.Helper()
	c, err := shared()
	if err != nil {
		tb.Fatal(err)
	}
	name, made := pool.take()
	if made {
		if err := c.Exec("postgres", "CREATE DATABASE "+name); err != nil {
			tb.Fatal(err)
		}
	}
	tb.Cleanup(func() {
		schema, err := c.schema(name)
		if err == nil && pool.intact(schema) {
			if err = c.Exec(name, emptyAll); err == nil {
				pool.leave(name)
			}
		} else if err == nil {
			err = c.Exec("postgres", "DROP DATABASE "+name+" WITH (FORCE)") // the test broke it
		}
		if err != nil {
			tb.Errorf("clear up the database of the test: %v", err)
		}
	})
	return c.DSN(name)
}

// schema is a digest of the names of everything in a database.
func (c *Cluster) schema(database string) (digest string, err error) {
	db, err := sql.Open("pgx", c.DSN(database))
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.QueryRow(`SELECT coalesce(md5(string_agg(name, ' ' ORDER BY name)), '') FROM (
		SELECT c.relname || '.' || coalesce(a.attname, '') AS name FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
		WHERE c.relnamespace = 'public'::regnamespace
		UNION ALL SELECT tgname FROM pg_trigger UNION ALL SELECT conname FROM pg_constraint) AS names`).Scan(&digest)
	return digest, err
}

// Fresh is the address of a database in which nothing was made yet. It is
// dropped with the test.
func Fresh(tb testing.TB) string {
	tb.Helper()
	c, err := shared()
	if err != nil {
		tb.Fatal(err)
	}
	pool.mu.Lock()
	name := pool.next()
	pool.mu.Unlock()
	if err := c.Exec("postgres", "CREATE DATABASE "+name); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := c.Exec("postgres", "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			tb.Error(err)
		}
	})
	return c.DSN(name)
}

// emptyAll makes a database as its migrations made it: rows that triggers keep
// go as well, numbers begin anew.
const emptyAll = `
SET session_replication_role = replica;
DO $$
DECLARE
    t TEXT;
    filled BOOLEAN;
BEGIN
    FOR t IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> 'goose_db_version' LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', t) INTO filled;
        IF filled THEN
            EXECUTE format('DELETE FROM %I', t);
        END IF;
    END LOOP;
    FOR t IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL AND sequencename NOT LIKE 'goose%' LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART', t);
    END LOOP;
    INSERT INTO heat_state (name, value) VALUES ('next', 0);
    INSERT INTO search_state (name, value) VALUES ('first', 0), ('next', 0), ('read', 0), ('erase', 0);
END $$`

func openPostgres(tb testing.TB, o store.Options) *store.Store {
	tb.Helper()
	if o.DSN == "" {
		o.DSN = DSN(tb)
	}
	if o.Path == "" {
		o.Path = tb.TempDir() + "/huiying.db"
	}
	s, err := store.Open(context.Background(), o)
	if err != nil {
		tb.Fatal(err)
	}
	noteSchema(tb, s)
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// noteSchema notes what a database looks like that was only just opened.
func noteSchema(tb testing.TB, s *store.Store) {
	tb.Helper()
	pool.noted(func() string {
		c, err := shared()
		if err != nil {
			tb.Fatal(err)
		}
		var name string
		if err := s.Reader().QueryRow(`SELECT current_database()`).Scan(&name); err != nil {
			tb.Fatal(err)
		}
		digest, err := c.schema(name)
		if err != nil {
			tb.Fatal(err)
		}
		return digest
	})
}
