package gather

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/analyzer/cluster"
	"huiying/analyzer/topic"
)

// Decision is what a person decides of topics. Exactly one of Merge, Split, Add
// and Rename is meant by Action.
type Decision struct {
	Action string   `json:"action"`          // huiying.TopicMerged, TopicSplit, TopicAdded or TopicRenamed
	Topic  string   `json:"topic"`           // merged into, split, added to, or renamed
	From   string   `json:"from,omitempty"`  // of a merge: the one that goes
	Posts  []string `json:"posts,omitempty"` // of a split: those that are taken out
	Title  string   `json:"title,omitempty"` // of a split or renaming
	By     string   `json:"by"`              // who decided
	// Matters are the posts that are added, whether the room knows them or not.
	Matters []Joining `json:"matters,omitempty"`
}

// Joining is a post that a person adds to a topic, with the level it was judged.
type Joining struct {
	Matter
	Level huiying.Level `json:"level"`
}

// maxTaken bounds the posts of one split: what is told of it is one message.
// Those that are added come with their words.
const (
	maxTaken = 2_000
	maxAdded = 200
)

// handKey is the record of a decision under way.
const handKey = "hand"

// Decide does what a person decided, keeps it and tells it. Later posts obey
// it. It gives the topic that was meant, or the new one of a split. Errors are
// sentences.
func (r *Room) Decide(ctx context.Context, d Decision) (huiying.TopicChange, error) {
	r.deciding.Lock()
	defer r.deciding.Unlock()
	c, err := r.intended(d)
	if err != nil {
		return c, err
	}
	// A crash from here on leaves the record, and the next to open the room
	// tells what was done by then.
	if err := r.keepHand(ctx, &c); err != nil {
		return c, err
	}
	if err := r.carryOut(&c, d); err != nil {
		return c, errors.Join(err, r.keepHand(ctx, nil))
	}
	if err := r.topics.Flush(ctx, r.o.Now()); err != nil {
		return c, err //nolint:wrapcheck // says what was saved
	}
	if err := r.joinLevels(ctx, c); err != nil {
		return c, err
	}
	if err := r.tell(ctx, c); err != nil {
		return c, err
	}
	return c, errors.Join(r.keepHand(ctx, nil), r.raiseBy(ctx, c.Topic, d.Matters))
}

// raiseBy gives a topic the levels of posts that were added to it.
func (r *Room) raiseBy(ctx context.Context, topic string, list []Joining) error {
	for _, j := range list {
		if !j.Level.Alerts() {
			continue
		}
		if err := r.Raise(ctx, Rising{Topic: topic, Post: j.ID, Level: j.Level}); err != nil {
			return err
		}
	}
	return nil
}

// intended is the message of a decision before it is carried out.
func (r *Room) intended(d Decision) (huiying.TopicChange, error) {
	now := r.o.Now().In(r.o.Zone)
	c := huiying.TopicChange{Action: d.Action, At: now, Topic: d.Topic, From: d.From, Posts: d.Posts, Title: strings.TrimSpace(d.Title), By: d.By}
	own, open := r.topics.Is(d.Topic)
	switch {
	case !open:
		return c, huiying.Errorf(huiying.NotFound, "cluster.no_event", d.Topic)
	case d.Action == huiying.TopicSplit && len(d.Posts) > maxTaken:
		return c, huiying.Errorf(huiying.Invalid, "gather.too_many_posts", len(d.Posts), maxTaken)
	case d.Action == huiying.TopicSplit:
		posts := slices.Sorted(slices.Values(d.Posts))
		c.From, c.Topic = own, huiying.DeriveID("t-", fmt.Sprint("split|", own, "|", posts, "|", now.UnixNano()))
	case d.Action == huiying.TopicMerged:
		if c.From, open = r.topics.Is(d.From); !open {
			return c, huiying.Errorf(huiying.NotFound, "cluster.no_event", d.From)
		}
		c.Topic = own
	case d.Action == huiying.TopicAdded && (len(d.Matters) == 0 || len(d.Matters) > maxAdded):
		return c, huiying.Errorf(huiying.Invalid, "gather.too_many_added", len(d.Matters), maxAdded)
	case d.Action == huiying.TopicAdded:
		c.Topic, c.Posts = own, nil
		for _, j := range d.Matters {
			c.Posts = append(c.Posts, j.ID)
		}
	case d.Action == huiying.TopicRenamed:
		c.Topic = own
	default:
		return c, huiying.Errorf(huiying.Invalid, "gather.no_decision", d.Action)
	}
	c.Key = topicPrefix + c.Topic
	return c, nil
}

