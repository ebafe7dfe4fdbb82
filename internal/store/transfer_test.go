package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/storetest"
)

// fill puts something of every kind of column into a store.
func fill(t *testing.T, s *store.Store) {
	t.Helper()
	storetest.Exec(t, s,
		`INSERT INTO counters (name, value) VALUES ('z', 9223372036854775807), ('Ä', -1), ('a', 0), ('', 5), ('大厅', 7)`,
		`INSERT INTO attachments (digest, type, size, body, at) VALUES ('d', 'text/plain', 3, 'a b', 1)`,
		`INSERT INTO disclosure_facts (year, fact, cell, value, at_least, source, note, person, at) VALUES (2026, 'f', '', 0.1, 0, 's', '', '', 1), (2026, 'g', '', 3, 0, 's', '', '', 1)`,
		`INSERT INTO texts (digest, text, at) VALUES ('t', '第一行
第二行	"''\', 1)`,
		`INSERT INTO mentions (id, kind, unit, case_no, reason, from_at, to_at, score, scoring, person, at) VALUES ('m', 'praise', 'u', '', 'r', 1, 2, '', 1, 'p', 3)`,
		`INSERT INTO verifications (began_at, ended_at, by_user, steps, cases, heads, findings, first, failed) VALUES (1, 2, 'p', 3, 4, 5, 6, '', 1)`,
		`INSERT INTO access_log (n, at, actor, action, object, detail) VALUES (41, 1, 'a', 'b', 'c', 'd')`,
		`INSERT INTO cases (no, version, state, level, title, topic, open_key, rule, unit, owner, first_seen_at, opened_at, assigned_at, acked_at, responded_at,
			closed_at, next_due_at, updated_at, body) VALUES ('HY20261123-0001', 1, 'handling', 'red', '', '', NULL, '', '', '', 0, 0, 0, 0, 0, 0, 0, 0, '{}')`,
		`UPDATE heat_state SET value = 3`,
		`INSERT INTO post_heat (n, day, platform, items, places) VALUES (7, 20261129, 'weibo', 'a', ''), (8, 20261129, 'weibo', 'a', '')`,
		`INSERT INTO posts (n, id, revision, source, platform, kind, url, parent_id, root_id, title, text, verified, region, published_at, collected_at,
			first_seen_at, deleted, level, rule, topic, judgement) VALUES (7, 'weibo:1', '', '', '', '', '', '', '', '', '大厅', '', '', 0, 0, 0, 0, '', '', '', '{}')`)
}

// What is carried from either engine to the other is the same there, goes on
// being numbered, and waits to be read for the index of words.
func TestTransfer(t *testing.T) {
	for _, pair := range [][2]string{{store.SQLite, store.Postgres}, {store.Postgres, store.SQLite}} {
		t.Run(strings.Join(pair[:], " to "), func(t *testing.T) {
			from, to := opened(t, pair[0]), opened(t, pair[1])
			fill(t, from)
			list, err := store.Transfer(t.Context(), from, to)
			if err != nil {
				t.Fatal(err)
			}
			rows := map[string]int64{}
			for _, c := range list {
				rows[c.Table] = c.Rows
			}
			if len(rows) < 60 || rows["counters"] != 5 || rows["posts"] != 1 || rows["mentions"] != 1 || rows["users"] != 0 {
				t.Errorf("carried %v", rows)
			}
			storetest.Exec(t, to, `INSERT INTO access_log (at, actor, action, object, detail) VALUES (1, '', '', '', '')`)
			for query, want := range map[string]string{
				`SELECT max(n) FROM access_log`:                              "42",
				`SELECT value FROM counters WHERE name = 'z'`:                "9223372036854775807",
				`SELECT text FROM texts`:                                     "第一行\n第二行\t\"'\\",
				`SELECT count(*) FROM cases WHERE open_key IS NULL`:          "1",
				`SELECT value FROM heat_state`:                               "3",
				`SELECT posts FROM heat_days`:                                "2",
				`SELECT count(*) FROM post_changes`:                          "0",
				`SELECT count(*) FROM case_changes`:                          "1",
				`SELECT value FROM search_state WHERE name = 'next'`:         "7",
				`SELECT value * 10 FROM disclosure_facts WHERE fact = 'f'`:   "1",
				`SELECT count(*) FROM verifications WHERE failed = 1`:        "1",
				`SELECT count(*) FROM attachments WHERE size = length(body)`: "1",
			} {
				var got string
				if err := to.Reader().QueryRowContext(t.Context(), query).Scan(&got); err != nil || got != want {
					t.Errorf("%s: %q, %v; want %q", query, got, err, want)
				}
			}
			if _, err := store.Transfer(t.Context(), from, to); huiying.ErrorCode(err) != huiying.Conflict {
				t.Errorf("into one that is not empty: %v", err)
			}
		})
	}
}

func opened(t *testing.T, engine string) *store.Store {
	t.Helper()
	for _, e := range storetest.Engines() {
		if e.Name == engine {
			if e.Skip != "" {
				t.Skip(e.Skip)
			}
			return e.Open(t, storetest.Options(storetest.NewClock()))
		}
	}
	t.Fatalf("no engine %s", engine)
	return nil
}

// A row that the other side does not take undoes everything.
func TestTransferKeepsNothingOfWhatFails(t *testing.T) {
	from, to := opened(t, store.SQLite), opened(t, store.Postgres)
	fill(t, from)
	storetest.Write(t, from, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO texts (digest, text, at) VALUES ('nul', $1, 1)`, "a\x00b")
		return err
	})
	if _, err := store.Transfer(t.Context(), from, to); err == nil || !strings.Contains(err.Error(), "texts") {
		t.Errorf("carried what cannot be kept: %v", err)
	}
	if err := to.Vacant(t.Context()); err != nil {
		t.Errorf("something was kept: %v", err)
	}
}

// A copy of a PostgreSQL is a SQLite that opens.
func TestCopyOfPostgres(t *testing.T) {
	s := opened(t, store.Postgres)
	fill(t, s)
	path := t.TempDir() + "/copy.db"
	if err := s.CopyTo(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	o := options(path)
	o.ReadOnly = true
	copied := mustOpen(t, o)
	list, err := store.Collect[string](copied.Reader().QueryContext(t.Context(), `SELECT name FROM counters ORDER BY name`))(
		func(r *sql.Rows) (n string, err error) { return n, r.Scan(&n) })
	if err != nil || fmt.Sprint(list) != "[ a z Ä 大厅]" {
		t.Errorf("copied %v, %v", list, err)
	}
}
