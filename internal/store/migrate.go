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
	"sync"

	"github.com/pressly/goose/v3"

	"huiying"
)

//go:embed migrations
var migrations embed.FS

// versionTable is where goose keeps which migrations were applied.
const versionTable = "goose_db_version"

// engine is what differs between the databases when the schema is made.
type engine struct {
	dialect goose.Dialect
	folder  string         // under migrations/
	scratch func() *sql.DB // an empty database to build the expected schema in
	objects string         // query: name and definition of everything in the schema
}

func sqliteEngine() engine {
	return engine{
		dialect: goose.DialectSQLite3,
		folder:  "migrations/sqlite",
		scratch: func() *sql.DB { return openSQLite("file::memory:", 1) },
		objects: `SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'`,
	}
}

func (e engine) provider(db *sql.DB) (*goose.Provider, error) {
	sub, err := fs.Sub(migrations, e.folder)
	if err != nil {
		return nil, fmt.Errorf("open migrations: %w", err)
	}
	return goose.NewProvider(e.dialect, db, sub,
		goose.WithDisableGlobalRegistry(true), goose.WithSlog(slog.New(slog.DiscardHandler)))
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
	newest := NewestSchema()
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

// NewestSchema is the version of the newest migration of this program.
func NewestSchema() int64 {
	e := sqliteEngine()
	p, err := e.provider(e.scratch())
	if err != nil {
		return 0
	}
	defer p.Close()
	var newest int64
	for _, source := range p.ListSources() {
		newest = max(newest, source.Version)
	}
	return newest
}

// inspect returns the version of the schema, or a sentence when it is newer
// than this program or not as the migrations up to that version make it.
func inspect(ctx context.Context, db *sql.DB, e engine) (int64, error) {
	version, err := storedVersion(ctx, db)
	if err != nil {
		return 0, err
	}
	if newest := NewestSchema(); version > newest {
		return 0, huiying.Errorf(huiying.Conflict, "store.schema_newer", version, newest)
	}
	build := func() (map[string]string, error) { return expectedObjects(ctx, e, version) }
	if version == NewestSchema() {
		build = newestObjects
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

// newestObjects are those of the newest version. Building them takes longer than
// all else in Open, so a process that opens several times builds them once.
var newestObjects = sync.OnceValues(func() (map[string]string, error) {
	return expectedObjects(context.Background(), sqliteEngine(), NewestSchema())
})

// expectedObjects builds the schema of a version in an empty database, so that
// there is nothing to keep in step by hand.
func expectedObjects(ctx context.Context, e engine, version int64) (objects map[string]string, failed error) {
	db := e.scratch()
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

func schemaObjects(ctx context.Context, db *sql.DB, e engine) (map[string]string, error) {
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
