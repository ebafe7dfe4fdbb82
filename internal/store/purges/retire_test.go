package purges_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/heat"
	"huiying/internal/store/posts"
	"huiying/internal/store/purges"
	"huiying/internal/store/record"
	"huiying/internal/store/storetest"
)

// keep is how long posts are kept here.
const keep = 700 * 24 * time.Hour

// archive is random posts with cases, pins and the like, and what a run must
// take of them, told by the test and not by the store.
type archive struct {
	t     *testing.T
	s     *store.Store
	clock *storetest.Clock
	rnd   *rand.Rand
	dir   string
	goes  map[string]bool // posts that must go
	stays map[string]bool
}

func newArchive(t *testing.T, seed uint64, n int) *archive {
	t.Helper()
	a := &archive{t: t, clock: storetest.NewClock(), rnd: rand.New(rand.NewPCG(seed, 1)), dir: t.TempDir(), goes: map[string]bool{}, stays: map[string]bool{}}
	o := storetest.Options(a.clock)
	o.Path = filepath.Join(a.dir, "huiying.db")
	a.s = storetest.New(t, o)
	for i := range n {
		a.post(i)
	}
	return a
}

func (a *archive) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

// words are of one post alone.
func words(i int) string { return fmt.Sprintf("北门路口石榴籽%d号摊位占道", i) }

func (a *archive) save(i int, at time.Time, text string) {
	a.t.Helper()
	platform, verified, kind := []string{"weibo", "portal"}[i%2], []string{"none", "person", "government"}[i%3], "post"
	if i%11 == 0 {
		platform, kind = "portal", "finding"
	}
	a.must(posts.NewArchive(a.s).SaveEvents(a.t.Context(), []huiying.Event{huiying.NewEvent(huiying.Judgement{
		Level: huiying.LevelBlue, Tags: []huiying.Tag{{Rule: "r-stall", Name: "占道", Level: huiying.LevelBlue, Matches: []huiying.Match{{Field: "text", Text: text}}}},
		Keywords: []huiying.Keyword{{Word: text}}, Places: []string{"滨河镇"}, ServiceItems: []string{"item-1"}, LevelWhy: []string{text},
		Sentiment: &huiying.Sentiment{Label: "negative"},
		Post: huiying.Post{
			ID: id(i), Source: "weibo", Platform: platform, Kind: kind, Text: text, URL: "https://example.test/" + id(i), Evidence: huiying.Digest(text),
			Author: huiying.Author{ID: fmt.Sprintf("p-%016x", i), Name: fmt.Sprintf("账号%d", i), Verified: verified}, PublishedAt: at, CollectedAt: at,
		},
	}, at)}))
}

func id(i int) string { return fmt.Sprintf("weibo:%d", 5230000000000000+i) }

