package topics_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/cases"
	"huiying/internal/store/posts"
	"huiying/internal/store/storetest"
	"huiying/internal/store/topics"
	"huiying/internal/store/views"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// archive keeps a post of a topic; under is the post it was written under.
func archive(t *testing.T, s *store.Store, id, topic, under string) {
	t.Helper()
	p := huiying.Post{ID: id, ParentID: under, RootID: under, Source: "weibo", Platform: "weibo", Kind: huiying.KindPost, Text: "排队", CollectedAt: storetest.Start()}
	e := huiying.NewEvent(huiying.Judgement{Post: p, Topic: topic, Level: huiying.LevelNone}, p.CollectedAt)
	if err := posts.NewArchive(s).SaveEvents(t.Context(), []huiying.Event{e}); err != nil {
		t.Fatal(err)
	}
}

// in lists the posts of a topic.
func in(t *testing.T, s *store.Store, topic string) []string {
	t.Helper()
	list, err := views.New(s).Posts(t.Context(), query.PostFilter{Scope: query.Scope{All: true}, Topic: topic})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range list.Rows {
		out = append(out, r.Judgement.Post.ID)
	}
	slices.Sort(out)
	return out
}

func save(t *testing.T, s *store.Store, list ...huiying.TopicChange) {
	t.Helper()
	for _, c := range list {
		if err := topics.New(s).Save(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
}

func merge(into, from string) huiying.TopicChange {
	return huiying.TopicChange{Action: huiying.TopicMerged, Topic: into, From: from, By: "press", At: storetest.Start()}
}

// Archived posts follow a merge, those that are archived later under the old
// name too, and so does a second merge; a split takes posts with what was said
// under them.
func TestPostsFollow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		archive(t, s, "weibo:1", "t-a", "")
		archive(t, s, "weibo:2", "t-b", "")
		archive(t, s, "weibo:c3", "t-b", "weibo:2")
		save(t, s, merge("t-a", "t-b"))
		archive(t, s, "weibo:4", "t-b", "")
		save(t, s, merge("t-x", "t-a"))
		archive(t, s, "weibo:5", "t-b", "")
		if got := in(t, s, "t-x"); !slices.Equal(got, []string{"weibo:1", "weibo:2", "weibo:4", "weibo:5", "weibo:c3"}) {
			t.Errorf("merged: %v", got)
		}
		cut := huiying.TopicChange{Action: huiying.TopicSplit, Topic: "t-new", From: "t-x", Posts: []string{"weibo:2", "weibo:none"}, Title: "另一件", By: "press", At: storetest.Start().Add(time.Minute)}
		save(t, s, cut, cut)
		if got := in(t, s, "t-new"); !slices.Equal(got, []string{"weibo:2", "weibo:c3"}) {
			t.Errorf("split: %v", got)
		}
		if got := in(t, s, "t-x"); !slices.Equal(got, []string{"weibo:1", "weibo:4", "weibo:5"}) {
			t.Errorf("left: %v", got)
		}
	})
}

// Posts that were added follow with what is said under them and stay, though a
// judgement that comes later has another topic; so do comments that come later.
// What is decided of the topic after that holds for them as well, and the topics
// that they left have it among their decisions.
func TestAdded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		archive(t, s, "weibo:1", "t-a", "")
		archive(t, s, "weibo:2", "t-b", "")
		archive(t, s, "weibo:c3", "t-b", "weibo:2")
		archive(t, s, "weibo:4", "t-b", "")
		archive(t, s, "weibo:5", "", "")
		into := huiying.TopicChange{Action: huiying.TopicAdded, Topic: "t-a", Posts: []string{"weibo:2", "weibo:5", "weibo:none"}, By: "press", At: storetest.Start()}
		save(t, s, into, into)
		for _, id := range []string{"weibo:2", "weibo:5"} {
			archive(t, s, id, "t-b", "") // judged anew by whoever does not know of it
		}
		archive(t, s, "weibo:c6", "t-b", "weibo:2")
		want := []string{"weibo:1", "weibo:2", "weibo:5", "weibo:c3", "weibo:c6"}
		if got := in(t, s, "t-a"); !slices.Equal(got, want) {
			t.Errorf("added: %v, want %v", got, want)
		}
		if got := in(t, s, "t-b"); !slices.Equal(got, []string{"weibo:4"}) {
			t.Errorf("left: %v", got)
		}
		for topic, want := range map[string]query.TopicDecision{
			"t-a": {Action: huiying.TopicAdded, Topic: "t-a", Posts: 3, By: "press", At: storetest.Start()},
			"t-b": {Action: "left", Topic: "t-b", Other: "t-a", Posts: 1, By: "press", At: storetest.Start()},
		} {
			if got, err := topics.Decisions(t.Context(), s.Reader(), topic); err != nil || len(got) != 1 || got[0] != want {
				t.Errorf("decided of %s: %+v, %v", topic, got, err)
			}
		}
		save(t, s, merge("t-x", "t-a"), huiying.TopicChange{
			Action: huiying.TopicSplit, Topic: "t-new", From: "t-x", Posts: []string{"weibo:5"}, By: "press", At: storetest.Start().Add(time.Minute),
		})
		archive(t, s, "weibo:2", "t-b", "")
		archive(t, s, "weibo:5", "t-b", "")
		if got := in(t, s, "t-x"); !slices.Equal(got, []string{"weibo:1", "weibo:2", "weibo:c3", "weibo:c6"}) {
			t.Errorf("after a merge: %v", got)
		}
		if got := in(t, s, "t-new"); !slices.Equal(got, []string{"weibo:5"}) {
			t.Errorf("after a split: %v", got)
		}
	})
}

