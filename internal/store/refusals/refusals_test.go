package refusals_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/posts"
	"huiying/internal/store/refusals"
	"huiying/internal/store/storetest"
)

const (
	author = "p-00000000000000aa"
	other  = "p-00000000000000bb"
	third  = "p-00000000000000cc"
)

func open(t *testing.T) (*store.Store, *refusals.Book) {
	t.Helper()
	now := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	s := storetest.New(t, store.Options{Now: func() time.Time { return now }})
	return s, refusals.New(s)
}

func save(t *testing.T, s *store.Store, id, by, kind string) {
	t.Helper()
	verified := "none"
	if id == "weibo:paper" {
		verified = "media"
	}
	ev := huiying.NewEvent(huiying.Judgement{Level: huiying.LevelBlue, Tags: []huiying.Tag{{Rule: "r", Name: "r"}}, Post: huiying.Post{
		ID: id, Source: "weibo", Platform: "weibo", Kind: kind, Text: "石榴籽说的话", Author: huiying.Author{ID: by, Verified: verified}, Evidence: "sha256:" + id,
		CollectedAt: time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC),
	}}, time.Now())
	if err := posts.NewArchive(s).SaveEvents(t.Context(), []huiying.Event{ev}); err != nil {
		t.Fatal(err)
	}
}

func refuse(keys ...string) query.NewRefusal {
	return query.NewRefusal{Platform: "weibo", Keys: keys, Reason: "person", Reference: "2026-7", Actor: huiying.Actor{ID: "root"}}
}

func TestAdd(t *testing.T) {
	_, b := open(t)
	for name, change := range map[string]func(*query.NewRefusal){
		"reason":    func(r *query.NewRefusal) { r.Reason = "石榴籽要求" },
		"reference": func(r *query.NewRefusal) { r.Reference = "石榴籽" },
		"nobody":    func(r *query.NewRefusal) { r.Keys = nil },
		"a name":    func(r *query.NewRefusal) { r.Keys = []string{"石榴籽"} },
	} {
		r := refuse(author)
		change(&r)
		if _, err := b.Add(t.Context(), r, nothing); huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	id, err := b.Add(t.Context(), refuse(author, other), nothing)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Add(t.Context(), refuse(other), nothing); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("twice: %v", err)
	}
	if err := b.Lift(t.Context(), id, huiying.Actor{ID: "root"}, nothing); err != nil {
		t.Fatal(err)
	}
	if err := b.Lift(t.Context(), id, huiying.Actor{ID: "root"}, nothing); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("lifted twice: %v", err)
	}
	if keys, err := b.Keys(t.Context()); err != nil || len(keys) != 0 {
		t.Errorf("keys after it was lifted: %v, %v", keys, err)
	}
	if again, err := b.Add(t.Context(), refuse(author, other), nothing); err != nil || again != id {
		t.Errorf("refused again: %s, %v", again, err)
	}
	if owed, err := b.Owed(t.Context()); err != nil || len(owed) != 1 || !slices.Equal(owed[0].Keys, []string{author, other}) {
		t.Errorf("owed: %+v, %v", owed, err)
	}
}

// The purge takes everything of the authors and nothing of anybody else; what
// a case is about keeps its id and times, and posts do not come back.
func TestPurge(t *testing.T) {
	s, b := open(t)
	for i := range 45 {
		save(t, s, fmt.Sprintf("weibo:%d", i), []string{author, other, third}[i%3], huiying.KindPost)
	}
	save(t, s, "hotline:1", author, huiying.KindTicket)
	save(t, s, "weibo:paper", author, huiying.KindPost)
	err := s.Write(t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO case_posts (case_no, post_id) VALUES ('HY1', 'weibo:0')`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	id, err := b.Add(t.Context(), refuse(author), nothing)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Also(t.Context(), author, other); err != nil {
		t.Fatal(err)
	}
	keys := []string{author, other}
	for {
		doomed, err := b.Next(t.Context(), keys)
		if err != nil {
			t.Fatal(err)
		}
		if len(doomed) == 0 {
			break
		}
		if doomed[0].Evidence[0] != "sha256:"+doomed[0].ID {
			t.Fatalf("evidence %v", doomed[0])
		}
		if err := b.Remove(t.Context(), id, doomed, 1); err != nil {
			t.Fatal(err)
		}
	}
	left, err := b.Left(t.Context(), keys)
	if err != nil || left != 0 {
		t.Errorf("left %d, %v", left, err)
	}
	list, err := b.All(t.Context())
	if err != nil || list[0].Posts != 30 || list[0].Revisions != 30 || list[0].Pages != 2 {
		t.Errorf("counted: %+v, %v", list, err)
	}
	for id, want := range map[string]bool{"weibo:0": true, "weibo:1": false, "weibo:2": true, "hotline:1": true, "weibo:paper": true} {
		p, err := posts.Get(t.Context(), s.Reader(), id)
		if (err == nil) != want {
			t.Errorf("%s: %v", id, err)
		}
		if id == "weibo:0" && (p.Judgement.Post.Text != "" || !p.Judgement.Post.Withdrawn || p.Judgement.Post.Author.ID != "" || p.Judgement.Post.CollectedAt.IsZero()) {
			t.Errorf("what a case keeps: %+v", p)
		}
	}
	save(t, s, "weibo:90", author, huiying.KindPost)
	save(t, s, "hotline:2", author, huiying.KindTicket)
	if _, err := posts.Get(t.Context(), s.Reader(), "weibo:90"); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("a late post: %v", err)
	}
	if _, err := posts.Get(t.Context(), s.Reader(), "hotline:2"); err != nil {
		t.Errorf("a hand-over: %v", err)
	}
}

// A purge ends with a look that finds nothing, made by all keys there are.
func TestChecked(t *testing.T) {
	_, b := open(t)
	if _, err := b.Add(t.Context(), refuse(author), nothing); err != nil {
		t.Fatal(err)
	}
	owed := func() []refusals.Owed {
		list, err := b.Owed(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	first := owed()[0]
	check := func(o refusals.Owed, left int, last bool) {
		t.Helper()
		if err := b.Checked(t.Context(), o, left, last); err != nil {
			t.Fatal(err)
		}
	}
	check(first, 2, true)
	check(first, 0, false)
	if len(owed()) != 1 {
		t.Error("ended with something left, or too early")
	}
	if err := b.Also(t.Context(), author, other); err != nil {
		t.Fatal(err)
	}
	check(first, 0, true)
	if len(owed()) != 1 {
		t.Error("ended without the key that was learnt meanwhile")
	}
	check(owed()[0], 0, true)
	if len(owed()) != 0 {
		t.Error("does not end")
	}
}

func nothing(context.Context, *store.Tx, string) error { return nil }