// post keeps one, for one of many reasons to be kept longer, or none.
func (a *archive) post(i int) {
	a.t.Helper()
	age := time.Duration(a.rnd.IntN(1400)) * 24 * time.Hour
	at := a.clock.Now().Add(-age)
	if a.rnd.IntN(4) == 0 {
		a.save(i, at.Add(-time.Hour), words(i)+"改前") // an earlier revision
	}
	a.save(i, at, words(i))
	keeps := []string{
		"", "", "", "", "", "case", "closed", "pin", "added", "kept", "kept no more", "quoted", "drafted",
	}[a.rnd.IntN(13)]
	post := id(i)
	switch keeps {
	case "case", "closed":
		storetest.Exec(a.t, a.s, fmt.Sprintf(`INSERT INTO case_posts (case_no, post_id) VALUES ('HY20240101-%04d', '%s')`, i, post))
		if keeps == "case" {
			storetest.Exec(a.t, a.s, fmt.Sprintf(`UPDATE posts SET case_no = 'HY20240101-%04d' WHERE id = '%s'`, i, post))
		}
	case "pin":
		storetest.Exec(a.t, a.s, `INSERT INTO topic_pins (post_id, by_user, at) VALUES ('`+post+`', 'officer', 1)`)
	case "added":
		storetest.Exec(a.t, a.s, `INSERT INTO topic_added (post_id, topic) VALUES ('`+post+`', 't')`)
	case "kept", "kept no more":
		ended := map[string]int{"kept": 0, "kept no more": 9}[keeps]
		storetest.Exec(a.t, a.s, fmt.Sprintf(`INSERT INTO preservations (post_id, by_user, reason, at, ended_at) VALUES ('%s', 'officer', 'x', 1, %d)`, post, ended))
	case "quoted", "drafted":
		state := map[string]string{"quoted": "released", "drafted": "draft"}[keeps]
		storetest.Exec(a.t, a.s, fmt.Sprintf(`INSERT INTO reports (id, kind, event, title, from_at, to_at, state, version, facts, texts, remark, schedule, created_by, created_at,
			submitted_by, submitted_at, released_by, released_at, head_seq, head_hash, posts_upto) VALUES ('r-%d', 'daily', '', '', 0, 1, '%s', 1, '{}', '{}', '', '', '', 0, '', 0, '', 0, 0, '', 0)`, i, state),
			fmt.Sprintf(`INSERT INTO report_quotes (report, post, words, chosen, by_user) VALUES ('r-%d', '%s', 'x', 0, '')`, i, post))
	}
	free := slices.Contains([]string{"", "kept no more", "drafted"}, keeps)
	if free && age > keep && i%11 != 0 {
		a.goes[post] = true
	} else {
		a.stays[post] = true
	}
}

func (a *archive) retire(slice int) (int, error) {
	return purges.Retire(a.t.Context(), a.s, purges.Retirement{Before: a.clock.Now().Add(-keep), Began: a.clock.Now(), By: "system", Slice: slice})
}

// gone are the posts without words.
func (a *archive) gone() map[string]bool {
	a.t.Helper()
	list, err := store.Collect[string](a.s.Reader().QueryContext(a.t.Context(), `SELECT id FROM posts WHERE withdrawn = 1 AND text = '' AND author = '' AND url = ''`))(
		func(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) })
	a.must(err)
	out := map[string]bool{}
	for _, s := range list {
		out[s] = true
	}
	return out
}

func (a *archive) findings() []record.Finding {
	a.t.Helper()
	check := purges.Check(func(string) bool { return false }, "digest")
	found, err := check(a.t.Context(), a.s.Reader(), []byte(storetest.Key))
	a.must(err)
	return found
}

// counts are figures that must not change: of days by item and place, of facets,
// of rules, of classes, of government's own posts.
func (a *archive) counts() string {
	a.t.Helper()
	days, err := heat.Days(a.t.Context(), a.s.Reader(), 0, 99999999)
	a.must(err)
	lines := make([]string, len(days))
	for i, d := range days {
		lines[i] = fmt.Sprint(d)
	}
	slices.Sort(lines)
	out := fmt.Sprint(lines)
	for _, q := range []string{
		`SELECT level || platform || verified || sentiment || intent || places || rules, count(*) FROM post_facets GROUP BY 1 ORDER BY 1`,
		`SELECT rule, count(*) FROM post_tags GROUP BY rule`,
		`SELECT level || platform || kind || verified || rule || topic, count(*) FROM posts GROUP BY 1 ORDER BY 1`,
		`SELECT json_extract(judgement, '$.service_items', '$.places', '$.duplicate_of'), count(*) FROM posts GROUP BY 1 ORDER BY 1`,
		`SELECT json_extract(judgement, '$.post.author.name'), count(*) FROM posts WHERE verified = 'government' GROUP BY 1 ORDER BY 1`,
	} {
		list, err := store.Collect[string](a.s.Reader().QueryContext(a.t.Context(), q))(func(r *sql.Rows) (string, error) {
			var name sql.NullString
			var n int
			err := r.Scan(&name, &n)
			return fmt.Sprint(name.String, n), err
		})
		a.must(err)
		out += fmt.Sprint(list)
	}
	return out
}

