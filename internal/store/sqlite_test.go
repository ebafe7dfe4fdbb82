package store

import (
	"database/sql"
	"path/filepath"
	"testing"
)

// What a DSN cannot name holds for every connection of the pool, and for none of
// another.
func TestPragmasOfEveryConnection(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pragmas.db")
	for name, c := range map[string]struct {
		pragmas []string
		want    int
	}{"the writer": {[]string{undoInMemory}, 2}, "others": {nil, 0}} {
		db := openSQLite(writerDSN(path), 3, c.pragmas...)
		var open []*sql.Conn
		for range 3 {
			one, err := db.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			open = append(open, one)
			var got int
			if err := one.QueryRowContext(t.Context(), `PRAGMA temp_store`).Scan(&got); err != nil || got != c.want {
				t.Errorf("%s: temp_store is %d, not %d (%v)", name, got, c.want, err)
			}
		}
		for _, one := range open {
			if err := one.Close(); err != nil {
				t.Error(err)
			}
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	bad := openSQLite(writerDSN(path), 1, "no such pragma (")
	defer bad.Close()
	if err := bad.PingContext(t.Context()); err == nil {
		t.Error("a pragma that is none is let through")
	}
}
