package disclosure_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/disclosure"
	"huiying/internal/store/posts"
	"huiying/internal/store/storetest"
)

func fine(query.Disclosure) error { return nil }

func change(facts ...query.DisclosureFact) query.NewDisclosure {
	return query.NewDisclosure{Year: 2017, Source: query.FactEntered, Actor: huiying.Actor{ID: "wang"}, Facts: facts}
}

// Every change is kept with who and when, and stands in the log; what is the
// same as before changes nothing and stays whose it was.
func TestChange(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		b := disclosure.New(s)
		first := change(query.DisclosureFact{Fact: "openness.published", Value: 546}, query.DisclosureFact{Fact: "letters.received", Cell: "hotline", Value: 2, Note: "含转办"})
		first.Texts = []query.DisclosureText{{Part: "overview", Text: "概述。"}}
		if n, err := b.Change(t.Context(), first, fine); err != nil || n != 3 {
			t.Fatal(n, err)
		}
		clock.Advance(time.Hour)
		again := first
		again.Actor.ID, again.Source = "li", query.FactImported
		again.Facts = append(again.Facts, query.DisclosureFact{Fact: "openness.made", Value: 0})
		again.Facts[0].AtLeast = true
		if n, err := b.Change(t.Context(), again, fine); err != nil || n != 2 {
			t.Fatal(n, err)
		}
		d, err := b.Year(t.Context(), 2017)
		if err != nil || len(d.Facts) != 3 || d.Text("overview") != "概述。" {
			t.Fatalf("%+v %v", d, err)
		}
		if f, _ := d.Fact("letters.received", "hotline"); f.By != "wang" || f.Source != query.FactEntered || f.Note != "含转办" || !f.At.Equal(storetest.Start()) {
			t.Errorf("%+v", f)
		}
		if f, _ := d.Fact("openness.published", ""); f.By != "li" || f.Source != query.FactImported || !f.AtLeast {
			t.Errorf("%+v", f)
		}
		if f, ok := d.Fact("openness.made", ""); !ok || f.Value != 0 {
			t.Error("zero is not kept as a number")
		}
		log, err := access.New(s).Of(t.Context(), "2017/openness.published", access.DisclosureChanged, 10)
		if err != nil || len(log) != 2 || log[0].Actor != "li" || log[0].Detail != "546 → 546+ (imported)" || log[1].Detail != "- → 546 (entered)" {
			t.Errorf("%+v %v", log, err)
		}
		gone := change()
		gone.Remove, gone.Texts = []string{"letters.received/hotline", "nothing"}, []query.DisclosureText{{Part: "overview"}}
		if n, err := b.Change(t.Context(), gone, fine); err != nil || n != 2 {
			t.Error(n, err)
		}
		if d, err = b.Year(t.Context(), 2017); err != nil || len(d.Facts) != 2 || len(d.Texts) != 0 {
			t.Errorf("%+v %v", d, err)
		}
		if years, err := b.Years(t.Context()); err != nil || len(years) != 1 || years[0] != 2017 {
			t.Error(years, err)
		}
	})
}

// What the check refuses is not written, nothing with it, and the log says
// nothing.
func TestRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		b := disclosure.New(s)
		no := errors.New("no")
		saw := 0
		_, err := b.Change(t.Context(), change(query.DisclosureFact{Fact: "openness.published", Value: 1}), func(d query.Disclosure) error { saw = len(d.Facts); return no })
		if !errors.Is(err, no) || saw != 1 {
			t.Error(err, saw)
		}
		d, err := b.Year(t.Context(), 2017)
		log, e := access.New(s).Entries(t.Context(), "2017/openness.published", 10)
		if err != nil || e != nil || len(d.Facts) != 0 || len(log) != 0 {
			t.Error(d, log, err, e)
		}
	})
}

