package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"math"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"huiying"
)

// left are tables that are not carried over: what an engine notes of itself, and
// its index of words, which the other makes anew of the texts.
var left = []string{
	"heat_days", // triggers count it anew of post_heat
	versionTable, "writers", "search_state", "post_changes", "case_changes", "case_index", "case_words",
	"post_search", "post_search_config", "post_search_data", "post_search_docsize", "post_search_idx",
	"case_search", "case_search_config", "case_search_data", "case_search_docsize", "case_search_idx",
}

// seeded are tables that hold a row when they are made.
var seeded = []string{"heat_state"}

// Carried is one table as it was copied: how many rows, and the digest of all of
// them in the order of their key, the same on both sides.
type Carried struct {
	Table  string `json:"table"`
	Rows   int64  `json:"rows"`
	Digest string `json:"digest"` // sha256:…
}

// Transfer copies everything that one store holds at one moment into another of
// the same schema, compares every table and only then commits: on an error the
// other is as it was. It refuses, huiying.Conflict, one that holds anything.
// Nobody may write to either meanwhile.
func Transfer(ctx context.Context, from, to *Store) (list []Carried, err error) {
	if from.version != to.version {
		return nil, huiying.Errorf(huiying.Conflict, "store.schema_older", from.version, to.version)
	}
	conn, err := to.writing.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("copy a store: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("copy a store: %w", err)
	}
	err = from.Snapshot(ctx, func(ctx context.Context, q Querier) error {
		list, err = (&transfer{from: q, to: to, conn: conn, tx: tx}).all(ctx, from.engine.tables)
		return err
	})
	if err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return nil, fmt.Errorf("copy a store: %w", err)
	}
	return list, nil
}

// table is one to be copied.
type table struct {
	name string
	key  []string // its primary key
}

type transfer struct {
	from Querier
	to   *Store
	conn *sql.Conn
	tx   *sql.Tx
}

func (t *transfer) all(ctx context.Context, sources string) (list []Carried, err error) {
	tables, err := readTables(ctx, t.from, sources)
	if err != nil {
		return nil, err
	}
	if err := vacant(ctx, t.tx, t.to); err != nil {
		return nil, err
	}
	for _, name := range seeded {
		if _, err := t.tx.ExecContext(ctx, `DELETE FROM `+name); err != nil {
			return nil, fmt.Errorf("empty %s: %w", name, err)
		}
	}
	for _, tab := range tables {
		one, err := t.table(ctx, tab)
		if err != nil {
			return nil, fmt.Errorf("copy table %s: %w", tab.name, err)
		}
		list = append(list, one)
	}
	for _, statement := range t.to.engine.afterTransfer {
		if _, err := t.tx.ExecContext(ctx, statement); err != nil {
			return nil, fmt.Errorf("make a copied store ready: %w", err)
		}
	}
	return list, nil
}

// readTables lists the tables that are carried over, by name.
func readTables(ctx context.Context, q Querier, query string) ([]table, error) {
	list, err := Collect[table](q.QueryContext(ctx, query))(func(r *sql.Rows) (t table, err error) {
		var key string
		err = r.Scan(&t.name, &key)
		t.key = strings.Split(key, ",")
		return t, err
	})
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	return slices.DeleteFunc(list, func(t table) bool { return slices.Contains(left, t.name) }), nil
}

// vacant refuses a store that holds anything.
func vacant(ctx context.Context, q Querier, s *Store) error {
	tables, err := readTables(ctx, q, s.engine.tables)
	if err != nil {
		return err
	}
	for _, tab := range tables {
		if slices.Contains(seeded, tab.name) {
			continue
		}
		var held bool
		if err := q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+tab.name+`)`).Scan(&held); err != nil {
			return fmt.Errorf("look whether %s is empty: %w", tab.name, err)
		}
		if held {
			return huiying.Errorf(huiying.Conflict, "store.not_empty", s.place, tab.name)
		}
	}
	return nil
}

// Vacant refuses, huiying.Conflict, a store that holds anything.
func (s *Store) Vacant(ctx context.Context) error { return vacant(ctx, s.reader, s) }