// What was decided is told with who and when, once, at both topics; what nobody
// decided is not.
func TestDecisions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		renamed := huiying.TopicChange{Action: huiying.TopicRenamed, Topic: "t-a", Title: "大厅排队", By: "head", At: storetest.Start().Add(time.Hour)}
		save(t, s, merge("t-a", "t-b"), renamed, merge("t-a", "t-b"),
			huiying.TopicChange{Action: huiying.TopicCreated, Topic: "t-a", At: storetest.Start()}, huiying.TopicChange{Action: huiying.TopicBurst, Key: "topic/t-a"})
		want := []query.TopicDecision{
			{Action: huiying.TopicMerged, Topic: "t-a", Other: "t-b", By: "press", At: storetest.Start()},
			{Action: huiying.TopicRenamed, Topic: "t-a", Title: "大厅排队", By: "head", At: storetest.Start().Add(time.Hour)},
		}
		got, err := topics.Decisions(t.Context(), s.Reader(), "t-a")
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("got %+v, %v", got, err)
		}
		if got, err := topics.Decisions(t.Context(), s.Reader(), "t-b"); err != nil || len(got) != 1 {
			t.Errorf("the topic that went: %+v, %v", got, err)
		}
	})
}

// The open case of a topic is found by those that were merged with it, its own
// first; no second one can be opened beside it.
func TestCasesOfMergedTopics(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		put := func(n int64, topic string) error {
			return s.Write(t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
				return cases.Put(ctx, tx, huiying.Case{
					No: cases.Number("20261123", n), Version: 1, State: huiying.StatePendingTriage, Level: huiying.LevelOrange, Topic: topic,
					FirstSeenAt: storetest.Start(), OpenedAt: storetest.Start(),
				})
			})
		}
		open := func(topic string) string {
			no, _, err := cases.Open(t.Context(), s.Reader(), topic)
			if err != nil {
				t.Fatal(err)
			}
			return no
		}
		if err := put(1, "t-b"); err != nil {
			t.Fatal(err)
		}
		save(t, s, merge("t-a", "t-b"), merge("t-a", "t-c"))
		for _, topic := range []string{"t-a", "t-b", "t-c"} {
			if got := open(topic); got != "HY20261123-0001" {
				t.Errorf("the case of %s is %q", topic, got)
			}
		}
		if err := put(2, "t-a"); huiying.ErrorCode(err) != huiying.Conflict {
			t.Errorf("a second case: %v", err)
		}
		if got := open("t-other"); got != "" {
			t.Errorf("another topic has case %s", got)
		}
	})
}

// Two topics that both have a case when they are merged keep both, each found
// by its own name first.
func TestTwoCasesMeet(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		for n, topic := range []string{"t-a", "t-b"} {
			c := huiying.Case{No: cases.Number("20261123", int64(n+1)), Version: 1, State: huiying.StatePendingTriage, Level: huiying.LevelOrange, Topic: topic, FirstSeenAt: storetest.Start(), OpenedAt: storetest.Start()}
			if err := s.Write(t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error { return cases.Put(ctx, tx, c) }); err != nil {
				t.Fatal(err)
			}
		}
		save(t, s, merge("t-a", "t-b"))
		for topic, want := range map[string]string{"t-a": "HY20261123-0001", "t-b": "HY20261123-0002"} {
			if no, _, err := cases.Open(t.Context(), s.Reader(), topic); no != want || err != nil {
				t.Errorf("%s: %s, %v", topic, no, err)
			}
		}
		c, err := cases.Get(t.Context(), s.Reader(), "HY20261123-0002")
		if err != nil {
			t.Fatal(err)
		}
		c.Version, c.Unit = 2, "u-hall"
		if err := s.Write(t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error { return cases.Put(ctx, tx, c) }); err != nil {
			t.Errorf("one of the two cannot be worked on: %v", err)
		}
	})
}
