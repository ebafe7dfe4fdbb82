package corrections_test

import (
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/corrections"
	"huiying/internal/store/posts"
	"huiying/internal/store/storetest"
)

// judgedAs archives a revision of a post with a level and a place.
func judgedAs(t *testing.T, s *store.Store, text string, level huiying.Level, at time.Time) {
	t.Helper()
	p := huiying.Post{ID: "weibo:77", Source: "weibo", Platform: "weibo", Kind: huiying.KindPost, Text: text, CollectedAt: at}
	e := huiying.NewEvent(huiying.Judgement{Post: p, Level: level, Places: []string{"城东街道"}}, at)
	if err := posts.NewArchive(s).SaveEvents(t.Context(), []huiying.Event{e}); err != nil {
		t.Fatal(err)
	}
}

// The level and place that a person gave hold when the post is collected anew,
// also as deleted, until it is judged more urgent than they had seen and said.
func TestByHandHolds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		b := corrections.New(s, nil, "城东街道", "滨河街道")
		at := storetest.Start()
		now := func() (posts.Stored, [2]string) {
			p, err := posts.Get(t.Context(), s.Reader(), "weibo:77")
			if err != nil {
				t.Fatal(err)
			}
			var f [2]string
			err = s.Reader().QueryRowContext(t.Context(), `SELECT level, places FROM post_facets`).Scan(&f[0], &f[1])
			if err != nil {
				t.Fatal(err)
			}
			return p, f
		}
		give := func(field, value string) {
			t.Helper()
			if err := b.Correct(t.Context(), query.NewCorrection{Post: "weibo:77", Field: field, Value: value, Reason: "看过原文", Actor: huiying.Actor{ID: "press"}}); err != nil {
				t.Fatal(err)
			}
		}
		judgedAs(t, s, "排队", huiying.LevelOrange, at)
		give("level", "blue")
		give("place", "滨河街道")
		for i, c := range []struct {
			text   string
			judged huiying.Level
			counts string
		}{{"排队", "orange", "blue"}, {"排队一", "yellow", "blue"}, {"排队二", "orange", "blue"}, {"", "orange", "blue"}, {"排队三", "red", "red"}} {
			judgedAs(t, s, c.text, c.judged, at.Add(time.Duration(i+1)*time.Minute))
			p, f := now()
			if string(p.Judgement.Level) != c.counts || p.Judged.Level != c.judged || f != [2]string{c.counts, "滨河街道"} || p.Judgement.Places[0] != "滨河街道" || p.Judged.Places[0] != "城东街道" {
				t.Errorf("%q judged %s: %+v, facets %v", c.text, c.judged, p.Judgement, f)
			}
		}
		give("level", "yellow")
		give("place", query.NoPlace)
		if p, f := now(); f != [2]string{"yellow", ""} || len(p.Judgement.Places) != 0 || p.Judged.Level != huiying.LevelRed {
			t.Errorf("given anew: %+v %v", p.Judgement, f)
		}
		list, err := corrections.Of(t.Context(), s.Reader(), "weibo:77")
		if err != nil || len(list) != 4 || list[2].Said != "red" || list[1].Said != "城东街道" || list[0].Reason != "看过原文" {
			t.Errorf("kept: %+v, %v", list, err)
		}
	})
}