// carryOut changes the topics, and says in the message what came of it.
func (r *Room) carryOut(c *huiying.TopicChange, d Decision) error {
	var err error
	switch c.Action {
	case huiying.TopicMerged:
		err = r.topics.Merge(c.Topic, c.From)
	case huiying.TopicSplit:
		c.Posts, err = r.topics.Split(c.From, c.Posts, c.Topic, c.Title)
	case huiying.TopicAdded:
		posts := make([]topic.Post, len(d.Matters))
		for i := range d.Matters {
			posts[i] = d.Matters[i].post()
		}
		c.Posts, err = r.topics.Add(c.Topic, posts)
	case huiying.TopicRenamed:
		err = r.topics.Rename(c.Topic, c.Title)
	}
	if err != nil {
		return err //nolint:wrapcheck // a sentence
	}
	if e, open := r.topics.Event(c.Topic, c.At); open {
		*c = about(*c, e)
	}
	return nil
}

// joinLevels gives a topic the more urgent level of the two that were merged.
func (r *Room) joinLevels(ctx context.Context, c huiying.TopicChange) error {
	if c.Action != huiying.TopicMerged {
		return nil
	}
	r.raising.Lock()
	defer r.raising.Unlock()
	level, known := r.levelOf(c.From)
	if was, other := r.levelOf(c.Topic); !known || other && huiying.MoreUrgent(was, level) == was {
		return nil
	}
	return r.keepLevel(ctx, c.Topic, level)
}

// keepHand keeps a decision while it is under way; nil when it is done.
func (r *Room) keepHand(ctx context.Context, c *huiying.TopicChange) error {
	if r.o.Memory == nil {
		return nil
	}
	var raw []byte
	if c != nil {
		var err error
		if raw, err = json.Marshal(c); err != nil {
			return fmt.Errorf("write a decision: %w", err)
		}
	}
	return r.o.Memory.Save(ctx, []topic.Record{{Key: handKey, Value: raw}}) //nolint:wrapcheck // says what was saved
}

// recall takes up a decision that a crash cut short: what was done of it and
// may not have been told is told.
func (r *Room) recall(records []topic.Record) error {
	at := slices.IndexFunc(records, func(rec topic.Record) bool { return rec.Key == handKey && len(rec.Value) > 0 })
	if at < 0 {
		return nil
	}
	var c huiying.TopicChange
	if err := json.Unmarshal(records[at].Value, &c); err != nil {
		return fmt.Errorf("read a decision under way: %w", err)
	}
	if !r.done(c) {
		return nil
	}
	if c.Action == huiying.TopicSplit {
		c.Posts = r.topics.Posts(c.Topic)
	}
	r.later(c)
	return nil
}

// done reports whether a decision was carried out and kept.
func (r *Room) done(c huiying.TopicChange) bool {
	switch c.Action {
	case huiying.TopicMerged:
		own, open := r.topics.Is(c.From)
		return open && own == c.Topic
	case huiying.TopicSplit:
		_, open := r.topics.Is(c.Topic)
		return open
	case huiying.TopicAdded:
		in := r.topics.Posts(c.Topic)
		return !slices.ContainsFunc(c.Posts, func(post string) bool { return !slices.Contains(in, post) })
	}
	e, open := r.topics.Event(c.Topic, c.At)
	return open && e.Title == c.Title
}

// Topics are the open topics, the one used last first.
func (r *Room) Topics(now time.Time) []cluster.Event { return r.topics.Events(now) }

// Topic is what is known of an open topic, by its id or that of one merged into
// it.
func (r *Room) Topic(id string, now time.Time) (cluster.Event, bool) { return r.topics.Event(id, now) }
