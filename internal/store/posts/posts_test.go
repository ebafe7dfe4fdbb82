package posts_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/posts"
	"huiying/internal/store/refusals"
	"huiying/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// event is a judgement of a post collected so many minutes after the start.
func event(id, text string, minutes int, rules ...string) huiying.Event {
	at := storetest.Start().Add(time.Duration(minutes) * time.Minute)
	j := huiying.Judgement{
		Post: huiying.Post{
			ID: id, Source: "weibo-mentions", Platform: "weibo", Kind: "post", URL: "https://example.test/" + id, Text: text,
			Author: huiying.Author{ID: "h:1", Name: "h:2", Verified: "none"}, PublishedAt: storetest.Start().Add(-time.Hour),
			CollectedAt: at, Region: "宁夏", Engagement: huiying.Engagement{Comments: 3},
		},
		Topic: "t-hall", Level: huiying.LevelNone, LevelWhy: []string{},
	}
	for _, r := range rules {
		j.Level = huiying.LevelOrange
		j.Tags = append(j.Tags, huiying.Tag{Rule: r, Name: "规则" + r, Level: huiying.LevelOrange, Matches: []huiying.Match{}})
	}
	return huiying.NewEvent(j, at)
}

func save(t *testing.T, s *store.Store, ev huiying.Event) (fresh bool) {
	t.Helper()
	storetest.Write(t, s, func(ctx context.Context, tx *store.Tx) (err error) {
		fresh, err = posts.SaveEvent(ctx, tx, ev)
		return err
	})
	return fresh
}

func get(t *testing.T, s *store.Store, id string) posts.Stored {
	t.Helper()
	p, err := posts.Get(t.Context(), s.Reader(), id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// dump writes the tables as they are, in a fixed order.
func dump(t *testing.T, s *store.Store) string {
	t.Helper()
	var all []string
	for _, query := range []string{
		`SELECT id || '|' || revision || '|' || collected_at || '|' || first_seen_at || '|' || level || '|' || rule || '|' || text ||
			'|' || case_no || '|' || triaged || '|' || deleted || '|' || judgement FROM posts ORDER BY id`,
		`SELECT post_id || '|' || revision || '|' || collected_at || '|' || post FROM post_revisions ORDER BY post_id, revision`,
		`SELECT post_id || '|' || rule || '|' || name || '|' || level FROM post_tags ORDER BY post_id, rule`,
	} {
		lines, err := store.Collect[string](s.Reader().QueryContext(t.Context(), query))(storetest.String)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, lines...)
	}
	return strings.Join(all, "\n")
}

func TestSaveAndGet(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		ev := event("weibo:1", "大厅排队三小时", 0, "r-queue", "r-hall")
		ev = ev.In(s.Zone()) // as it comes from the bus
		if !save(t, s, ev) || save(t, s, ev) {
			t.Error("fresh the first time, and only then")
		}
		want := posts.Stored{Judgement: ev.In(time.UTC).Data, Judged: query.Judged{Level: ev.Data.Level}, Revision: ev.Data.Post.Revision(), FirstSeenAt: storetest.Start()}
		if d := cmp.Diff(want, get(t, s, "weibo:1")); d != "" {
			t.Error(d)
		}
		if _, err := posts.Get(t.Context(), s.Reader(), "weibo:2"); huiying.ErrorCode(err) != huiying.NotFound {
			t.Error(err)
		}
		var rule string
		err := s.Reader().QueryRowContext(t.Context(), `SELECT rule FROM posts WHERE id = 'weibo:1'`).Scan(&rule)
		if err != nil || rule != "r-queue" {
			t.Errorf("top rule %q, %v", rule, err)
		}
	})
}

// A post is archived once it is there as it was collected then.
func TestArchived(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		ev := event("weibo:1", "大厅排队三小时", 0)
		save(t, s, ev)
		at := ev.Data.Post.CollectedAt
		for _, c := range []struct {
			asked map[string]time.Time
			want  bool
		}{
			{nil, true},
			{map[string]time.Time{"weibo:1": at}, true},
			{map[string]time.Time{"weibo:1": at.Add(-time.Hour)}, true},
			{map[string]time.Time{"weibo:1": at.Add(time.Second)}, false},
			{map[string]time.Time{"weibo:1": at, "weibo:2": at}, false},
		} {
			if got, err := posts.Archived(t.Context(), s.Reader(), c.asked); err != nil || got != c.want {
				t.Errorf("%v: %v, %v", c.asked, got, err)
			}
		}
	})
}

func TestRefusesAPostWithoutIdentity(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		err := posts.NewArchive(s).SaveEvents(t.Context(), []huiying.Event{event("weibo:1", "好", 0), event("", "坏", 0)})
		if huiying.ErrorCode(err) != huiying.Invalid {
			t.Error(err)
		}
		if got := dump(t, s); got != "" {
			t.Errorf("kept %q", got)
		}
	})
}

