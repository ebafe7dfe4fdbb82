package studies_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/cases"
	"huiying/internal/store/corrections"
	"huiying/internal/store/posts"
	"huiying/internal/store/storetest"
	"huiying/internal/store/studies"
	"huiying/internal/store/topics"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var officer = huiying.Actor{ID: "officer", Roles: []huiying.Role{huiying.RoleOfficer}}

// archive keeps a post of a topic, seen when the test begins.
func archive(t *testing.T, s *store.Store, id, topic string, change func(j *huiying.Judgement)) {
	t.Helper()
	p := huiying.Post{
		ID: id, Source: "weibo", Platform: "weibo", Kind: huiying.KindPost, Text: "排队", CollectedAt: storetest.Start(),
		PublishedAt: storetest.Start().Add(-time.Hour), PublishedPrecision: huiying.PrecisionMinute, Author: huiying.Author{ID: "k1"},
	}
	j := huiying.Judgement{Post: p, Topic: topic, Level: huiying.LevelNone, Keywords: []huiying.Keyword{{Word: "窗口"}}, Intent: &huiying.Intent{Label: "complaint"}}
	if change != nil {
		change(&j)
	}
	if err := posts.NewArchive(s).SaveEvents(t.Context(), []huiying.Event{huiying.NewEvent(j, storetest.Start())}); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, s *store.Store, scope query.Scope, topic string) query.Study {
	t.Helper()
	got, err := studies.New(s).Study(t.Context(), scope, topic)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// Posts count at the time they were published where that is known to the minute;
// what a person corrected counts before what was judged.
func TestStudy(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		archive(t, s, "weibo:1", "t-a", nil)
		archive(t, s, "weibo:2", "t-a", func(j *huiying.Judgement) {
			j.Post.PublishedPrecision, j.Post.PublishedAt = huiying.PrecisionDay, storetest.Start().Add(-9*time.Hour)
			j.Sentiment, j.DuplicateOf, j.Post.RootID = &huiying.Sentiment{Label: "negative", Unsure: true}, "weibo:1", "weibo:1"
		})
		archive(t, s, "weibo:3", "t-a", func(j *huiying.Judgement) {
			j.Post.PublishedAt, j.Post.Deleted = storetest.Start().Add(time.Hour), true
		})
		archive(t, s, "weibo:4", "t-b", nil)
		if err := corrections.New(s, nil).Correct(t.Context(), query.NewCorrection{Post: "weibo:1", Field: "intent", Value: "enquiry", Actor: officer}); err != nil {
			t.Fatal(err)
		}
		got := read(t, s, query.Scope{All: true}, "t-a").Posts
		if len(got) != 3 {
			t.Fatalf("%+v", got)
		}
		if p := got[0]; p.ID != "weibo:1" || !p.At.Equal(storetest.Start().Add(-time.Hour)) || p.Intent != "enquiry" || !slices.Equal(p.Words, []string{"窗口"}) {
			t.Errorf("%+v", p)
		}
		if p := got[1]; p.ID != "weibo:2" || !p.At.Equal(storetest.Start()) || p.Sentiment != "" || p.DuplicateOf != "weibo:1" || p.Under != "weibo:1" || p.Intent != "complaint" {
			t.Errorf("only the day is known: %+v", p)
		}
		if p := got[2]; !p.At.Equal(storetest.Start()) || !p.Gone || len(p.Words) > 0 {
			t.Errorf("published after it was seen, and gone: %+v", p)
		}
	})
}

// Cases are those of the topic and of what was merged into it, as far as whoever
// asks may see them.
func TestCases(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		for n, topic := range []string{"t-a", "t-b", "t-c"} {
			c := huiying.Case{No: cases.Number("20261123", int64(n+1)), Version: 1, State: huiying.StateHandling, Level: huiying.LevelOrange, Topic: topic, Unit: "u-hall", OpenedAt: storetest.Start()}
			if n == 1 {
				c.Unit = "u-it"
			}
			if err := s.Write(t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error { return cases.Put(ctx, tx, c) }); err != nil {
				t.Fatal(err)
			}
		}
		merge := huiying.TopicChange{Action: huiying.TopicMerged, Topic: "t-a", From: "t-b", By: "officer", At: storetest.Start()}
		if err := topics.New(s).Save(t.Context(), merge); err != nil {
			t.Fatal(err)
		}
		if got := read(t, s, query.Scope{All: true}, "t-a").Cases; len(got) != 2 {
			t.Errorf("%+v", got)
		}
		if got := read(t, s, query.Scope{Unit: "u-it"}, "t-a").Cases; len(got) != 1 || got[0].Unit != "u-it" {
			t.Errorf("of one unit: %+v", got)
		}
	})
}

