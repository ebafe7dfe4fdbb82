package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"huiying"
)

//go:embed migrations
var migrations embed.FS

// versionTable is where goose keeps which migrations were applied.
const versionTable = "goose_db_version"

func sqliteEngine() engine {
	return engine{
		name:      SQLite,
		dialect:   goose.DialectSQLite3,
		folder:    "migrations/sqlite",
		objects:   `SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'`,
		expected:  expectedInSQLite,
		undoesAll: undoesAll,
		tables: `SELECT m.name, group_concat(c.name, ',' ORDER BY c.pk) FROM sqlite_master m, pragma_table_info(m.name) c
			WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND c.pk > 0 GROUP BY m.name ORDER BY m.name`,
		afterTransfer: readAgain,
	}
}

func (e engine) provider(db *sql.DB) (*goose.Provider, error) {
	sub, err := fs.Sub(migrations, e.folder)
	if err != nil {
		return nil, fmt.Errorf("open migrations: %w", err)
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithSlog(slog.New(slog.DiscardHandler))}
	if e.locks {
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, fmt.Errorf("prepare the lock of migrations: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(e.dialect, db, sub, options...)
}

// versions lists the migrations by number.
func (e engine) versions() (map[int64]string, error) {
	entries, err := fs.ReadDir(migrations, e.folder)
	if err != nil {
		return nil, fmt.Errorf("open migrations: %w", err)
	}
	out := map[int64]string{}
	for _, f := range entries {
		number, _, _ := strings.Cut(f.Name(), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("migration %s: its name must begin with its number: %w", f.Name(), err)
		}
		out[version] = e.folder + "/" + f.Name()
	}
	return out, nil
}

// scripts are the migrations up to a version.
func (e engine) scripts(version int64) ([]string, error) {
	all, err := e.versions()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, v := range slices.Sorted(maps.Keys(all)) {
		if v > version {
			break
		}
		raw, err := fs.ReadFile(migrations, all[v])
		if err != nil {
			return nil, fmt.Errorf("open migrations: %w", err)
		}
		out = append(out, string(raw))
	}
	return out, nil
}

// newest is the version of the newest migration.
func (e engine) newest() (out int64) {
	all, err := e.versions()
	if err != nil {
		return 0
	}
	for v := range all {
		out = max(out, v)
	}
	return out
}

// migrate brings the schema up to date and returns its version. Before it
// touches anything it checks that the schema is one that this program made.
func migrate(ctx context.Context, db *sql.DB, e engine) (int64, error) {
	fresh, err := empty(ctx, db, e)
	if err != nil {
		return 0, err
	}
	if !fresh {
		if _, err := inspect(ctx, db, e); err != nil {
			return 0, err
		}
	}
	p, err := e.provider(db)
	if err != nil {
		return 0, fmt.Errorf("prepare migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return 0, huiying.Errorf(huiying.Internal, "store.migration_failed", err)
	}
	return inspect(ctx, db, e)
}

// check is migrate for a reader: the schema must already be the newest.
func check(ctx context.Context, db *sql.DB, e engine) (int64, error) {
	fresh, err := empty(ctx, db, e)
	if err != nil {
		return 0, err
	}
	newest := e.newest()
	if fresh {
		return 0, huiying.Errorf(huiying.Conflict, "store.schema_older", int64(0), newest)
	}
	version, err := inspect(ctx, db, e)
	if err != nil {
		return 0, err
	}
	if version < newest {
		return 0, huiying.Errorf(huiying.Conflict, "store.schema_older", version, newest)
	}
	return version, nil
}

// NewestSchema is the version of the newest migration of this program; both
// engines have the same.
func NewestSchema() int64 { return sqliteEngine().newest() }

// inspect returns the version of the schema, or a sentence when it is newer
// than this program or not as the migrations up to that version make it.
func inspect(ctx context.Context, db *sql.DB, e engine) (int64, error) {
	version, err := storedVersion(ctx, db)
	if err != nil {
		return 0, err
	}
	newest := e.newest()
	if version > newest {
		return 0, huiying.Errorf(huiying.Conflict, "store.schema_newer", version, newest)
	}
	build := func() (map[string]string, error) { return e.expected(ctx, db, version) }
	if version == newest {
		build = func() (map[string]string, error) { return newestObjects.get(ctx, db, e) }
	}
	expected, err := build()
	if err != nil {
		return 0, err
	}
	actual, err := schemaObjects(ctx, db, e)
	if err != nil {
		return 0, err
	}
	if name := firstDifference(expected, actual); name != "" {
		return 0, huiying.Errorf(huiying.Conflict, "store.schema_changed", name, version)
	}
	return version, nil
}

func storedVersion(ctx context.Context, db *sql.DB) (int64, error) {
	var version sql.NullInt64
	err := db.QueryRowContext(ctx, `SELECT max(version_id) FROM `+versionTable).Scan(&version)
	if err != nil {
		return 0, huiying.Errorf(huiying.Conflict, "store.schema_changed", "table "+versionTable, int64(0))
	}
	return version.Int64, nil
}

func empty(ctx context.Context, db *sql.DB, e engine) (bool, error) {
	objects, err := schemaObjects(ctx, db, e)
	return len(objects) == 0, err
}

// newestObjects are those of the newest version of each engine. Building them
// takes longer than all else in Open, so a process that opens several times
// builds them once.
var newestObjects expectations

type expectations struct {
	mu    sync.Mutex
	known map[string]map[string]string // by engine
}

func (x *expectations) get(ctx context.Context, db *sql.DB, e engine) (map[string]string, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if known, ok := x.known[e.name]; ok {
		return known, nil
	}
	built, err := e.expected(ctx, db, e.newest())
	if err != nil {
		return nil, err
	}
	if x.known == nil {
		x.known = map[string]map[string]string{}
	}
	x.known[e.name] = built
	return built, nil
}

// expectedInSQLite builds the schema of a version in an empty database, so that
// there is nothing to keep in step by hand.
func expectedInSQLite(ctx context.Context, _ *sql.DB, version int64) (objects map[string]string, failed error) {
	e := sqliteEngine()
	db := openSQLite("file::memory:", 1)
	defer func() { failed = errors.Join(failed, db.Close()) }()
	p, err := e.provider(db)
	if err != nil {
		return nil, fmt.Errorf("prepare expected schema: %w", err)
	}
	// Asking for the version makes goose's own table: all there is at version 0.
	_, err = p.GetDBVersion(ctx)
	if err == nil && version > 0 {
		_, err = p.UpTo(ctx, version)
	}
	if err != nil {
		return nil, fmt.Errorf("build expected schema: %w", err)
	}
	return schemaObjects(ctx, db, e)
}

func schemaObjects(ctx context.Context, db Querier, e engine) (map[string]string, error) {
	type object struct{ name, definition string }
	list, err := Collect[object](db.QueryContext(ctx, e.objects))(func(r *sql.Rows) (o object, err error) {
		return o, r.Scan(&o.name, &o.definition)
	})
	if err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	objects := make(map[string]string, len(list))
	for _, o := range list {
		objects[o.name] = o.definition
	}
	return objects, nil
}

// firstDifference names the first object that is missing, changed or not ours.
func firstDifference(expected, actual map[string]string) string {
	for _, name := range slices.Sorted(maps.Keys(expected)) {
		if definition, ok := actual[name]; !ok || definition != expected[name] {
			return name
		}
	}
	for _, name := range slices.Sorted(maps.Keys(actual)) {
		if _, ok := expected[name]; !ok {
			return name
		}
	}
	return ""
}
