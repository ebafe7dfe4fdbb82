package corrections_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/corrections"
	"huiying/internal/store/posts"
	"huiying/internal/store/refusals"
	"huiying/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func units(context.Context) ([]huiying.Unit, error) {
	return []huiying.Unit{{ID: "u-hall", Name: "大厅"}, {ID: "u-it", Name: "信息科"}}, nil
}

// judged is a post as the analyzer leaves it, collected so many minutes after
// the start.
func judged(id, text string, minutes int) huiying.Judgement {
	at := storetest.Start().Add(time.Duration(minutes) * time.Minute)
	return huiying.Judgement{
		Post:      huiying.Post{ID: id, Source: "weibo", Platform: "weibo", Kind: huiying.KindPost, Text: text, Author: huiying.Author{ID: "p-00000000000000aa"}, CollectedAt: at},
		Intent:    &huiying.Intent{Label: "complaint"},
		Sentiment: &huiying.Sentiment{Label: "negative", Unsure: true},
		Routing:   []huiying.Route{{Unit: "u-hall", Score: .7}, {Unit: "u-it", Score: .2}},
		Level:     huiying.LevelNone,
	}
}

func save(t *testing.T, s *store.Store, list ...huiying.Judgement) {
	t.Helper()
	var events []huiying.Event
	for _, j := range list {
		events = append(events, huiying.NewEvent(j, j.Post.CollectedAt))
	}
	if err := posts.NewArchive(s).SaveEvents(t.Context(), events); err != nil {
		t.Fatal(err)
	}
}

func correct(post, field, value string) query.NewCorrection {
	return query.NewCorrection{Post: post, Field: field, Value: value, Actor: huiying.Actor{ID: "duty"}}
}

func of(t *testing.T, s *store.Store, post string) []query.Correction {
	t.Helper()
	list, err := corrections.Of(t.Context(), s.Reader(), post)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// What is said last counts, what was said before stays, and the judgement is
// as it was.
func TestCorrect(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		b := corrections.New(s, units)
		j := judged("weibo:1", "排队三小时", 0)
		save(t, s, j)
		for _, c := range [][2]string{{"intent", "enquiry"}, {"unit", "u-it"}, {"intent", "help"}, {"sentiment", "negative"}} {
			clock.Advance(time.Minute)
			if err := b.Correct(t.Context(), correct("weibo:1", c[0], c[1])); err != nil {
				t.Fatal(err)
			}
		}
		revision, at := j.Post.Revision(), storetest.Start()
		want := []query.Correction{
			{Field: "intent", Revision: revision, Said: "complaint", Value: "enquiry", By: "duty", At: at.Add(time.Minute)},
			{Field: "unit", Revision: revision, Said: "u-hall", Value: "u-it", By: "duty", At: at.Add(2 * time.Minute)},
			{Field: "intent", Revision: revision, Said: "complaint", Value: "help", By: "duty", At: at.Add(3 * time.Minute)},
			{Field: "sentiment", Revision: revision, Said: "negative", Unsure: true, Value: "negative", By: "duty", At: at.Add(4 * time.Minute)},
		}
		got := of(t, s, "weibo:1")
		if !slices.Equal(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		if c, ok := (query.PostPage{Corrections: got}).Corrected("intent"); !ok || c.Value != "help" {
			t.Errorf("what counts: %+v", c)
		}
		p, err := posts.Get(t.Context(), s.Reader(), "weibo:1")
		if err != nil || p.Judgement.Intent.Label != "complaint" {
			t.Errorf("the judgement: %+v, %v", p.Judgement.Intent, err)
		}
		log, err := access.New(s).Of(t.Context(), "weibo:1", access.Corrected, 10)
		if err != nil || len(log) != 4 || log[1].Detail != "intent: enquiry → help" || log[1].Actor != "duty" {
			t.Errorf("the log: %+v, %v", log, err)
		}
	})
}

func TestRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		b := corrections.New(s, units)
		finding, gone := judged("system:1", "首页 16 天未更新", 0), judged("weibo:2", "", 0)
		finding.Post.Finding, gone.Post.Withdrawn = &huiying.Finding{Check: "home-stale"}, true
		save(t, s, judged("weibo:1", "排队三小时", 0), finding, gone)
		if err := b.Correct(t.Context(), correct("weibo:1", "unit", "u-it")); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			query.NewCorrection
			code huiying.Code
		}{
			{correct("weibo:1", "level", "red"), huiying.Invalid},
			{correct("weibo:1", "intent", "burn"), huiying.Invalid},
			{correct("weibo:1", "sentiment", ""), huiying.Invalid},
			{correct("weibo:1", "unit", "u-none"), huiying.Invalid},
			{correct("weibo:1", "intent", "complaint"), huiying.Conflict},
			{correct("weibo:1", "unit", "u-it"), huiying.Conflict},
			{correct("weibo:3", "intent", "help"), huiying.NotFound},
			{correct("system:1", "intent", "help"), huiying.Conflict},
			{correct("weibo:2", "intent", "help"), huiying.Conflict},
		} {
			if err := b.Correct(t.Context(), c.NewCorrection); huiying.ErrorCode(err) != c.code {
				t.Errorf("%+v: %v, want %s", c.NewCorrection, err, c.code)
			}
		}
		if n := len(of(t, s, "weibo:1")); n != 1 {
			t.Errorf("%d corrections are kept", n)
		}
		lost := errors.New("the units cannot be read")
		b = corrections.New(s, func(context.Context) ([]huiying.Unit, error) { return nil, lost })
		if err := b.Correct(t.Context(), correct("weibo:1", "unit", "u-hall")); !errors.Is(err, lost) {
			t.Error(err)
		}
		if err := corrections.New(s, nil).Correct(t.Context(), correct("weibo:1", "unit", "u-hall")); huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("an office without units: %v", err)
		}
	})
}

// What is taught is the answer that counts, with the words as they are now.
func TestLessons(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		b := corrections.New(s, units)
		save(t, s, judged("weibo:1", "第一版", 0), judged("weibo:2", "另一条", 0))
		for _, c := range [][3]string{{"weibo:2", "intent", "help"}, {"weibo:1", "intent", "enquiry"}, {"weibo:1", "intent", "report"}, {"weibo:1", "unit", "u-it"}} {
			if err := b.Correct(t.Context(), correct(c[0], c[1], c[2])); err != nil {
				t.Fatal(err)
			}
		}
		save(t, s, judged("weibo:1", "第二版", 5))
		lessons, err := b.Lessons(t.Context(), query.CorrectIntent)
		if err != nil {
			t.Fatal(err)
		}
		var got [][2]string
		for _, l := range lessons {
			got = append(got, [2]string{l.Value, l.Judgement.Post.Text})
		}
		if want := [][2]string{{"help", "另一条"}, {"report", "第二版"}}; !slices.Equal(got, want) {
			t.Errorf("%v", got)
		}
	})
}

// With a purged post its corrections go, also where a case keeps its number.
func TestForgotten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		b, book := corrections.New(s, units), refusals.New(s)
		other := judged("weibo:3", "别人的", 0)
		other.Post.Author.ID = "p-00000000000000bb"
		save(t, s, judged("weibo:1", "路过", 0), judged("weibo:2", "排队", 0), other)
		storetest.Exec(t, s, `INSERT INTO case_posts (case_no, post_id) VALUES ('HY1', 'weibo:2')`)
		for _, id := range []string{"weibo:1", "weibo:2", "weibo:3"} {
			if err := b.Correct(t.Context(), correct(id, "intent", "help")); err != nil {
				t.Fatal(err)
			}
		}
		keys := []string{"p-00000000000000aa"}
		id, err := book.Add(t.Context(), query.NewRefusal{Platform: "weibo", Keys: keys, Reason: "person", Actor: huiying.Actor{ID: "root"}},
			func(context.Context, *store.Tx, string) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		doomed, err := book.Next(t.Context(), keys)
		if err != nil || len(doomed) != 2 {
			t.Fatalf("%v, %v", doomed, err)
		}
		if err := book.Remove(t.Context(), id, doomed, 0); err != nil {
			t.Fatal(err)
		}
		for id, want := range map[string]int{"weibo:1": 0, "weibo:2": 0, "weibo:3": 1} {
			if n := len(of(t, s, id)); n != want {
				t.Errorf("%s has %d corrections, want %d", id, n, want)
			}
		}
		if lessons, err := b.Lessons(t.Context(), query.CorrectIntent); err != nil || len(lessons) != 1 || lessons[0].Judgement.Post.ID != "weibo:3" {
			t.Errorf("%+v, %v", lessons, err)
		}
	})
}
