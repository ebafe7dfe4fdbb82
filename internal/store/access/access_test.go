package access_test

import (
	"context"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/posts"
	"huiying/internal/store/storetest"
)

func newLog(t *testing.T) (*access.Log, *store.Store) {
	t.Helper()
	now := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	s := storetest.New(t, store.Options{Now: func() time.Time { return now }})
	return access.New(s), s
}

func archive(t *testing.T, s *store.Store, id string) {
	t.Helper()
	ev := huiying.NewEvent(huiying.Judgement{Level: huiying.LevelBlue, Tags: []huiying.Tag{{Rule: "r"}}, Post: huiying.Post{
		ID: id, Source: "weibo", Platform: "weibo", CollectedAt: time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC),
	}}, time.Now())
	if err := posts.NewArchive(s).SaveEvents(t.Context(), []huiying.Event{ev}); err != nil {
		t.Fatal(err)
	}
}

func TestReveal(t *testing.T) {
	l, _ := newLog(t)
	for _, who := range []string{"a", "b"} {
		if err := l.Reveal(t.Context(), huiying.Actor{ID: who}, "weibo:1"); err != nil {
			t.Fatal(err)
		}
	}
	got, err := l.Entries(t.Context(), "weibo:1", 10)
	if err != nil || len(got) != 2 || got[0].Actor != "b" || got[0].Action != access.Revealed || got[0].At.IsZero() {
		t.Errorf("%+v %v", got, err)
	}
	if other, err := l.Entries(t.Context(), "weibo:2", 10); err != nil || len(other) != 0 {
		t.Errorf("%+v %v", other, err)
	}
	if all, err := l.Entries(t.Context(), "", 1); err != nil || len(all) != 1 {
		t.Errorf("%+v %v", all, err)
	}
}

func TestSetAside(t *testing.T) {
	l, s := newLog(t)
	archive(t, s, "weibo:1")
	archive(t, s, "weibo:2")
	if err := s.Write(t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE posts SET case_no = 'HY20261123-0001' WHERE id = 'weibo:2'`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]huiying.Code{"weibo:1": "", "weibo:2": huiying.Conflict, "weibo:3": huiying.NotFound} {
		err := l.SetAside(t.Context(), query.Aside{Post: id, Actor: huiying.Actor{ID: "officer"}, Reason: query.AsideFalseAlarm})
		if huiying.ErrorCode(err) != want {
			t.Errorf("%s: %v", id, err)
		}
		entries, err := l.Entries(t.Context(), id, 10)
		if err != nil || (want == "") != (len(entries) == 1) {
			t.Errorf("%s: %v %v", id, entries, err)
		}
	}
	p, err := posts.Get(t.Context(), s.Reader(), "weibo:1")
	if err != nil || !p.Triaged {
		t.Errorf("%+v %v", p, err)
	}
}

// What was set aside comes back within seconds, by the same hand, and the log has
// both.
func TestTakeBack(t *testing.T) {
	l, s := newLog(t)
	archive(t, s, "weibo:1")
	officer, other := huiying.Actor{ID: "officer"}, huiying.Actor{ID: "other"}
	back := func(by huiying.Actor, want huiying.Code) {
		t.Helper()
		if err := l.TakeBack(t.Context(), "weibo:1", by); huiying.ErrorCode(err) != want {
			t.Errorf("%v", err)
		}
	}
	back(officer, huiying.Conflict)
	if err := l.SetAside(t.Context(), query.Aside{Post: "weibo:1", Actor: officer, Reason: query.AsideFalseAlarm}); err != nil {
		t.Fatal(err)
	}
	back(other, huiying.Conflict)
	back(officer, "")
	back(officer, huiying.Conflict)
	if p, err := posts.Get(t.Context(), s.Reader(), "weibo:1"); err != nil || p.Triaged {
		t.Errorf("%+v, %v", p, err)
	}
	entries, err := l.Entries(t.Context(), "weibo:1", 10)
	if err != nil || len(entries) != 2 {
		t.Errorf("%v, %v", entries, err)
	}
}
