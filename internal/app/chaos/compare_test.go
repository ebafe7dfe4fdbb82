package chaos_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3" // the driver of the comparison
)

// outside is what the outside's own lists say: the posts of the replica, whether
// a rule holds for each, and the deliveries that the receiver took.
type outside struct {
	posts map[string]bool
	took  map[string]int
}

// promises are the questions to both, each of which must name nothing. What the
// office says of itself (a source that stopped at a wall) nobody published.
func promises() []struct{ broken, query string } {
	return []struct{ broken, query string }{
		{"lost: published and not archived", `SELECT id FROM published WHERE id NOT IN (SELECT id FROM office.posts)`},
		{"lost: a rule holds and nobody was alerted", `SELECT id FROM published WHERE matching AND id NOT IN (SELECT post_id FROM office.alerts)`},
		{"lost: an alert nobody is told of", `SELECT id FROM office.alerts a WHERE NOT EXISTS (SELECT 1 FROM office.deliveries d WHERE d.alert_id = a.id)`},
		{"lost: sent and not in the receiver's log", `SELECT id FROM office.deliveries WHERE id NOT IN (SELECT id FROM received)`},
		{"lost: an orange alert without a case", `SELECT id FROM office.alerts WHERE level = 'orange' AND case_no NOT IN (SELECT no FROM office.cases)`},
		{"doubled: archived twice", `SELECT id FROM office.posts GROUP BY id HAVING count(*) > 1`},
		{"doubled: two alerts for one cause", `SELECT post_id FROM office.alerts GROUP BY post_id, rule, level HAVING count(*) > 1`},
		{"doubled: two delivery ids for one cause", `SELECT alert_id FROM office.deliveries GROUP BY alert_id, person, channel HAVING count(*) > 1`},
		{"doubled: two cases for one topic", `SELECT topic FROM office.cases WHERE topic <> '' GROUP BY topic HAVING count(*) > 1`},
		{"invented: archived and never published", `SELECT id FROM office.posts WHERE platform <> 'system' AND id NOT IN (SELECT id FROM published)`},
		{"invented: alerted and no rule holds", `SELECT post_id FROM office.alerts WHERE post_id NOT LIKE 'system:%' AND post_id NOT IN (SELECT id FROM published WHERE matching)`},
		{"invented: received and not in the outbox", `SELECT id FROM received WHERE id NOT IN (SELECT id FROM office.deliveries)`},
	}
}

// compared are the promises that are broken, by what, and a line of figures.
func compared(t *testing.T, database string, out outside) (broken map[string][]string, figures string) {
	t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(t.TempDir(), "outside.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // what is attached is of one connection
	run := func(query string, args ...any) {
		if _, err := db.Exec(query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	run(`ATTACH ? AS office`, "file:"+database+"?mode=ro")
	run(`CREATE TABLE published (id TEXT PRIMARY KEY, matching BOOLEAN)`)
	run(`CREATE TABLE received (id TEXT PRIMARY KEY, n INTEGER)`)
	run(`BEGIN`)
	for id, matching := range out.posts {
		run(`INSERT INTO published VALUES (?, ?)`, id, matching)
	}
	for id, n := range out.took {
		run(`INSERT INTO received VALUES (?, ?)`, id, n)
	}
	run(`COMMIT`)
	broken = map[string][]string{}
	for _, p := range promises() {
		if ids := column(t, db, p.query); len(ids) > 0 {
			broken[p.broken] = ids
		}
	}
	return broken, strings.Join(column(t, db, `SELECT printf('%d posts published, %d archived, %d alerts, %d cases, %d deliveries, taken %d times',
		(SELECT count(*) FROM published), (SELECT count(*) FROM office.posts), (SELECT count(*) FROM office.alerts), (SELECT count(*) FROM office.cases),
		(SELECT count(*) FROM office.deliveries), (SELECT coalesce(sum(n), 0) FROM received))`), "")
}

func column(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// brief is what is broken, a few names each.
func brief(broken map[string][]string) string {
	var lines []string
	for what, ids := range broken {
		lines = append(lines, fmt.Sprintf("%s: %d, %s", what, len(ids), strings.Join(ids[:min(len(ids), 5)], " ")))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// A comparison that finds nothing must be one that would: each promise is
// broken by one row, and named.
func TestComparison(t *testing.T) {
	file := filepath.Join(t.TempDir(), "office.db")
	db, err := sql.Open("sqlite3", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, q := range []string{
		`CREATE TABLE posts (id, platform)`, `CREATE TABLE alerts (id, post_id, rule, level, case_no)`,
		`CREATE TABLE deliveries (id, alert_id, person, channel)`, `CREATE TABLE cases (no, topic)`,
		`INSERT INTO posts VALUES ('kept', 'weibo'), ('twice', 'weibo'), ('twice', 'weibo'), ('stranger', 'weibo'), ('plain', 'weibo'), ('system:x', 'system')`,
		`INSERT INTO alerts VALUES ('a-1', 'kept', 'r', 'orange', 'c-1'), ('a-2', 'kept', 'r', 'orange', 'c-9'), ('a-3', 'plain', 'r', 'yellow', '')`,
		`INSERT INTO deliveries VALUES ('d-1', 'a-1', 'duty', 'hook'), ('d-2', 'a-1', 'duty', 'hook'), ('d-3', 'a-2', 'duty', 'hook')`,
		`INSERT INTO cases VALUES ('c-1', 't'), ('c-2', 't')`,
	} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	broken, figures := compared(t, file, outside{
		posts: map[string]bool{"kept": true, "twice": true, "gone": false, "plain": false}, took: map[string]int{"d-1": 2, "d-3": 1, "d-9": 1},
	})
	for _, p := range promises() {
		if len(broken[p.broken]) != 1 {
			t.Errorf("%s: %v", p.broken, broken[p.broken])
		}
	}
	if !strings.Contains(figures, "4 posts published, 6 archived") {
		t.Error(figures)
	}
}
