package store_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"huiying/internal/store"
)

// Writing a row makes no table of its own, whatever its indexes ask and its
// triggers do: a list of three in a condition would.
func TestRowsAreWrittenWithoutTables(t *testing.T) {
	s, err := store.Open(t.Context(), options(filepath.Join(t.TempDir(), "huiying.db")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	tables := texts(t, s, `SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE%' AND name NOT LIKE 'sqlite%'`)
	if len(tables) < 50 {
		t.Fatalf("%d tables", len(tables))
	}
	for _, table := range tables {
		columns := texts(t, s, `SELECT name FROM pragma_table_info('`+table+`') WHERE pk = 0`)
		if len(columns) == 0 {
			continue
		}
		var set, where []string
		for _, column := range columns {
			set = append(set, column+" = "+column)
		}
		for _, key := range texts(t, s, `SELECT name FROM pragma_table_info('`+table+`') WHERE pk > 0`) {
			where = append(where, key+" = 1")
		}
		if n := own(t, s, `UPDATE `+table+` SET `+strings.Join(set, ", ")+` WHERE `+strings.Join(append(where, "1 = 1"), " AND ")); n > 0 {
			t.Errorf("to change a row of %s SQLite makes %d tables", table, n)
		}
	}
	if own(t, s, `SELECT n FROM posts WHERE level IN ('red', 'orange', 'yellow')`) == 0 {
		t.Error("a list of three makes no table any more: decision 0079 is of the past")
	}
}

// own counts the tables that a statement makes for itself.
func own(t *testing.T, s *store.Store, query string) (n int) {
	t.Helper()
	rows, err := s.Reader().QueryContext(t.Context(), `EXPLAIN `+query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		cells := make([]any, len(columns))
		for i := range cells {
			cells[i] = new(any)
		}
		if err := rows.Scan(cells...); err != nil {
			t.Fatal(err)
		}
		if op := fmt.Sprint(*cells[1].(*any)); op == "OpenEphemeral" || op == "OpenAutoindex" {
			n++
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return n
}

func texts(t *testing.T, s *store.Store, query string) []string {
	t.Helper()
	list, err := store.Collect[string](s.Reader().QueryContext(t.Context(), query))(func(r *sql.Rows) (text string, err error) { return text, r.Scan(&text) })
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return list
}
