package studies_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/posts"
	"huiying/internal/store/storetest"
	"huiying/internal/store/studies"
)

// What is linked to a topic is found from the one that it went into, goes with a
// reason, and stays in the log and in the table whatever anybody does.
func TestInterpretations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		book := studies.New(s)
		at := clock.Now()
		storetest.Write(t, s, func(ctx context.Context, tx *store.Tx) error {
			p := huiying.Post{ID: "weibo:1", Source: "s", Platform: "weibo", Kind: "post", URL: "https://example.test/", Text: "排队", Author: huiying.Author{ID: "h:1", Verified: "none"}, PublishedAt: at, CollectedAt: at}
			_, err := posts.SaveEvent(ctx, tx, huiying.NewEvent(huiying.Judgement{Post: p, Topic: "t-old", Level: huiying.LevelNone, LevelWhy: []string{}}, at))
			return err
		})
		good := query.Interpretation{Topic: "t-old", Kind: query.PaperText, Title: "  关于 取号的\n解读 ", URL: "https://example.org/jd/1", At: at.Add(-time.Hour), By: "officer"}
		for name, c := range map[string]struct {
			change func(*query.Interpretation)
			code   huiying.Code
		}{
			"kind": {func(i *query.Interpretation) { i.Kind = "rumour" }, huiying.Invalid}, "title": {func(i *query.Interpretation) { i.Title = " " }, huiying.Invalid},
			"long": {func(i *query.Interpretation) { i.Title = strings.Repeat("长", 121) }, huiying.Invalid}, "url": {func(i *query.Interpretation) { i.URL = "javascript:alert(1)" }, huiying.Invalid},
			"future": {func(i *query.Interpretation) { i.At = clock.Now().Add(time.Hour) }, huiying.Invalid}, "topic": {func(i *query.Interpretation) { i.Topic = "t-none" }, huiying.NotFound},
		} {
			bad := good
			c.change(&bad)
			if err := book.Link(t.Context(), bad); huiying.ErrorCode(err) != c.code {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := book.Link(t.Context(), good); err != nil {
			t.Fatal(err)
		}
		storetest.Exec(t, s, `INSERT INTO topic_joins (old, topic) VALUES ('t-old', 't-new')`)
		list, err := book.Interpretations(t.Context(), "t-new")
		if err != nil || len(list) != 1 || list[0].Title != "关于 取号的 解读" || list[0].RemovedBy != "" || !list[0].At.Equal(good.At) {
			t.Fatalf("%+v %v", list, err)
		}
		removal := query.InterpretationRemoval{Topic: "t-new", ID: list[0].ID, Actor: huiying.Actor{ID: "boss"}}
		if err := book.Unlink(t.Context(), removal); huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("without a reason: %v", err)
		}
		removal.Reason = "链接有误"
		other := removal
		other.Topic = "t-other"
		if err := book.Unlink(t.Context(), other); huiying.ErrorCode(err) != huiying.NotFound {
			t.Errorf("of another topic: %v", err)
		}
		if err := book.Unlink(t.Context(), removal); err != nil {
			t.Fatal(err)
		}
		if err := book.Unlink(t.Context(), removal); huiying.ErrorCode(err) != huiying.Conflict {
			t.Errorf("twice: %v", err)
		}
		if list, err = book.Interpretations(t.Context(), "t-new"); err != nil || list[0].RemovedBy != "boss" || list[0].Reason != "链接有误" {
			t.Errorf("%+v %v", list, err)
		}
		for _, sql := range []string{`DELETE FROM interpretations`, `UPDATE interpretations SET title = ''`, `DELETE FROM interpretation_removals`, `UPDATE interpretation_removals SET reason = ''`} {
			err := s.Write(t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.ExecContext(ctx, sql)
				return err
			})
			if err == nil {
				t.Errorf("%s is let through", sql)
			}
		}
		log, err := access.New(s).Entries(t.Context(), "t-new", 10)
		if err != nil || len(log) != 1 || log[0].Action != access.InterpretationRemoved || log[0].Actor != "boss" {
			t.Errorf("%+v %v", log, err)
		}
	})
}
