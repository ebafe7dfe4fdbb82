package posts_test

import (
	"context"
	"testing"
	"time"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/posts"
	"huiying/internal/store/storetest"
)

// A notice of deletion marks the post and keeps its words, tags and level.
func TestDeletionKeepsTheWords(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		at := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
		whole := huiying.Post{ID: "weibo:7", Source: "s", Platform: "weibo", Kind: "post", Text: "窗口没人", CollectedAt: at}
		gone := huiying.Post{ID: "weibo:7", Source: "s", Platform: "weibo", Kind: "post", Deleted: true, CollectedAt: at.Add(time.Hour)}
		tagged := huiying.Judgement{Post: whole, Level: huiying.LevelOrange, Tags: []huiying.Tag{{Rule: "r-1", Level: huiying.LevelOrange}}}
		for _, j := range []huiying.Judgement{tagged, {Post: gone, Level: huiying.LevelNone}} {
			err := s.Write(t.Context(), store.Bulk, func(ctx context.Context, tx *store.Tx) error {
				_, err := posts.SaveEvent(ctx, tx, huiying.NewEvent(j, at))
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		got, err := posts.Get(t.Context(), s.Reader(), "weibo:7")
		if err != nil {
			t.Fatal(err)
		}
		p := got.Judgement.Post
		if !p.Deleted || p.Text != "窗口没人" || got.Judgement.Level != huiying.LevelOrange || len(got.Judgement.Tags) != 1 {
			t.Errorf("after the deletion: %+v", got.Judgement)
		}
		if got.Revision != gone.Revision() || !p.CollectedAt.Equal(gone.CollectedAt) {
			t.Errorf("the row is not the notice's: %s %v", got.Revision, p.CollectedAt)
		}
	})
}