// A release keeps what was then, is numbered, and cannot be changed or taken
// away.
func TestRelease(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		b := disclosure.New(s)
		if _, err := b.Change(t.Context(), change(query.DisclosureFact{Fact: "openness.published", Value: 546}), fine); err != nil {
			t.Fatal(err)
		}
		ask := query.DisclosureRelease{Year: 2017, Form: "2008", By: "head", Office: "某中心"}
		whole := func(d query.Disclosure) (query.Disclosure, error) { return d, nil }
		first, err := b.Release(t.Context(), ask, whole)
		if err != nil || first.Edition != 1 || first.ID == "" || !first.At.Equal(storetest.Start()) {
			t.Fatal(first, err)
		}
		no := errors.New("no")
		if _, err := b.Release(t.Context(), ask, func(query.Disclosure) (query.Disclosure, error) { return query.Disclosure{}, no }); !errors.Is(err, no) {
			t.Error(err)
		}
		clock.Advance(time.Hour)
		if _, err := b.Change(t.Context(), change(query.DisclosureFact{Fact: "openness.published", Value: 547}), fine); err != nil {
			t.Fatal(err)
		}
		if second, err := b.Release(t.Context(), ask, whole); err != nil || second.Edition != 2 {
			t.Error(second, err)
		}
		list, err := b.Releases(t.Context(), 2017)
		if err != nil || len(list) != 2 {
			t.Fatal(list, err)
		}
		for i, want := range []float64{547, 546} {
			if f, _ := list[i].Data.Fact("openness.published", ""); f.Value != want || list[i].Office != "某中心" {
				t.Errorf("%d: %+v", i, f)
			}
		}
		if r, err := b.Newest(t.Context(), 2017, "2008"); err != nil || r.Edition != 2 {
			t.Error(r, err)
		}
		if _, err := b.Newest(t.Context(), 2017, "2021"); huiying.ErrorCode(err) != huiying.NotFound {
			t.Error(err)
		}
		for _, statement := range []string{`UPDATE disclosure_releases SET data = '{}'`, `DELETE FROM disclosure_releases`} {
			err := s.Write(t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.ExecContext(ctx, statement)
				return err
			})
			if err == nil || !strings.Contains(err.Error(), "stays as it is") {
				t.Errorf("%s: %v", statement, err)
			}
		}
	})
}

// The office's own posts are those of an account the platform verified as a
// government's and the office named, up to the end of the year, not deleted.
func TestOwnPosts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		end := time.Date(2018, 1, 1, 0, 0, 0, 0, s.Zone())
		post := func(id, platform, kind, name, verified string, at time.Time, deleted bool) huiying.Event {
			return huiying.Event{Data: huiying.Judgement{Post: huiying.Post{
				ID: id, Source: "weibo-own", Platform: platform, Kind: kind, Author: huiying.Author{ID: "1", Name: name, Verified: verified}, PublishedAt: at, CollectedAt: storetest.Start(), Deleted: deleted,
			}}}
		}
		events := []huiying.Event{
			post("weibo:1", "weibo", "post", "政务大厅", "government", end.Add(-time.Hour), false),
			post("weibo:2", "weibo", "repost", "政务大厅", "government", end.AddDate(-1, 0, -1), false),
			post("weibo:3", "weibo", "post", "政务大厅", "government", end, false),
			post("weibo:4", "weibo", "post", "政务大厅", "none", end.Add(-time.Hour), false),
			post("weibo:5", "weibo", "post", "别的大厅", "government", end.Add(-time.Hour), false),
			post("weibo:c6", "weibo", "comment", "政务大厅", "government", end.Add(-time.Hour), false),
			post("portal:7", "portal", "post", "政务大厅", "government", end.Add(-time.Hour), false),
			post("weibo:8", "weibo", "post", "政务大厅", "government", end.Add(-time.Hour), true),
		}
		if err := posts.NewArchive(s).SaveEvents(t.Context(), events); err != nil {
			t.Fatal(err)
		}
		ids, at, err := disclosure.OwnPosts(t.Context(), s.Reader(), []string{"政务大厅"}, end)
		if err != nil || strings.Join(ids, " ") != "weibo:2 weibo:1" || len(at) != 2 || !at[1].Equal(end.Add(-time.Hour)) {
			t.Error(ids, at, err)
		}
		p, c, err := disclosure.Begin(t.Context(), s.Reader())
		if err != nil || !p.Equal(storetest.Start()) || !c.IsZero() {
			t.Error(p, c, err)
		}
	})
}
