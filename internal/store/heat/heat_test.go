package heat_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/corrections"
	"huiying/internal/store/heat"
	"huiying/internal/store/posts"
	"huiying/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func some(rnd *rand.Rand, words ...string) (out []string) {
	for _, w := range words {
		if rnd.IntN(3) == 0 {
			out = append(out, w)
		}
	}
	rnd.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// event is a revision of one of few posts, collected at a random time: also
// before one that was saved already.
func event(rnd *rand.Rand, id int) huiying.Event {
	at := storetest.Start().Add(time.Duration(rnd.IntN(6*24*60)) * time.Minute)
	p := huiying.Post{
		ID: fmt.Sprintf("weibo:%d", id), Source: "weibo-mentions", Platform: []string{"weibo", "portal"}[id%2], Kind: "post", URL: "https://example.test/",
		Text: fmt.Sprint("文字", rnd.IntN(4)), Author: huiying.Author{ID: "h:1", Name: "h:2", Verified: "none"},
		PublishedAt: storetest.Start(), CollectedAt: at, Held: rnd.IntN(8) == 0, Deleted: rnd.IntN(8) == 0,
	}
	if id%9 == 0 {
		p.Platform = "system"
	}
	return huiying.NewEvent(huiying.Judgement{
		Post: p, Level: huiying.LevelNone, LevelWhy: []string{}, ServiceItems: some(rnd, "i-3", "i-1", "i-2"), Places: some(rnd, "乙镇", "甲村"),
	}, at)
}

// put puts one of few posts at a place, as a person would; what is refused changes
// nothing.
func put(t *testing.T, s *store.Store, rnd *rand.Rand, id int) {
	t.Helper()
	book := corrections.New(s, nil, "乙镇", "甲村", "丙镇")
	err := book.Correct(t.Context(), query.NewCorrection{
		Post: fmt.Sprintf("weibo:%d", id), Field: query.CorrectPlace, Value: append(book.Places(), query.NoPlace)[rnd.IntN(4)],
		Reason: "看过原文", Actor: huiying.Actor{ID: "press"},
	})
	if code := huiying.ErrorCode(err); err != nil && code != huiying.NotFound && code != huiying.Conflict {
		t.Fatal(err)
	}
}

// counted is the table of days made anew from the posts as they stand.
func counted(t *testing.T, s *store.Store) map[string]int {
	t.Helper()
	type row struct {
		seen                       int64
		platform, judgement, place string
		out                        bool
	}
	list, err := store.Collect[row](s.Reader().QueryContext(t.Context(), `SELECT first_seen_at, platform, judgement, held = 1 OR withdrawn = 1, coalesce((SELECT c.value FROM corrections c
			WHERE c.post_id = posts.id AND c.n = (SELECT max(n) FROM corrections WHERE post_id = posts.id AND field = 'place')), '') FROM posts`))(
		func(r *sql.Rows) (p row, err error) {
			return p, r.Scan(&p.seen, &p.platform, &p.judgement, &p.out, &p.place)
		})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, p := range list {
		var j huiying.Judgement
		if err := json.Unmarshal([]byte(p.judgement), &j); err != nil {
			t.Fatal(err)
		}
		switch p.place {
		case "":
		case query.NoPlace:
			j.Places = nil
		default:
			j.Places = []string{p.place}
		}
		slices.Sort(j.ServiceItems)
		slices.Sort(j.Places)
		if p.out || p.platform == "system" || len(j.ServiceItems)+len(j.Places) == 0 {
			continue
		}
		day := store.Time(p.seen).In(s.Zone()).Format("20060102")
		out[strings.Join([]string{day, p.platform, strings.Join(j.ServiceItems, "+"), strings.Join(j.Places, "+")}, " ")]++
	}
	return out
}

func read(t *testing.T, s *store.Store) map[string]int {
	t.Helper()
	list, err := heat.Days(t.Context(), s.Reader(), 0, 99999999)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, d := range list {
		out[fmt.Sprintf("%d %s %s %s", d.Day, d.Platform, strings.Join(d.Items, "+"), strings.Join(d.Places, "+"))] = d.Posts
	}
	return out
}

func agree(t *testing.T, s *store.Store, when string) {
	t.Helper()
	if got, want := read(t, s), counted(t, s); !maps.Equal(got, want) {
		t.Fatalf("%s: counted %v, the posts say %v", when, got, want)
	}
}

// However posts are revised, come late, are held, purged, withdrawn or put at
// another place, each counts once, as it stands.
func TestDaysAreThePosts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		rnd := rand.New(rand.NewPCG(7, 7))
		for step := range 400 {
			id := rnd.IntN(30)
			switch rnd.IntN(20) {
			case 0:
				storetest.Exec(t, s, fmt.Sprintf(`UPDATE posts SET text = '', judgement = '{"post":{"withdrawn":true},"level":"none"}', withdrawn = 1 WHERE id = 'weibo:%d'`, id))
			case 1:
				storetest.Exec(t, s, fmt.Sprintf(`DELETE FROM posts WHERE id = 'weibo:%d'`, id))
			case 2, 3:
				put(t, s, rnd, id)
			default:
				save(t, s, event(rnd, id))
			}
			if step%20 == 0 {
				agree(t, s, fmt.Sprint("after step ", step))
			}
		}
		agree(t, s, "in the end")
		days := read(t, s)
		if len(days) < 10 {
			t.Error("hardly anything was counted")
		}
		if !slices.ContainsFunc(slices.Collect(maps.Keys(days)), func(day string) bool { return strings.HasSuffix(day, "丙镇") }) {
			t.Errorf("where people put posts, and no judgement does, none is counted: %v", days)
		}
	})
}

func save(t *testing.T, s *store.Store, ev huiying.Event) {
	t.Helper()
	storetest.Write(t, s, func(ctx context.Context, tx *store.Tx) error {
		_, err := posts.SaveEvent(ctx, tx, ev)
		return err
	})
}

// Posts that were archived before the counting are counted in slices, however
// often it is broken off, while others are saved; each once.
func TestCountsWhatWasThereBefore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		rnd := rand.New(rand.NewPCG(3, 9))
		for id := range 60 {
			save(t, s, event(rnd, id))
			if id%5 == 0 {
				put(t, s, rnd, id)
			}
		}
		// As a database of before has them.
		storetest.Exec(t, s, `DELETE FROM post_heat`, `DELETE FROM heat_state`, `INSERT INTO heat_state (name, value) SELECT 'next', max(n) FROM posts`)
		if len(read(t, s)) != 0 {
			t.Fatal("something is left")
		}
		for slices := 0; ; slices++ {
			save(t, s, event(rnd, rnd.IntN(70)))
			if slices == 3 {
				storetest.Exec(t, s, `DELETE FROM posts WHERE id = 'weibo:2'`)
			}
			more, err := heat.Behind(t.Context(), s, 7)
			if err != nil {
				t.Fatal(err)
			}
			left, err := heat.Waiting(t.Context(), s.Reader())
			if err != nil || more != (left > 0) {
				t.Fatalf("%d left, more %v: %v", left, more, err)
			}
			if !more {
				break
			}
			if slices > 20 {
				t.Fatal("it does not end")
			}
		}
		agree(t, s, "when all is counted")
		if more, err := heat.Behind(t.Context(), s, 7); more || err != nil {
			t.Errorf("once more: %v %v", more, err)
		}
		list, err := heat.Posts(t.Context(), s.Reader(), 0, 99999999)
		if err != nil || len(list) != sum(read(t, s)) {
			t.Errorf("%d posts of %d, %v", len(list), sum(read(t, s)), err)
		}
	})
}

func sum(m map[string]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}
