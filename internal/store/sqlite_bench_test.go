package store

import (
	"database/sql"
	"path/filepath"
	"testing"
)

// BenchmarkOrdered asks for the newest of some rows, as most queries do, once as
// this program writes them and once as SQLite has them by itself: then it plans
// anew for each value that is bound.
func BenchmarkOrdered(b *testing.B) {
	db := openSQLite(writerDSN(filepath.Join(b.TempDir(), "ordered.db")), 1)
	b.Cleanup(func() { _ = db.Close() })
	for _, query := range []string{
		`CREATE TABLE said (n INTEGER PRIMARY KEY, post TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL)`,
		`CREATE INDEX said_post ON said (post, field, n)`,
		`INSERT INTO said (post, field, value) WITH RECURSIVE up (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM up WHERE i < 20000) SELECT 'p' || (i / 2), 'level', 'red' FROM up`,
	} {
		if _, err := db.Exec(query); err != nil {
			b.Fatal(err)
		}
	}
	for name, query := range map[string]string{
		"ours":  `SELECT value FROM said WHERE post = $1 AND field = $2 ORDER BY n DESC LIMIT 1`,
		"plain": `SELECT value FROM said WHERE post = ?1 AND field = ?2 ORDER BY n DESC LIMIT 1`,
	} {
		b.Run(name, func(b *testing.B) { askOften(b, db, query) })
	}
}

func askOften(b *testing.B, db *sql.DB, query string) {
	for b.Loop() {
		var value string
		if err := db.QueryRow(query, "p77", "level").Scan(&value); err != nil {
			b.Fatal(err)
		}
	}
}
