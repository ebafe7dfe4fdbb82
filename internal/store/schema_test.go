package store_test

import (
	"database/sql"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiying/internal/store"
	"huiying/internal/store/storetest"
)

// What one engine alone has, with the reason.
var apart = map[string]string{
	"table writers":            "PostgreSQL: what became of a commit whose answer was lost",
	"table post_search":        "full text is each engine's own",
	"table case_search":        "full text is each engine's own",
	"index post_search_tokens": "full text", "index case_search_tokens": "full text", "index post_search_apart": "full text",
	"index cases_listed": "an entry of PostgreSQL's index cannot hold every title",
}

// Both engines have the same tables, columns, keys and indexes: a migration of
// one without the other does not go in.
func TestBothEnginesHaveTheSameSchema(t *testing.T) {
	schemas := map[string]map[string]string{}
	for _, e := range storetest.Engines() {
		if e.Skip != "" {
			t.Skip(e.Skip)
		}
		s := e.Open(t, storetest.Options(storetest.NewClock()))
		read := sqliteSchema
		if e.Name == store.Postgres {
			read = postgresSchema
		}
		schemas[e.Name] = read(t, s)
	}
	if n := len(schemas[store.SQLite]); n < 150 {
		t.Fatalf("only %d objects were read", n)
	}
	if diff := cmp.Diff(schemas[store.SQLite], schemas[store.Postgres]); diff != "" {
		t.Errorf("the schemas differ (- sqlite, + postgres):\n%s", diff)
	}
}

type object struct{ name, definition string }

func readObjects(t *testing.T, s *store.Store, query string) map[string]string {
	t.Helper()
	list, err := store.Collect[object](s.Reader().QueryContext(t.Context(), query))(func(r *sql.Rows) (o object, err error) {
		return o, r.Scan(&o.name, &o.definition)
	})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, o := range list {
		if apart[o.name] == "" && !strings.Contains(o.name, "goose_db_version") && !strings.Contains(o.name, "_search_") {
			out[o.name] = plain(o.definition)
		}
	}
	return out
}

var (
	casts  = regexp.MustCompile(`::\w+(\[\])?`)
	either = regexp.MustCompile(`= ANY \(ARRAY\[([^\]]*)\]\)`)
	spaces = regexp.MustCompile(`[\s()]+`)
)

// plain writes a definition as both engines would.
func plain(text string) string {
	text = either.ReplaceAllString(casts.ReplaceAllString(text, ""), "IN ($1)")
	return strings.ToLower(strings.TrimSpace(spaces.ReplaceAllString(text, " ")))
}

func sqliteSchema(t *testing.T, s *store.Store) map[string]string {
	t.Helper()
	out := readObjects(t, s, `
		SELECT 'table ' || m.name, group_concat(c.name || ' ' ||
			CASE c.type WHEN 'INTEGER' THEN 'bigint' WHEN 'BOOLEAN' THEN 'bigint' WHEN 'REAL' THEN 'double precision' WHEN 'BLOB' THEN 'bytea' ELSE lower(c.type) END
			|| CASE WHEN c."notnull" OR c.pk > 0 THEN ' not null' ELSE '' END || coalesce(' ' || c.dflt_value, ''), ', ')
		FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' GROUP BY m.name`)
	// A key that is the number of the row has no index of its own here.
	for name, key := range readObjects(t, s, `
		SELECT 'key ' || m.name || ' ' || group_concat(c.name, ',' ORDER BY c.pk), 'primary' FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND c.pk > 0 GROUP BY m.name
		UNION ALL SELECT 'key ' || m.name || ' ' || group_concat(c.name, ',' ORDER BY c.seqno), 'unique'
		FROM sqlite_master m, pragma_index_list(m.name) i, pragma_index_info(i.name) c WHERE m.type = 'table' AND i.origin = 'u' GROUP BY m.name, i.name`) {
		out[name] = key
	}
	for name, index := range readObjects(t, s, `SELECT 'index ' || name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL`) {
		out[name] = index
	}
	for name, trigger := range readObjects(t, s, `SELECT 'trigger ' || name, tbl_name FROM sqlite_master WHERE type = 'trigger'`) {
		out[name] = trigger
	}
	return out
}

func postgresSchema(t *testing.T, s *store.Store) map[string]string {
	t.Helper()
	const ours = `c.relnamespace = current_schema()::regnamespace`
	out := readObjects(t, s, fmt.Sprintf(`
		SELECT 'table ' || c.relname, string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
			|| coalesce(' ' || pg_get_expr(d.adbin, d.adrelid), ''), ', ' ORDER BY a.attnum)
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
		WHERE %[1]s AND c.relkind = 'r' GROUP BY c.relname
		UNION ALL SELECT 'key ' || c.relname || ' ' || (SELECT string_agg(a.attname, ',' ORDER BY k.n) FROM unnest(i.indkey) WITH ORDINALITY k(at, n)
			JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.at), CASE WHEN i.indisprimary THEN 'primary' ELSE 'unique' END
		FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid JOIN pg_constraint o ON o.conindid = i.indexrelid AND o.contype IN ('p', 'u') WHERE %[1]s
		UNION ALL SELECT 'index ' || c.relname, replace(pg_get_indexdef(c.oid, 0, true), ' USING btree', '')
		FROM pg_class c WHERE %[1]s AND c.relkind = 'i' AND NOT EXISTS (SELECT 1 FROM pg_constraint o WHERE o.conindid = c.oid)
		UNION ALL SELECT 'trigger ' || t.tgname, c.relname FROM pg_class c JOIN pg_trigger t ON t.tgrelid = c.oid WHERE %[1]s AND NOT t.tgisinternal`, ours))
	for name := range out {
		if strings.HasPrefix(name, "key writers ") || strings.HasPrefix(name, "key post_search") || strings.HasPrefix(name, "key case_search") {
			delete(out, name)
		}
	}
	return out
}