// A pin follows its post into another topic, and twice is once.
func TestPins(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		b := studies.New(s)
		archive(t, s, "weibo:1", "t-a", nil)
		archive(t, s, "weibo:2", "t-a", nil)
		for range 2 {
			if err := b.Pin(t.Context(), "t-a", "weibo:1", true, officer); err != nil {
				t.Fatal(err)
			}
		}
		if got := read(t, s, query.Scope{All: true}, "t-a").Pins; len(got) != 1 || got[0].By != "officer" || got[0].At.IsZero() {
			t.Errorf("%+v", got)
		}
		if err := b.Pin(t.Context(), "t-b", "weibo:1", false, officer); huiying.ErrorCode(err) != huiying.NotFound {
			t.Errorf("unpinned through another topic: %v", err)
		}
		cut := huiying.TopicChange{Action: huiying.TopicSplit, Topic: "t-new", From: "t-a", Posts: []string{"weibo:1"}, By: "officer", At: storetest.Start()}
		if err := topics.New(s).Save(t.Context(), cut); err != nil {
			t.Fatal(err)
		}
		if a, b := read(t, s, query.Scope{All: true}, "t-a").Pins, read(t, s, query.Scope{All: true}, "t-new").Pins; len(a) != 0 || len(b) != 1 {
			t.Errorf("after a split: %v, %v", a, b)
		}
		for range 2 {
			if err := b.Pin(t.Context(), "t-new", "weibo:1", false, officer); err != nil {
				t.Fatal(err)
			}
		}
		if got := read(t, s, query.Scope{All: true}, "t-new").Pins; len(got) != 0 {
			t.Errorf("%+v", got)
		}
		for i := range 20 {
			archive(t, s, fmt.Sprint("weibo:m", i), "t-a", nil)
			if err := b.Pin(t.Context(), "t-a", fmt.Sprint("weibo:m", i), true, officer); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.Pin(t.Context(), "t-a", "weibo:2", true, officer); huiying.ErrorCode(err) != huiying.Conflict {
			t.Errorf("the twenty-first: %v", err)
		}
	})
}

// A summary is never overwritten: each version stays, and whoever has not read the
// newest is refused.
func TestSummaries(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		archive(t, s, "weibo:1", "t-a", nil)
		b := studies.New(s)
		write := func(text string, after int) error {
			return b.Summarise(t.Context(), query.NewTopicSummary{Topic: "t-a", Text: text, Read: after, Actor: officer})
		}
		if err := write(" 第一版\r\n两行 ", 0); err != nil {
			t.Fatal(err)
		}
		for text, want := range map[string]huiying.Code{" ": huiying.Invalid, strings.Repeat("长", 1001): huiying.Invalid, "晚到的": huiying.Conflict} {
			if err := write(text, 0); huiying.ErrorCode(err) != want {
				t.Errorf("%.9q: %v", text, err)
			}
		}
		if err := write("第二版", 1); err != nil {
			t.Fatal(err)
		}
		got := read(t, s, query.Scope{All: true}, "t-a").Summary
		if len(got) != 2 || got[0].Text != "第二版" || got[0].Version != 2 || got[1].Text != "第一版\n两行" || got[1].By != "officer" {
			t.Errorf("%+v", got)
		}
	})
}

// What was written of an event that is part of another now stays to be read
// there, and is nobody's newest version; of no event nothing is written.
func TestSummariesOfMerged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		archive(t, s, "weibo:1", "t-a", nil)
		archive(t, s, "weibo:2", "t-b", nil)
		b := studies.New(s)
		write := func(topic, text string, after int) error {
			return b.Summarise(t.Context(), query.NewTopicSummary{Topic: topic, Text: text, Read: after, Actor: officer})
		}
		for _, text := range []string{"乙的第一版", "乙的第二版"} {
			if err := write("t-b", text, len(read(t, s, query.Scope{All: true}, "t-b").Summary)); err != nil {
				t.Fatal(err)
			}
		}
		merge := huiying.TopicChange{Action: huiying.TopicMerged, Topic: "t-a", From: "t-b", By: "officer", At: storetest.Start()}
		if err := topics.New(s).Save(t.Context(), merge); err != nil {
			t.Fatal(err)
		}
		if err := write("t-b", "晚到的", 2); huiying.ErrorCode(err) != huiying.NotFound {
			t.Errorf("of an event that is no more: %v", err)
		}
		if err := write("t-a", "甲的第一版", 0); err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, one := range read(t, s, query.Scope{All: true}, "t-a").Summary {
			said = append(said, fmt.Sprint(one.Of, one.Version, one.Text))
		}
		if want := []string{"1甲的第一版", "t-b2乙的第二版", "t-b1乙的第一版"}; !slices.Equal(said, want) {
			t.Errorf("%q, want %q", said, want)
		}
	})
}

func TestPast(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		for i := range 5 {
			archive(t, s, fmt.Sprint("weibo:a", i), "t-a", nil)
			archive(t, s, fmt.Sprint("weibo:b", i), "t-b", nil)
		}
		archive(t, s, "weibo:c", "t-c", nil)
		name := huiying.TopicChange{Action: huiying.TopicRenamed, Topic: "t-a", Title: "大厅排队", By: "officer", At: storetest.Start()}
		if err := topics.New(s).Save(t.Context(), name); err != nil {
			t.Fatal(err)
		}
		got, err := studies.New(s).Past(t.Context(), "t-x")
		want := []query.PastTopic{{ID: "t-b", First: "weibo:b0", Size: 5}, {ID: "t-a", Title: "大厅排队", First: "weibo:a0", Size: 5}}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%+v, %v", got, err)
		}
		if got, err := studies.New(s).Past(t.Context(), "t-a"); err != nil || len(got) != 1 {
			t.Errorf("%+v, %v", got, err)
		}
	})
}
