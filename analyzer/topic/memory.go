package topic

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"huiying/analyzer/cluster"
)

// Record is one thing worth keeping: a topic, a post's place in one, what a
// post's copies are known by. The key stays the same when the value changes; an
// empty value says that there is nothing to keep any more.
type Record struct {
	Key   string
	Value []byte
}

// Memory keeps records beyond the process. Records older than two weeks are of
// no use and may be dropped.
type Memory interface {
	Load(ctx context.Context) ([]Record, error)
	// Save puts records; when it returns they are durable.
	Save(ctx context.Context, records []Record) error
}

// Prefixes of record keys. Topics have those of package cluster.
const (
	postKey  = "post/"
	nearKey  = "near/"  // of a post, by the topic it would lead
	eventKey = "event/" // of a topic
	bookKey  = "book"
)

// RecordOf is the key of a topic's record.
func RecordOf(topic string) string { return eventKey + topic }

// NearOf is the key of what is kept of a post to know its copies by, named
// after the topic it would lead.
func NearOf(topic string) string { return nearKey + topic }

// Drop forgets a topic and what the post that leads it was like, there and in
// whatever topic it belongs to. Posts that are known to belong to it still do.
func (b *Book) Drop(topic string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events.Close(topic)
	delete(b.fresh, topic)
	leads := func(post string) bool { return TopicOf(post) == topic }
	b.events.Drop(leads)
	b.near.Drop(leads)
	for key := range b.dirty {
		if post, ok := strings.CutPrefix(key, nearKey); ok && leads(post) {
			delete(b.dirty, key)
		}
	}
}

// every is how often topics that go on are saved. What a crash loses of them is
// that: new topics and the places of posts are saved at once. It is time by the
// clock: what was collected within hours may be gathered within a minute.
const every = 20 * time.Second

// Flush saves what changed since the last time. When it returns without an
// error, every answer given before is durable, also those that another
// goroutine is saving; so a caller flushes before it passes an answer on.
func (b *Book) Flush(ctx context.Context, now time.Time) error {
	return b.flush(ctx, now, false)
}

// Save is Flush and saves what topics that go on have become too; for when
// nothing comes any more.
func (b *Book) Save(ctx context.Context, now time.Time) error {
	return b.flush(ctx, now, true)
}

func (b *Book) flush(ctx context.Context, now time.Time, all bool) error {
	if b.memory == nil {
		return nil
	}
	b.saving.Lock()
	defer b.saving.Unlock()
	c, err := b.changes(now, all)
	if err != nil || len(c.records) == 0 {
		return err
	}
	if err := b.memory.Save(ctx, c.records); err != nil {
		b.mu.Lock()
		for _, k := range c.keys {
			b.dirty[k] = true
		}
		for _, id := range c.topics {
			b.fresh[id] = true
		}
		b.events.Put(c.topics)
		b.mu.Unlock()
		return fmt.Errorf("save topics: %w", err)
	}
	return nil
}

// changes are records that are not saved yet: of posts, and of topics.
type changes struct {
	records []Record
	keys    []string // of posts
	topics  []string
}

// changes takes the records that are not saved yet.
func (b *Book) changes(now time.Time, all bool) (c changes, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c.keys = slices.Sorted(maps.Keys(b.dirty))
	for _, key := range c.keys {
		if post, ok := strings.CutPrefix(key, nearKey); ok {
			if raw := b.near.Record(post); raw != nil {
				c.records = append(c.records, Record{Key: NearOf(TopicOf(post)), Value: raw})
			}
			continue
		}
		e, ok := b.posts.get(strings.TrimPrefix(key, postKey))
		if !ok {
			continue // forgotten meanwhile
		}
		raw, err := json.Marshal(e)
		if err != nil {
			return changes{}, fmt.Errorf("write topic record: %w", err)
		}
		c.records = append(c.records, Record{Key: key, Value: raw})
	}
	clear(b.dirty)
	if now.Sub(b.saved) >= every {
		all = true
	}
	if all {
		b.saved = now
	}
	b.topics(&c, all)
	return c, nil
}

// topics takes the records of new topics, or of all that changed.
func (b *Book) topics(c *changes, all bool) {
	var list []cluster.Record
	if all {
		list = b.events.Changes()
	} else if len(b.fresh) > 0 {
		list = b.events.Take(slices.Sorted(maps.Keys(b.fresh)))
	}
	clear(b.fresh)
	for _, r := range list {
		c.records = append(c.records, Record(r))
		if id, ok := strings.CutPrefix(r.Key, eventKey); ok {
			c.topics = append(c.topics, id)
		}
	}
}

// storedPost is a post's place as it is kept.
type storedPost struct {
	id string
	entry
}

// restore takes records in, the oldest first.
func (b *Book) restore(records []Record) error {
	var posts []storedPost
	var nearly [][]byte
	var topics []cluster.Record
	for _, r := range records {
		id, isPost := strings.CutPrefix(r.Key, postKey)
		switch {
		case len(r.Value) == 0:
		case isPost:
			p := storedPost{id: id}
			if err := json.Unmarshal(r.Value, &p.entry); err != nil {
				return fmt.Errorf("read topic record %s: %w", r.Key, err)
			}
			posts = append(posts, p)
		case strings.HasPrefix(r.Key, nearKey):
			nearly = append(nearly, r.Value)
		case strings.HasPrefix(r.Key, eventKey), r.Key == bookKey:
			topics = append(topics, cluster.Record(r))
		}
	}
	slices.SortFunc(posts, func(a, b storedPost) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.id, b.id))
	})
	for _, p := range posts {
		b.posts.put(p.id, p.entry)
	}
	if err := b.near.Restore(nearly); err != nil {
		return fmt.Errorf("read near-duplicates: %w", err)
	}
	var err error
	b.events, err = cluster.Restore(events(), topics)
	return err //nolint:wrapcheck // says which record
}