// table copies one and compares it.
func (t *transfer) table(ctx context.Context, tab table) (Carried, error) {
	kinds, columns, err := columnsOf(ctx, t.tx, tab.name)
	if err != nil {
		return Carried{}, err
	}
	rows, err := t.from.QueryContext(ctx, ordered(tab, columns))
	if err != nil {
		return Carried{}, err
	}
	read := newReading(rows, kinds)
	write := t.insert
	if t.to.engine.name == Postgres {
		write = t.copyIn
	}
	err = write(ctx, tab.name, columns, read)
	if err = errors.Join(err, rows.Err(), rows.Close()); err != nil {
		return Carried{}, err
	}
	there, err := t.tx.QueryContext(ctx, ordered(tab, columns))
	if err != nil {
		return Carried{}, err
	}
	again := newReading(there, kinds)
	for again.Next() {
	}
	if err := errors.Join(again.Err(), there.Err(), there.Close()); err != nil {
		return Carried{}, err
	}
	got, want := again.carried(tab.name), read.carried(tab.name)
	if got != want {
		return got, huiying.Errorf(huiying.Internal, "store.transfer_differs", tab.name, want.Rows, got.Rows)
	}
	return got, nil
}

func ordered(tab table, columns []string) string {
	return `SELECT ` + strings.Join(columns, ", ") + ` FROM ` + tab.name + ` ORDER BY ` + strings.Join(tab.key, ", ")
}

// columnsOf are the columns of a table and what each holds.
func columnsOf(ctx context.Context, q Querier, name string) (kinds, columns []string, err error) {
	rows, err := q.QueryContext(ctx, `SELECT * FROM `+name+` LIMIT 0`)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, nil, err
	}
	for _, c := range types {
		kinds, columns = append(kinds, c.DatabaseTypeName()), append(columns, c.Name())
	}
	return kinds, columns, rows.Err()
}

// reading reads rows one by one as values of the other side and keeps a digest
// of them. It is a source of COPY.
type reading struct {
	rows  *sql.Rows
	kinds []string
	now   []any
	sum   hash.Hash
	n     int64
	err   error
}

func newReading(rows *sql.Rows, kinds []string) *reading {
	return &reading{rows: rows, kinds: kinds, sum: sha256.New()}
}

// Next reads a row.
func (r *reading) Next() bool {
	if r.err != nil || !r.rows.Next() {
		return false
	}
	values := make([]any, len(r.kinds))
	into := make([]any, len(values))
	for i := range values {
		into[i] = &values[i]
	}
	if r.err = r.rows.Scan(into...); r.err != nil {
		return false
	}
	for i, v := range values {
		values[i] = plainValue(r.kinds[i], v)
		digestInto(r.sum, values[i])
	}
	r.now = values
	r.n++
	return true
}

// Values are those of the row.
func (r *reading) Values() ([]any, error) { return r.now, r.err }

// Err is what went wrong.
func (r *reading) Err() error { return r.err }

func (r *reading) carried(name string) Carried {
	return Carried{Table: name, Rows: r.n, Digest: "sha256:" + hex.EncodeToString(r.sum.Sum(nil))}
}

// plainValue is a value as its column says, whichever driver read it.
func plainValue(kind string, v any) any {
	switch v := v.(type) {
	case bool:
		return int64(Flag(v))
	case []byte:
		if kind == "TEXT" {
			return string(v)
		}
	case string:
		if kind == "BYTEA" || kind == "BLOB" {
			return []byte(v)
		}
	case int64:
		if kind == "REAL" || kind == "FLOAT8" {
			return float64(v)
		}
	}
	return v
}

// digestInto writes a value so that no two rows write the same.
func digestInto(w hash.Hash, v any) {
	kind, body := byte('n'), []byte(nil)
	switch v := v.(type) {
	case int64:
		kind, body = 'i', binary.BigEndian.AppendUint64(nil, uint64(v))
	case float64:
		kind, body = 'f', binary.BigEndian.AppendUint64(nil, math.Float64bits(v))
	case string:
		kind, body = 's', []byte(v)
	case []byte:
		kind, body = 'b', v
	}
	w.Write(append([]byte{kind}, binary.BigEndian.AppendUint64(nil, uint64(len(body)))...))
	w.Write(body)
}

func (t *transfer) insert(ctx context.Context, name string, columns []string, r *reading) (err error) {
	marks := make([]string, len(columns))
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	st, err := t.tx.PrepareContext(ctx, `INSERT INTO `+name+` (`+strings.Join(columns, ", ")+`) VALUES (`+strings.Join(marks, ", ")+`)`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	for r.Next() {
		if _, err := st.ExecContext(ctx, r.now...); err != nil {
			return err
		}
	}
	return r.err
}

func (t *transfer) copyIn(ctx context.Context, name string, columns []string, r *reading) error {
	return t.conn.Raw(func(raw any) error {
		_, err := raw.(*postgresConn).Conn.Conn().CopyFrom(ctx, pgx.Identifier{name}, columns, r)
		return err
	})
}