func TestOlderNeverOverwritesNewer(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		for _, ev := range []huiying.Event{
			event("weibo:1", "第二版", 10, "r-b"), event("weibo:1", "第一版", 5, "r-a"), event("weibo:1", "第三版", 20, "r-c", "r-d"),
		} {
			if !save(t, s, ev) {
				t.Error("a revision was not fresh")
			}
		}
		if save(t, s, event("weibo:1", "第二版", 10, "r-b")) {
			t.Error("a known revision was fresh")
		}
		p := get(t, s, "weibo:1")
		if p.Judgement.Post.Text != "第三版" || !p.FirstSeenAt.Equal(storetest.Start().Add(5*time.Minute)) {
			t.Errorf("%s, first seen %v", p.Judgement.Post.Text, p.FirstSeenAt)
		}
		revisions, err := posts.Revisions(t.Context(), s.Reader(), "weibo:1")
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, r := range revisions {
			texts = append(texts, r.Post.Text)
		}
		if d := cmp.Diff([]string{"第一版", "第二版", "第三版"}, texts); d != "" {
			t.Error(d)
		}
		if tags := dump(t, s); !strings.Contains(tags, "weibo:1|r-c") || strings.Contains(tags, "weibo:1|r-b|") {
			t.Errorf("tags are not those of the newest: %s", tags)
		}
	})
}

func TestCaseAndTriageSurvive(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		// The case knew the post before the archive had it.
		storetest.Exec(t, s, `INSERT INTO case_posts (case_no, post_id) VALUES ('HY20261123-0001', 'weibo:1')`)
		save(t, s, event("weibo:1", "一", 0))
		storetest.Write(t, s, func(ctx context.Context, tx *store.Tx) error { return posts.SetTriaged(ctx, tx, "weibo:1", true) })
		save(t, s, event("weibo:1", "二", 5))
		if p := get(t, s, "weibo:1"); p.CaseNo != "HY20261123-0001" || !p.Triaged || p.Judgement.Post.Text != "二" {
			t.Errorf("%+v", p)
		}
		err := s.Write(t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
			return posts.SetTriaged(ctx, tx, "weibo:none", true)
		})
		if huiying.ErrorCode(err) != huiying.NotFound {
			t.Error(err)
		}
	})
}

// TestSavedTwiceIsWrittenOnce: what alerts comes with its alert and once more
// with the archive, which then has nothing to write, nor to undo.
func TestSavedTwiceIsWrittenOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		changes := func() (n int) {
			t.Helper()
			if err := s.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM post_changes`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		ev := event("weibo:1", "大厅排队", 0, "r-queue")
		save(t, s, ev)
		// Meanwhile people took it out of its topic, dealt with it and gave it a level.
		storetest.Exec(t, s, `UPDATE posts SET topic = 't-own', triaged = 1, level = 'red' WHERE id = 'weibo:1'`)
		before, n := dump(t, s), changes()
		if save(t, s, ev.In(s.Zone())) || dump(t, s) != before || changes() != n {
			t.Errorf("written again, %d changes:\n%s\n%s", changes()-n, before, dump(t, s))
		}
		other := ev
		other.Data.Tags = append(slices.Clone(ev.Data.Tags), huiying.Tag{Rule: "r-hall", Name: "大厅", Level: huiying.LevelYellow, Matches: []huiying.Match{}})
		if save(t, s, other) || changes() == n || len(get(t, s, "weibo:1").Judgement.Tags) != 2 {
			t.Error("the same words, judged otherwise, are not what stands there")
		}
		storetest.Exec(t, s, `DELETE FROM post_facets`)
		save(t, s, other)
		var there bool
		if err := s.Reader().QueryRowContext(t.Context(), `SELECT EXISTS (SELECT 1 FROM post_facets)`).Scan(&there); err != nil || !there {
			t.Error("a post without facets is saved again", err)
		}
	})
}

func TestArchiveTakesMoreThanABatch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		var events []huiying.Event
		for i := range 2*posts.MaxBatch + 1 {
			events = append(events, event(fmt.Sprintf("weibo:%d", i), "文", i))
		}
		for range 2 {
			if err := posts.NewArchive(s).SaveEvents(t.Context(), events); err != nil {
				t.Fatal(err)
			}
		}
		var n int
		if err := s.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM posts`).Scan(&n); err != nil || n != len(events) {
			t.Errorf("%d posts, %v", n, err)
		}
	})
}