// Exactly what is due goes, whatever keeps the rest, and every count stays.
func TestExactlyWhatIsDueGoes(t *testing.T) {
	for seed := range uint64(3) {
		a := newArchive(t, seed, 150)
		before := a.counts()
		due, err := purges.Due(t.Context(), a.s.Reader(), a.clock.Now().Add(-keep), time.UTC)
		a.must(err)
		planned := 0
		for _, y := range due.Years {
			planned += y.Posts
		}
		n, err := a.retire(7)
		a.must(err)
		if gone := a.gone(); n != len(a.goes) || planned != n || n < 10 || !maps.Equal(gone, a.goes) {
			t.Fatalf("seed %d: %d went, %d were planned, want %d: %v, %v", seed, n, planned, len(a.goes), gone, a.goes)
		}
		if after := a.counts(); after != before {
			t.Errorf("seed %d: counts have changed:\n%s\n%s", seed, before, after)
		}
		if found := a.findings(); len(found) > 0 {
			t.Errorf("seed %d: %v", seed, found[0].Err)
		}
		if again, err := a.retire(7); err != nil || again != 0 {
			t.Errorf("seed %d: %d again, %v", seed, again, err)
		}
		runs, err := purges.Runs(t.Context(), a.s.Reader())
		if err != nil || len(runs) != 1 || runs[0].Posts != n || runs[0].Slices != (n+6)/7 || !runs[0].SweptAt.IsZero() || runs[0].To.After(a.clock.Now().Add(-keep)) {
			t.Errorf("seed %d: %+v, %v", seed, runs, err)
		}
		a.later(n)
	}
}

// later lets a day pass on which more posts fall due.
func (a *archive) later(n int) {
	a.t.Helper()
	a.clock.Advance(300 * 24 * time.Hour)
	more, err := a.retire(0)
	a.must(err)
	if more == 0 || len(a.gone()) != n+more || len(a.findings()) > 0 {
		a.t.Errorf("later %d more of %d, findings %v", more, len(a.gone()), a.findings())
	}
	for post := range a.gone() {
		var held bool
		a.must(a.s.Reader().QueryRowContext(a.t.Context(), `SELECT EXISTS (SELECT 1 FROM case_posts WHERE post_id = $1) OR EXISTS (SELECT 1 FROM topic_pins WHERE post_id = $1)`, post).Scan(&held))
		if held {
			a.t.Errorf("%s went though it is kept", post)
		}
	}
}

// A run that is killed at any slice ends, when it is asked for again, where one
// that was not ends, and the record of it verifies at every point between.
func TestCutOffAndGoneOn(t *testing.T) {
	whole := newArchive(t, 5, 120)
	_, err := whole.retire(4)
	whole.must(err)
	for stop := range 4 {
		a := newArchive(t, 5, 120)
		n, slices, killed := 0, 0, errors.New("killed before the commit")
		for err := error(nil); err == nil; slices++ { // a slice at a time, until the process is gone
			err = a.s.Write(t.Context(), store.Bulk, func(ctx context.Context, tx *store.Tx) error {
				took, err := purges.Slice(ctx, tx, purges.Retirement{Before: a.clock.Now().Add(-keep), Began: a.clock.Now(), By: "system", Slice: 4})
				if err == nil && slices == stop {
					return killed
				}
				n += took
				return err
			})
			if err != nil && !errors.Is(err, killed) {
				t.Fatal(err)
			}
		}
		if len(a.gone()) != n || n != 4*stop || len(a.findings()) > 0 {
			t.Fatalf("after %d slices %d went, %d are gone, %v", stop, n, len(a.gone()), a.findings())
		}
		a.clock.Advance(time.Minute)
		rest, err := a.retire(4)
		a.must(err)
		if n+rest != len(whole.goes) || !maps.Equal(a.gone(), whole.gone()) || a.counts() != whole.counts() || len(a.findings()) > 0 {
			t.Errorf("after %d slices: %d and %d of %d, %v", stop, n, rest, len(whole.goes), a.findings())
		}
	}
}

