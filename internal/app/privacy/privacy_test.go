package privacy_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"huiying"
	"huiying/analyzer/topic"
	"huiying/internal/app/privacy"
	"huiying/internal/bus"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/posts"
	"huiying/internal/store/refusals"
)

const (
	author = "p-00000000000000aa"
	other  = "p-00000000000000bb"
)

// office is a keeper over a real bus and a real store, with a clock that is
// moved by hand and pages that can be made to fail.
type office struct {
	*privacy.Keeper
	t     *testing.T
	store *store.Store
	now   time.Time
	pages map[string]bool
	fail  int // so many removals of pages go well
}

var errCut = errors.New("cut off")

func (o *office) Delete(_ context.Context, name string) error {
	if !o.pages[name] {
		return nil
	}
	if o.fail--; o.fail < 0 {
		return errCut
	}
	delete(o.pages, name)
	return nil
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, now: time.Now(), pages: map[string]bool{}, fail: 1 << 30}
	clock := func() time.Time { return o.now }
	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "huiying.db"), Now: clock})
	o.must(err)
	b, err := bus.Open(t.Context(), bus.Options{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	o.must(err)
	t.Cleanup(func() { o.must(errors.Join(b.Close(), s.Close())) })
	kv, err := privacy.Bucket(t.Context(), b)
	o.must(err)
	topics, err := b.KV(t.Context(), "topics", bus.KVOptions{})
	o.must(err)
	o.store = s
	o.Keeper = &privacy.Keeper{Book: refusals.New(s), Bus: b, KV: kv, Topics: topics, Stale: 72 * time.Hour, Pages: o, Store: s, Now: clock, Logger: slog.New(slog.DiscardHandler)}
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) collect(i int, by string) {
	o.t.Helper()
	p := huiying.Post{
		ID: fmt.Sprintf("weibo:%d", i), Source: "weibo", Platform: "weibo", Kind: huiying.KindPost, Text: "大厅", Author: huiying.Author{ID: by},
		Evidence: fmt.Sprintf("sha256:%d", i), CollectedAt: o.now,
	}
	o.pages[p.Evidence] = true
	o.must(o.Bus.PublishPost(o.t.Context(), p))
	ev := huiying.NewEvent(huiying.Judgement{Post: p, Level: huiying.LevelNone}, o.now)
	o.must(o.Bus.PublishEvent(o.t.Context(), ev))
	o.must(posts.NewArchive(o.store).SaveEvents(o.t.Context(), []huiying.Event{ev}))
	_, err := o.Topics.Put(o.t.Context(), topic.RecordOf(topic.TopicOf(p.ID)), []byte("{}"))
	o.must(err)
}

func (o *office) refuse() {
	o.t.Helper()
	_, err := o.Book.Add(o.t.Context(), query.NewRefusal{Platform: "weibo", Keys: []string{author}, Reason: "person", Actor: huiying.Actor{ID: "root"}}, nothing)
	o.must(err)
}

func (o *office) only() query.Refusal {
	o.t.Helper()
	list, err := o.Book.All(o.t.Context())
	o.must(err)
	return list[0]
}

// A purge that is cut off at every place it can be ends all the same, with
// every post, message, page and topic of the author gone and nobody else's.
func TestPurgeGoesOn(t *testing.T) {
	o := newOffice(t)
	for i := range 60 {
		o.collect(i, []string{author, other}[i%2])
	}
	o.refuse()
	for cut := 0; ; cut++ {
		o.fail = cut % 7
		_, err := o.Step(t.Context())
		if err == nil {
			break
		}
		if !errors.Is(err, errCut) || cut > 100 {
			t.Fatal(err)
		}
	}
	if r := o.only(); r.Posts != 30 || r.Messages != 60 || !r.PurgedAt.IsZero() {
		t.Errorf("after the purge: %+v", r.Purge)
	}
	o.fail = 1 << 30
	o.now = o.now.Add(time.Minute)
	owed, err := o.Step(t.Context())
	o.must(err)
	if r := o.only(); !owed || r.PurgedAt.IsZero() || r.Left != 0 {
		t.Errorf("after the second look: %+v", r.Purge)
	}
	if owed, err = o.Step(t.Context()); err != nil || owed {
		t.Errorf("nothing is owed: %v, %v", owed, err)
	}
	for i := range 60 {
		mine := i%2 == 0
		_, err := o.Topics.Get(t.Context(), topic.RecordOf(topic.TopicOf(fmt.Sprintf("weibo:%d", i))))
		if (err != nil) != mine || o.pages[fmt.Sprintf("sha256:%d", i)] == mine {
			t.Errorf("post %d: topic %v, page %v", i, err, o.pages[fmt.Sprintf("sha256:%d", i)])
		}
	}
	if n, err := o.Bus.Forget(t.Context(), func(body []byte) bool { return len(body) > 0 }); err != nil || n != 60 {
		t.Errorf("%d messages of others are left, %v", n, err)
	}
}

// What comes in behind the purge, and what a crawler learns of a person, is
// purged as well.
func TestPurgeOfLatecomers(t *testing.T) {
	o := newOffice(t)
	o.refuse()
	_, err := o.Step(t.Context())
	o.must(err)
	l, err := privacy.Open(t.Context(), o.KV, slog.New(slog.DiscardHandler))
	o.must(err)
	if refused, err := l.Refused(author); err != nil || !refused {
		t.Fatalf("the crawlers do not know: %v, %v", refused, err)
	}
	o.collect(1, other)
	o.must(l.Also(t.Context(), author, other))
	o.now = o.now.Add(time.Minute)
	_, err = o.Step(t.Context())
	o.must(err)
	if r := o.only(); r.Posts != 1 || r.Left == 0 || !r.PurgedAt.IsZero() {
		t.Errorf("what was learnt: %+v", r.Purge)
	}
	_, err = o.Step(t.Context())
	o.must(err)
	if r := o.only(); r.PurgedAt.IsZero() {
		t.Errorf("does not end: %+v", r.Purge)
	}
	o.must(o.Book.Lift(t.Context(), o.only().ID, huiying.Actor{ID: "root"}, nothing))
	_, err = o.Step(t.Context())
	o.must(err)
	if l, err = privacy.Open(t.Context(), o.KV, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{author, other, ""} {
		if refused, err := l.Refused(key); refused || err != nil {
			t.Errorf("lifted, and %q still refused: %v", key, err)
		}
	}
}

// A crawler follows the list while it runs, and is told of topics to forget.
func TestFollow(t *testing.T) {
	o := newOffice(t)
	l, err := privacy.Open(t.Context(), o.KV, slog.New(slog.DiscardHandler))
	o.must(err)
	ctx, cancel := context.WithCancel(t.Context())
	done, forgotten := make(chan error, 2), make(chan string, 10)
	go func() { done <- l.Run(ctx) }()
	go func() { done <- privacy.Forgotten(ctx, o.KV, func(topic string) { forgotten <- topic }) }()
	o.collect(1, author)
	o.refuse()
	_, err = o.Step(t.Context())
	o.must(err)
	if got := <-forgotten; got != topic.TopicOf("weibo:1") {
		t.Errorf("forgotten: %s", got)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		if refused, err := l.Refused(author); err == nil && refused {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the crawler does not hear of it")
		}
	}
	cancel()
	for range 2 {
		o.must(<-done)
	}
}

func nothing(context.Context, *store.Tx, string) error { return nil }

// Of what stands on the bus only a person's own posts are removed.
func TestForgetsPersonsOnly(t *testing.T) {
	o := newOffice(t)
	o.refuse()
	send := func(id string, change func(*huiying.Post)) {
		p := huiying.Post{ID: id, Source: "weibo", Platform: "weibo", Kind: huiying.KindPost, Author: huiying.Author{ID: author}, CollectedAt: o.now}
		change(&p)
		o.must(o.Bus.PublishPost(t.Context(), p))
		o.must(o.Bus.PublishEvent(t.Context(), huiying.NewEvent(huiying.Judgement{Post: p, Level: huiying.LevelNone}, o.now)))
	}
	send("weibo:1", func(*huiying.Post) {})
	send("weibo:2", func(p *huiying.Post) { p.Author.Verified = "government" })
	send("weibo:3", func(p *huiying.Post) { p.Kind = huiying.KindTicket })
	send("weibo:4", func(p *huiying.Post) { p.Author.ID, p.Text = other, `他说"`+author+`"` })
	_, err := o.Step(t.Context())
	o.must(err)
	if r := o.only(); r.Messages != 2 {
		t.Errorf("%d messages removed, want the post and its event", r.Messages)
	}
}