// Whatever the order, however often, and by whichever way events are saved,
// the outcome is one.
func TestOutcomeDoesNotDependOnTheOrder(t *testing.T) {
	s, _ := storetest.Open(t)
	clear := []string{`DELETE FROM posts`, `DELETE FROM post_revisions`, `DELETE FROM post_tags`}
	rapid.Check(t, func(rt *rapid.T) {
		var events []huiying.Event
		for i := range rapid.IntRange(1, 8).Draw(rt, "events") {
			events = append(events, event(
				fmt.Sprintf("weibo:%d", rapid.IntRange(1, 2).Draw(rt, "id")),
				rapid.SampledFrom([]string{"甲", "乙", "丙"}).Draw(rt, "text"),
				i, // collected one after another
				rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"r-a", "r-b", "r-c"}), 0, 3, rapid.ID).Draw(rt, "rules")...))
		}
		storetest.Exec(t, s, clear...)
		if err := posts.NewArchive(s).SaveEvents(t.Context(), events); err != nil {
			rt.Fatal(err)
		}
		want := dump(t, s)
		storetest.Exec(t, s, clear...)
		shuffled := rapid.Permutation(append(slices.Clone(events), events...)).Draw(rt, "order")
		storetest.Write(t, s, func(ctx context.Context, tx *store.Tx) error {
			for _, ev := range shuffled {
				if _, err := posts.SaveEvent(ctx, tx, ev); err != nil {
					return err
				}
			}
			return nil
		})
		if d := cmp.Diff(want, dump(t, s)); d != "" {
			rt.Fatal(d)
		}
	})
}

// A held post stays held while its words are the same, and a post that was
// alerted does not become held.
func TestHeld(t *testing.T) {
	s, _ := storetest.Open(t)
	held := func(id string) bool {
		t.Helper()
		got, err := posts.Held(t.Context(), s.Reader(), id)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	old := event("weibo:1", "去年的投诉", 0, "r-a")
	old.Data.Post.Held = true
	save(t, s, old)
	liked := event("weibo:1", "去年的投诉", 5, "r-a")
	liked.Data.Post.Engagement.Likes = 500
	save(t, s, liked)
	if !held("weibo:1") {
		t.Error("a like took the hold away")
	}
	save(t, s, event("weibo:1", "去年的投诉，今天又出现了", 10, "r-a"))
	if held("weibo:1") || held("weibo:none") {
		t.Error("new words are held")
	}
	save(t, s, event("weibo:2", "今天的投诉", 0, "r-a"))
	again := event("weibo:2", "今天的投诉", 5, "r-a")
	again.Data.Post.Held = true
	save(t, s, again)
	if held("weibo:2") {
		t.Error("a post that was alerted became held")
	}
}

// A post that was purged and that its site still shows is collected anew with
// its words, and can be purged again; a message from before the purge that comes
// late, or a notice of deletion, brings nothing back.
func TestWithdrawnPostIsCollectedAnew(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		const id = "weibo:1"
		state := func() string {
			t.Helper()
			var withdrawn bool
			var text string
			var revisions int
			err := s.Reader().QueryRowContext(t.Context(), `
				SELECT withdrawn, text, (SELECT count(*) FROM post_revisions r WHERE r.post_id = p.id AND r.post LIKE '%排队%') FROM posts p WHERE id = $1`, id).
				Scan(&withdrawn, &text, &revisions)
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprintf("withdrawn %v, %q, %d revisions with words, %v", withdrawn, text, revisions, get(t, s, id).Judgement.Post.Withdrawn)
		}
		want := func(what, w string) {
			t.Helper()
			if got := state(); got != w {
				t.Errorf("%s: %s, want %s", what, got, w)
			}
		}
		withdraw := func() {
			storetest.Write(t, s, func(ctx context.Context, tx *store.Tx) error {
				if _, err := tx.ExecContext(ctx, `INSERT INTO case_posts (case_no, post_id) VALUES ('HY1', $1) ON CONFLICT DO NOTHING`, id); err != nil {
					return err
				}
				return refusals.Withdraw(ctx, tx, id)
			})
		}
		save(t, s, event(id, "排队三小时", 1, "r-a"))
		withdraw()
		const gone = `withdrawn true, "", 0 revisions with words, true`
		want("withdrawn", gone)
		save(t, s, event(id, "排队三小时", 1, "r-a"))
		save(t, s, event(id, "排队", 0, "r-a"))
		want("late messages", gone)
		notice := event(id, "", 2)
		notice.Data.Post.Deleted = true
		save(t, s, notice)
		want("a notice of deletion", gone)
		save(t, s, event(id, "排队三小时", 3, "r-a"))
		want("collected anew", `withdrawn false, "排队三小时", 1 revisions with words, false`)
		withdraw()
		want("again", gone)
	})
}

// Posts of a span of time come in order, whenever they were collected.
func TestBetween(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		at := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
		var events []huiying.Event
		for i, id := range []string{"weibo:3", "weibo:1", "weibo:2", "weibo:4"} {
			p := huiying.Post{ID: id, Source: "s", Platform: "weibo", Kind: "post", Text: id, CollectedAt: at, PublishedAt: at.Add(time.Duration(id[6]-'0') * time.Hour)}
			events = append(events, huiying.NewEvent(huiying.Judgement{Post: p, Level: huiying.LevelNone}, at.Add(time.Duration(i))))
		}
		if err := posts.NewArchive(s).SaveEvents(t.Context(), events); err != nil {
			t.Fatal(err)
		}
		var got []string
		for p, err := range posts.Between(t.Context(), s.Reader(), at.Add(2*time.Hour), at.Add(4*time.Hour)) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, p.ID)
		}
		if len(got) != 2 || got[0] != "weibo:2" || got[1] != "weibo:3" {
			t.Errorf("got %v", got)
		}
	})
}