// Whoever changes what retention did, or removes words beside it, is found.
func TestTamperedRetention(t *testing.T) {
	for name, sql := range map[string]string{
		"count":       `UPDATE purges SET removed = removed + 1`,
		"digest":      `UPDATE purges SET digest = 'sha256:00'`,
		"row gone":    `DELETE FROM purges WHERE n = 1`,
		"rows gone":   `DELETE FROM purges`,
		"member gone": `DELETE FROM retired_posts WHERE n = (SELECT min(n) FROM retired_posts)`,
		"member more": `INSERT INTO retired_posts (purge, n, digest) SELECT 1, n, 'x' FROM posts WHERE withdrawn = 0 LIMIT 1`,
		"other post":  `UPDATE retired_posts SET n = (SELECT n FROM posts WHERE withdrawn = 0 LIMIT 1) WHERE n = (SELECT min(n) FROM retired_posts)`,
		"unnamed":     `UPDATE posts SET withdrawn = 1, text = '' WHERE id = (SELECT id FROM posts p WHERE withdrawn = 0 AND NOT EXISTS (SELECT 1 FROM case_posts c WHERE c.post_id = p.id) LIMIT 1)`,
		"returned":    `UPDATE posts SET withdrawn = 0, text = 'x' WHERE n = (SELECT min(n) FROM retired_posts)`,
		"words":       `UPDATE posts SET text = 'x' WHERE n = (SELECT min(n) FROM retired_posts)`,
		"as a case's": `UPDATE purges SET case_no = 'HY20240101-0001' WHERE n = 1`,
	} {
		a := newArchive(t, 9, 60)
		_, err := a.retire(5)
		a.must(err)
		if found := a.findings(); len(found) > 0 {
			t.Fatalf("%s: before: %v", name, found[0].Err)
		}
		storetest.Exec(t, a.s, sql)
		found := a.findings()
		if len(found) == 0 || !slices.ContainsFunc(found, func(f record.Finding) bool { return f.Kind == record.KindPurge }) {
			t.Errorf("%s is not found: %v", name, found)
		}
	}
}

// A post that a site shows still and that is collected anew has its words again
// and goes again when its time is over; a message that comes late brings nothing
// back.
func TestCollectedAnew(t *testing.T) {
	a := newArchive(t, 2, 0)
	old := a.clock.Now().Add(-keep - time.Hour)
	a.save(1, old, words(1))
	n, err := a.retire(0)
	a.must(err)
	a.save(1, old, words(1))
	if n != 1 || len(a.gone()) != 1 {
		t.Fatalf("%d went, %v", n, a.gone())
	}
	a.save(1, a.clock.Now(), words(1))
	if len(a.gone()) != 0 || len(a.findings()) != 0 {
		t.Fatalf("collected anew: %v, %v", a.gone(), a.findings())
	}
	a.clock.Advance(keep + time.Hour)
	if n, err = a.retire(0); err != nil || n != 1 || len(a.findings()) != 0 {
		t.Errorf("%d, %v, %v", n, err, a.findings())
	}
}

// Nothing of the words is left in the files of the database.
func TestWordsAreNotInTheFiles(t *testing.T) {
	a := newArchive(t, 3, 80)
	if a.s.Engine() != store.SQLite {
		t.Skip("PostgreSQL keeps its own log; see docs/operations.md")
	}
	found := func(text string) bool {
		files, err := filepath.Glob(filepath.Join(a.dir, "huiying.db*"))
		a.must(err)
		for _, f := range files {
			raw, err := os.ReadFile(f)
			a.must(err)
			if strings.Contains(string(raw), text) {
				return true
			}
		}
		return false
	}
	_, err := a.s.Checkpoint(t.Context())
	a.must(err)
	if !found(words(1)) || len(a.goes) == 0 {
		t.Fatal("the words are not where they are looked for")
	}
	_, err = a.retire(0)
	a.must(err)
	emptied, err := a.s.Checkpoint(t.Context())
	if err != nil || !emptied {
		t.Fatal(emptied, err)
	}
	for i := range 80 {
		if a.goes[id(i)] == found(words(i)) || a.goes[id(i)] && found(fmt.Sprintf("p-%016x", i)) {
			t.Errorf("%s: is to go %v, is found %v", id(i), a.goes[id(i)], found(words(i)))
		}
	}
}
