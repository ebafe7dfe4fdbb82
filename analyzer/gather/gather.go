// Package gather is the one place where posts are gathered: into topics, and
// into counts by the hour of topics, rules and places. Of all the processes that
// analyse posts one has the Room at a time; the others ask it, so that a matter
// that begins in two of them at once is one topic, and its burst is counted
// whole. An answer is durable when it is given. What becomes of topics (created,
// raised, merged, split, renamed, burst) is told.
package gather

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"huiying"
	"huiying/analyzer/burst"
	"huiying/analyzer/fold"
	"huiying/analyzer/topic"
)

// Matter is what of a post decides where it belongs.
type Matter struct {
	ID       string    `json:"id"`
	ParentID string    `json:"parent_id,omitempty"`
	RootID   string    `json:"root_id,omitempty"`
	Title    string    `json:"title,omitempty"` // as received
	Text     string    `json:"text"`            // as received
	Rule     string    `json:"rule,omitempty"`  // its most urgent tag
	Asks     bool      `json:"asks,omitempty"`  // it may want something of the office
	Author   string    `json:"author,omitempty"`
	Platform string    `json:"platform"`
	At       time.Time `json:"at"` // when it was collected
	// Hour is when it was published, zero where that says nothing of an hour.
	Hour time.Time `json:"hour,omitzero"`
	// Keys are what it counts for beside its topic: rule/<id>, place/<name>.
	Keys []string `json:"keys,omitempty"`
	// Reach asks how far the topic has got, too.
	Reach bool `json:"reach,omitempty"`

	folded *[2]fold.Text
}

// With gives the matter the folded forms of title and text, so that they are
// not folded anew. They are not kept.
func (m *Matter) With(texts *[2]fold.Text) { m.folded = texts }

// texts are the folded forms of title and text.
func (m *Matter) texts() *[2]fold.Text {
	if m.folded != nil {
		return m.folded
	}
	var t [2]fold.Text
	t[0].Reset(m.Title)
	t[1].Reset(m.Text)
	return &t
}

// Found is where a post belongs, and how far its topic has got where that was
// asked.
type Found struct {
	Topic       string `json:"topic,omitempty"`        // "" = none
	DuplicateOf string `json:"duplicate_of,omitempty"` // the post it repeats
	Voices      int    `json:"voices,omitempty"`       // authors in the topic, about
	Platforms   int    `json:"platforms,omitempty"`    // that have posts of it
	Speed       int    `json:"speed,omitempty"`        // posts within this hour and the one before
	Burst       bool   `json:"burst,omitempty"`        // its topic, or a rule or place of it, has suddenly more posts than usual
}

// Options are what a Room is opened with.
type Options struct {
	Memory topic.Memory // keeps what is known beyond the process; nil = nothing does
	// Tell publishes a change; nil = nobody is told. One that could not be told
	// is told again later, or the answer that it belongs to is not given.
	Tell   func(context.Context, huiying.TopicChange) error
	Now    func() time.Time
	Zone   *time.Location // of the hours that posts are counted by
	Logger *slog.Logger
}

// Room gathers. It is safe for concurrent use.
type Room struct {
	o      Options
	topics *topic.Book
	bursts *burst.Detector

	deciding, raising, telling sync.Mutex // one at a time of each
	asked                      sync.Pool  // of *[]topic.Post, memory for the next ones

	mu      sync.Mutex
	levels  levels
	waiting []huiying.TopicChange // not told yet
}

func (o *Options) defaults() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

// Open opens a room over what the memory holds.
func Open(ctx context.Context, o Options) (*Room, error) {
	o.defaults()
	var records []topic.Record
	var err error
	if o.Memory != nil {
		if records, err = o.Memory.Load(ctx); err != nil {
			return nil, fmt.Errorf("load what is known of topics: %w", err)
		}
	}
	r := &Room{o: o, bursts: newBursts(records, o), levels: newLevels(records)}
	if r.topics, err = topic.New(records, o.Memory); err != nil {
		return nil, err //nolint:wrapcheck // says which record
	}
	return r, r.recall(records)
}

// Gather says where posts belong, one after the other, and counts those that are
// met for the first time. The same post gets the same topic however often it
// comes. huiying.Unavailable says that the answers could not be kept: ask again.
func (r *Room) Gather(ctx context.Context, list []Matter) ([]Found, error) {
	given, again := r.assign(list)
	out := make([]Found, len(list))
	for i := range list {
		out[i] = r.found(&list[i], given[i], again[i])
	}
	if err := r.topics.Flush(ctx, r.o.Now()); err != nil {
		return nil, huiying.Errorf(huiying.Unavailable, "gather.not_kept", err)
	}
	for i := range list {
		if err := r.tellCreated(ctx, out[i].Topic, &list[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// assign gives the topics of posts.
func (r *Room) assign(list []Matter) (given []topic.Assignment, again []bool) {
	posts, _ := r.asked.Get().(*[]topic.Post)
	if posts == nil {
		posts = new([]topic.Post)
	}
	for i := range list {
		*posts = append(*posts, list[i].post())
	}
	given, again = r.topics.AssignAll(*posts)
	clear(*posts)
	*posts = (*posts)[:0]
	r.asked.Put(posts)
	return given, again
}

// post is the matter as the book of topics takes it.
func (m *Matter) post() topic.Post {
	texts := m.texts()
	return topic.Post{
		ID: m.ID, ParentID: m.ParentID, RootID: m.RootID, Title: &texts[0], Text: &texts[1],
		Rule: m.Rule, Asks: m.Asks, Author: m.Author, Platform: m.Platform, At: m.At,
	}
}

// found is the answer for one post, which is counted by it.
func (r *Room) found(m *Matter, given topic.Assignment, again bool) Found {
	f := Found{Topic: given.Topic, DuplicateOf: given.DuplicateOf}
	keys := m.keys(f.Topic)
	if !again {
		r.count(m.Hour, keys)
	}
	if m.Reach && f.Topic != "" {
		s := r.topics.Spread(f.Topic, m.At)
		f.Voices, f.Platforms, f.Speed, f.Burst = s.Voices, s.Platforms, s.Speed, r.bursting(keys, m.At)
	}
	return f
}

// tellCreated tells of a topic that this post leads. A post that comes again
// may be the one whose answer was lost with what was to be told: it is told
// again, under the same id.
func (r *Room) tellCreated(ctx context.Context, id string, m *Matter) error {
	if id == "" || topic.TopicOf(m.ID) != id {
		return nil
	}
	return r.tell(ctx, huiying.TopicChange{
		Action: huiying.TopicCreated, Key: topicPrefix + id, At: m.At, Topic: id, Typical: m.ID, Size: 1, Voices: 1, Platforms: []string{m.Platform},
	})
}

// Forget drops a topic of which nothing is to be kept.
func (r *Room) Forget(id string) { r.topics.Drop(id) }

// Save makes durable what topics that go on have become and the counts by hour;
// for every minute and the end.
func (r *Room) Save(ctx context.Context) error {
	return errors.Join(r.topics.Save(ctx, r.o.Now()), r.saveBursts(ctx))
}
