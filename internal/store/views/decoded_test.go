package views_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/cases"
	"huiying/internal/store/posts"
	"huiying/internal/store/storetest"
	"huiying/internal/store/views"
)

// A case that moved on is seen as it is now, by views that decoded it before
// and by those that never did; one that ended is seen no more.
func TestCasesMoveOn(t *testing.T) {
	d := newDesk(t)
	var none time.Time
	due := func(minutes int) []huiying.Clock {
		return []huiying.Clock{clock("yq.ack", d.now.Add(time.Duration(minutes)*time.Minute), none, none)}
	}
	var open []huiying.Case
	for i := range 1200 { // more than one question reads
		open = append(open, d.open(huiying.Case{State: huiying.StateHandling, Unit: "u-hall", Title: fmt.Sprintf("第%d件", i), Clocks: due(1000 + i)}))
	}
	list := func(v *views.Views) query.CaseList {
		t.Helper()
		l, err := v.Cases(t.Context(), query.CaseFilter{Scope: everybody, ByDue: true, Limit: 5})
		d.must(err)
		return l
	}
	if l := list(d.views); l.Total != 1200 || l.Rows[0].No != open[0].No {
		t.Fatalf("%d, %s first", l.Total, l.Rows[0].No)
	}
	last, first := open[1199], open[0]
	last.Version, last.Title, last.Clocks = last.Version+1, "急件", due(5)
	first.Version, first.State = first.Version+1, huiying.StateClosed
	d.write(func(ctx context.Context, tx *store.Tx) error {
		if err := cases.Put(ctx, tx, first); err != nil {
			return err
		}
		return cases.Put(ctx, tx, last)
	})
	for name, v := range map[string]*views.Views{"views that knew it": d.views, "others": views.New(d.store)} {
		if l := list(v); l.Total != 1199 || l.Rows[0].No != last.No || l.Rows[0].Title != "急件" || l.Rows[1].No != open[1].No {
			t.Errorf("%s: %d, %s %s first", name, l.Total, l.Rows[0].No, l.Rows[0].Title)
		}
	}
}

// Whoever asks for figures after Warm has no case to decode: here none could be.
func TestWarm(t *testing.T) {
	d := newDesk(t)
	for _, days := range []int{1, 29, 59, 61} {
		d.open(huiying.Case{State: huiying.StateClosed, FirstSeenAt: d.now.AddDate(0, 0, -days).Add(-time.Hour), RespondedAt: d.now.AddDate(0, 0, -days)})
	}
	d.must(d.views.Warm(t.Context()))
	storetest.Exec(t, d.store, `UPDATE cases SET body = '-'`)
	for name, v := range map[string]*views.Views{"warm": d.views, "cold": views.New(d.store)} {
		for since, want := range map[int]int{30: 2, 60: 3} {
			f, err := v.Figures(t.Context(), everybody, d.now.AddDate(0, 0, -since), time.Time{})
			if (name == "warm") != (err == nil) || err == nil && f.Answered != want {
				t.Errorf("%s, of %d days: %d answered, %v", name, since, f.Answered, err)
			}
		}
	}
}

// What follows a page stays there when its last case moves on or is closed.
func TestPagesStandStill(t *testing.T) {
	d := newDesk(t)
	var none time.Time
	var open []huiying.Case
	for i := range 6 {
		open = append(open, d.open(huiying.Case{State: huiying.StateHandling, Unit: "u-hall", Clocks: []huiying.Clock{clock("yq.ack", d.now.Add(time.Duration(i)*time.Hour), none, none)}}))
	}
	ask := query.CaseFilter{Scope: everybody, ByDue: true, Limit: 2}
	page := func() string {
		t.Helper()
		l, err := d.views.Cases(t.Context(), ask)
		d.must(err)
		ask.Before = l.Next
		return fmt.Sprint(numbers(l.Rows))
	}
	page()
	last := open[1]
	last.Version, last.Clocks = last.Version+1, []huiying.Clock{clock("yq.respond", d.now.Add(9*time.Hour), none, none)}
	d.write(func(ctx context.Context, tx *store.Tx) error { return cases.Put(ctx, tx, last) })
	if got := page(); got != "[3 4]" {
		t.Errorf("behind a case that moved on: %s", got)
	}
	closed := open[3]
	closed.Version, closed.State = closed.Version+1, huiying.StateClosed
	d.write(func(ctx context.Context, tx *store.Tx) error { return cases.Put(ctx, tx, closed) })
	if got := page(); got != "[5 6]" {
		t.Errorf("behind a case that was closed: %s", got)
	}
	if got := page(); got != "[2]" || ask.Before != "" {
		t.Errorf("the last page: %s, then %q", got, ask.Before)
	}
}

// Questions whose words run together to the same ones are two questions.
func TestQuestionsAreToldApart(t *testing.T) {
	d := newDesk(t)
	one := d.open(huiying.Case{State: huiying.StateHandling, Unit: "u-hall", Owner: "han"})
	for _, c := range []struct {
		unit, owner string
		want        int
	}{{"u-hallh", "an", 0}, {"u-hall", "han", 1}, {"u-hal", "lhan", 0}} {
		l, err := d.views.Cases(t.Context(), query.CaseFilter{Scope: everybody, ByDue: true, Unit: c.unit, Owner: c.owner, Limit: 5})
		d.must(err)
		if l.Total != c.want || c.want == 1 && l.Rows[0].No != one.No {
			t.Errorf("%s, %s: %d cases, want %d", c.unit, c.owner, l.Total, c.want)
		}
	}
}

// TestPostsAreAsTheyStand: whatever was decoded before, lists show the words of
// now, the level and place that people gave, and no words that were removed; of
// more posts than are kept decoded as well.
func TestPostsAreAsTheyStand(t *testing.T) {
	d := newDesk(t)
	first := d.event(time.Hour, huiying.LevelYellow, "r-queue")
	save := func(ev huiying.Event) {
		t.Helper()
		d.write(func(ctx context.Context, tx *store.Tx) error { _, err := posts.SaveEvent(ctx, tx, ev); return err })
	}
	save(first)
	const many = 2500 // more than two generations
	for range many {
		d.post(time.Minute, huiying.LevelNone)
	}
	seen := func() query.PostRow {
		t.Helper()
		for before := int64(0); ; { // all of them, so that the first is asked for last
			l, err := d.views.Posts(t.Context(), query.PostFilter{Scope: everybody, Before: before, Limit: 500})
			d.must(err)
			if before = l.Next; before == 0 {
				break
			}
		}
		l, err := d.views.Posts(t.Context(), query.PostFilter{Scope: everybody, IDs: []string{first.Subject}})
		d.must(err)
		if len(l.Rows) != 1 {
			t.Fatalf("%d rows", len(l.Rows))
		}
		return l.Rows[0]
	}
	for range 2 {
		if got := seen(); got.Judgement.Post.Text != first.Data.Post.Text || got.Judgement.Level != huiying.LevelYellow {
			t.Fatalf("%+v", got.Judgement)
		}
	}
	storetest.Exec(t, d.store, `UPDATE posts SET level = 'red' WHERE id = '`+first.Subject+`'`)
	if got := seen(); got.Judgement.Level != huiying.LevelRed || got.Judged.Level != huiying.LevelYellow {
		t.Errorf("a level by hand: %s, judged %s", got.Judgement.Level, got.Judged.Level)
	}
	edited := first
	edited.Data.Post.Text, edited.Data.Post.CollectedAt = "改过的话", d.now
	save(edited)
	if got := seen(); got.Judgement.Post.Text != "改过的话" || got.Revision != edited.Data.Post.Revision() {
		t.Errorf("edited: %q", got.Judgement.Post.Text)
	}
	if other, err := views.New(d.store).Posts(t.Context(), query.PostFilter{Scope: query.Scope{Unit: "u-hall"}, IDs: []string{first.Subject}}); err != nil || len(other.Rows) != 0 {
		t.Errorf("another unit sees %d, %v", len(other.Rows), err)
	}
	if other, err := d.views.Posts(t.Context(), query.PostFilter{Scope: query.Scope{Unit: "u-hall"}, IDs: []string{first.Subject}}); err != nil || len(other.Rows) != 0 {
		t.Errorf("another unit sees what was decoded for everybody: %d, %v", len(other.Rows), err)
	}
}
